"""What Patients and EpisodeOfCare of `record-management` must obey, however they are written."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from kernel.declare.resource import Rule
from kernel.errors import Issue
from kernel.web.i18n import _
from records.codes import IMPORT_BATCH
from records.extensions import extensions
from records.life.numbering import is_record_number
from records.life.projections import extension_day, residence_rows
from records.life.residence import counts, is_residence
from records.life.states import CLOSED_ON, DRAFT, OPENED_ON, STATE, Body, may_become, state_of
from records.reading import record_number_of

_STAYS: Final = _(
    "已确认的档案不能删除：请在“档案管理”页办理结案，原因可以是死亡、迁出、失访、拒绝等。"
)
_DAYS_STAY: Final = _("管理起止记录不能删除：写错的请改为 entered-in-error，并补上正确的一条。")
_NO_STEP: Final = _("档案现在的状态不能改成这个状态。")
_NUMBER: Final = _("档案编号应为 17 位数字，后 5 位从 00001 起。")
_FUTURE: Final = _("建档日期和结案日期不能晚于今天。")
_ORDER: Final = _("结案日期不能早于建档日期。")
_INCOMPLETE: Final = _(
    "管理起止记录要写明居民、管理机构和起始日期（到日），结束日期不能早于起始日期。"
)


def _life(work: Any, before: Body | None, after: Body | None) -> Sequence[Issue]:
    if after is None:
        confirmed = before is not None and state_of(before) != DRAFT and not _undoable(before)
        return [Issue("business-rule", _STAYS, "Patient")] if confirmed else []
    return list(_faults(work, before, after))


def _undoable(body: Body) -> bool:
    """Whether a file came with an uploaded list and nobody has changed it: the list is undone."""
    meta = body.get("meta", {})
    listed = any(tag.get("system") == IMPORT_BATCH for tag in meta.get("tag", ()))
    return listed and meta.get("versionId") == "1"


def _faults(work: Any, before: Body | None, after: Body) -> Iterator[Issue]:
    told = bool(extensions(after, STATE))
    if told and before is not None and not may_become(state_of(before), state_of(after)):
        yield Issue("business-rule", _NO_STEP, "Patient.extension")
    number = record_number_of(after)
    if number and not is_record_number(number) and number != record_number_of(before or {}):
        yield Issue("value", _NUMBER, "Patient.identifier")
    opened, closed = extension_day(after, OPENED_ON), extension_day(after, CLOSED_ON)
    if any(day and day > work.today for day in (opened, closed)):
        yield Issue("business-rule", _FUTURE, "Patient.extension")
    if opened and closed and closed < opened:
        yield Issue("business-rule", _ORDER, "Patient.extension")


def _days(_work: Any, before: Body | None, after: Body | None) -> Sequence[Issue]:
    if after is None:
        kept = before is not None and is_residence(before) and counts(before)
        return [Issue("business-rule", _DAYS_STAY, "EpisodeOfCare")] if kept else []
    if not is_residence(after) or not counts(after):
        return []
    rows = residence_rows(after)
    if rows and (rows[0]["to_on"] is None or rows[0]["to_on"] > rows[0]["from_on"]):
        return []
    return [Issue("business-rule", _INCOMPLETE, "EpisodeOfCare.period")]


PATIENT_RULES: Final = (Rule("records:life", _life),)
EPISODE_RULES: Final = (Rule("records:residence", _days),)
