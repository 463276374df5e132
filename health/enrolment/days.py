"""The days of an enrolment, checked on the write path: dues and figures are reckoned from them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from health.enrolment.kinds import programme_in
from kernel.declare.module import Stamp
from kernel.errors import Issue, Refused
from kernel.messages import Message, _
from kernel.values.dated import ALWAYS
from kernel.work import Work
from records.api import day_of

Body = Mapping[str, Any]
_BEGIN: Final = _("纳入日期（period.start）应为完整的日期，例如 %(today)s")
_END: Final = _("结束日期（period.end）应为完整的日期，例如 %(today)s")
_RANGE: Final = _("纳入日期（period.start）应在 %(first)s 至今天（%(today)s）之间")
_AFTER: Final = _("结束日期（period.end）应在纳入日期至今天（%(today)s）之间")


def checked(work: Work, _before: Body | None, body: Body, _batch: Sequence[Body]) -> Body:
    """The enrolment as it is. Raises Refused (422) where its days are none, or cannot be."""
    if programme_in(body):
        faults = list(_faults(work, body.get("period", {})))
        if faults:
            raise Refused(422, faults)
    return body


def _faults(work: Work, period: Body) -> Iterator[Issue]:
    today = work.today.isoformat()
    begin, end = day_of(period.get("start")), day_of(period.get("end"))
    if begin is None:
        yield _issue("start", Message(_BEGIN, today=today))
    elif not ALWAYS <= begin <= work.today:
        yield _issue("start", Message(_RANGE, first=ALWAYS.isoformat(), today=today))
    if "end" not in period:
        return
    if end is None:
        yield _issue("end", Message(_END, today=today))
    elif begin is not None and not begin <= end <= work.today:
        yield _issue("end", Message(_AFTER, today=today))


def _issue(name: str, text: str) -> Issue:
    return Issue("business-rule", text, f"EpisodeOfCare.period.{name}")


STAMPS: Final = (Stamp("EpisodeOfCare", checked),)
