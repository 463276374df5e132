"""Why a file is closed, and what has to be told for each reason (health-record.md §13.1)."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from kernel.errors import Issue, Refused
from kernel.messages import Message, _
from records.life.parameters import LOST_ATTEMPTS, LOST_MONTHS
from records.life.provenance import Fact
from records.life.states import REASON_TITLES

_WHY = _("请选择结案原因：死亡、迁出、失访、拒绝或其他。")
_DESTINATION = _("请填写迁往何处（省、市、区县，或机构名称）。")
_HANDOVER = _("请填写档案移交情况：交给谁、何时、以什么方式。")
_ATTEMPTS = _("失访须有至少 %(n)s 次联系记录，每次写明日期和方式。")
_MONTHS = _("首次与末次联系须相隔至少 %(n)s 个月，才能按失访结案。")
_ATTEMPT_DAY = _("联系日期不能晚于结案日期。")
_SIGNED = _("请填写居民签署拒绝书的日期，不能晚于结案日期。")
_NOTE = _("请写明结案的具体原因，至少 2 个字。")


class Attempt(NamedTuple):
    """A try to reach somebody: the local day, and how (telephone, visit, through whom)."""

    on: date
    how: str


@dataclass(frozen=True, slots=True)
class Closing:
    """A file is to be closed on a local day; which other facts are needed depends on the reason.

    `reason` is a code of `nbphs3-record-close-reason`: 1 death (`cause` if known), 2 moved away
    (`destination`, `handover`), 3 lost (`attempts`), 4 refused (`signed_on`), 9 other (`note`).
    """

    reason: str
    on: date
    cause: str = ""
    destination: str = ""
    handover: str = ""
    attempts: tuple[Attempt, ...] = ()
    signed_on: date | None = None
    note: str = ""

    def told(self) -> str:
        """The reason in words, with the note."""
        title = REASON_TITLES[self.reason]
        return f"{title}：{self.note}" if self.note else title

    def facts(self) -> list[Fact]:
        """What is kept beside the reason, in the order in which it is told."""
        single = (
            (_("死亡原因"), self.cause),
            (_("迁往"), self.destination),
            (_("档案移交"), self.handover),
            (_("拒绝书签署日期"), self.signed_on.isoformat() if self.signed_on else ""),
        )
        tries = [(_("联系"), f"{one.on.isoformat()} {one.how}") for one in self.attempts]
        return [fact for fact in (*single, *tries) if fact[1]]


def check_closing(closing: Closing) -> None:
    """Raises Refused (422) with everything that is missing for the reason."""
    issues: list[Issue] = []
    if closing.reason not in REASON_TITLES:
        issues.append(_issue(_WHY, "reason"))
    elif closing.reason == "2":
        issues += [
            _issue(text, name)
            for name, value, text in (
                ("destination", closing.destination, _DESTINATION),
                ("handover", closing.handover, _HANDOVER),
            )
            if len(value.strip()) < 2
        ]
    elif closing.reason == "3":
        issues += _lost(closing)
    elif closing.reason == "4" and (closing.signed_on is None or closing.signed_on > closing.on):
        issues.append(_issue(_SIGNED, "signed_on"))
    elif closing.reason == "9" and len(closing.note.strip()) < 2:
        issues.append(_issue(_NOTE, "note"))
    if issues:
        raise Refused(422, issues)


def _lost(closing: Closing) -> list[Issue]:
    days = sorted(one.on for one in closing.attempts if one.how.strip())
    if len(days) < LOST_ATTEMPTS:
        return [_issue(Message(_ATTEMPTS, n=LOST_ATTEMPTS), "attempts")]
    if days[-1] > closing.on:
        return [_issue(_ATTEMPT_DAY, "attempts")]
    if months_after(days[0], LOST_MONTHS) > days[-1]:
        return [_issue(Message(_MONTHS, n=LOST_MONTHS), "attempts")]
    return []


def _issue(text: str, name: str) -> Issue:
    return Issue("business-rule", text, name)


def months_after(day: date, months: int) -> date:
    """The same day some months later (negative: earlier); the month's last where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - date.resolution).day
    return date(year, month + 1, min(day.day, last))
