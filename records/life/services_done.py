"""What was done for a person, as facts: which records count as use of a file and which do not.

The list is that of health-record.md §13.6: a visit, a reception or consultation record, an
examination, a follow-up, a vaccination, a treatment count when they are finished; what is planned,
cancelled or written by mistake does not, nor does a form that only says who somebody is. Views,
prints, imports, address changes and reminders leave no such record at all.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Boolean, Column, Date, Index, String, Table

from kernel.declare.module import Projection
from kernel.web.i18n import _
from records.life.projections import life_metadata
from records.reading import day_of, id_of, moment_of

Body = Mapping[str, Any]

PLANNED: Final = "planned"
CANCELLED: Final = "cancelled"
WRONG: Final = "wrong"
ABOUT_PERSON: Final = "about-person"
REASONS: Final[Mapping[str, str]] = {
    PLANNED: _("尚未完成"),
    CANCELLED: _("已取消或未执行"),
    WRONG: _("录入错误"),
    ABOUT_PERSON: _("只是个人基本信息"),
}
"""Why a record does not count."""

KINDS: Final[Mapping[str, str]] = {
    "Encounter": _("就诊"),
    "Composition": _("接诊、会诊等文书"),
    "QuestionnaireResponse": _("体检、随访等表单"),
    "Immunization": _("预防接种"),
    "Procedure": _("治疗、康复等操作"),
}
"""The types whose records count, and what they are called."""

_STATUSES: Final[Mapping[str, Mapping[str, str]]] = {
    "Encounter": {"finished": "", "cancelled": CANCELLED},
    "Composition": {"final": "", "amended": ""},
    "QuestionnaireResponse": {"completed": "", "amended": "", "stopped": CANCELLED},
    "Immunization": {"completed": "", "not-done": CANCELLED},
    "Procedure": {"completed": "", "not-done": CANCELLED, "stopped": CANCELLED},
}
"""By type what a status means: it counts (empty), or why not; any other is not done yet."""

NO_SERVICE_FORMS: Final = ("personal-information", "record-cover")
"""Ends of the addresses of forms that only say who somebody is."""

records_service = Table(
    "records_service",
    life_metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("patient_id", String(64), nullable=False),
    Column("done_on", Date, nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("reason", String(20)),
    Index("ix_records_service_source_id", "source_id"),
    Index("ix_records_service_patient_id", "patient_id", "counts", "done_on"),
)
"""A record of a service on a local day; `counts` for dynamic use, or the `reason` why not."""


class _Source(NamedTuple):
    """Where a type says whom it is about, and when it happened."""

    patient: str
    moments: tuple[str, ...]


_SOURCES: Final[Mapping[str, _Source]] = {
    "Encounter": _Source("subject", ("period",)),
    "Composition": _Source("subject", ("date",)),
    "QuestionnaireResponse": _Source("subject", ("authored",)),
    "Immunization": _Source("patient", ("occurrenceDateTime",)),
    "Procedure": _Source("subject", ("performedDateTime", "performedPeriod")),
}


def reason_of(body: Body) -> str:
    """Why a record does not count as use of the file; an empty text where it does."""
    type_, status = body["resourceType"], body.get("status", "")
    if status == "entered-in-error":
        return WRONG
    found = _STATUSES[type_].get(status, PLANNED)
    if not found and type_ == "QuestionnaireResponse":
        form = str(body.get("questionnaire", "")).partition("|")[0]
        return ABOUT_PERSON if form.endswith(NO_SERVICE_FORMS) else ""
    return found


def service_rows(body: Body) -> Sequence[Mapping[str, Any]]:
    """The row of a record of one of `KINDS`; nothing without a day or a person."""
    source = _SOURCES[body["resourceType"]]
    patient = id_of(body.get(source.patient), "Patient")
    day: date | None = day_of(moment_of(body, *source.moments))
    if not patient or day is None:
        return []
    reason = reason_of(body)
    return [
        {
            "patient_id": patient,
            "done_on": day.isoformat(),
            "counts": not reason,
            "reason": reason or None,
        }
    ]


Rows = Callable[[Body], Sequence[Mapping[str, Any]]]
PROJECTIONS = tuple(Projection(type_, records_service, service_rows) for type_ in KINDS)
