"""What was typed into the examination form: understood, checked, and shown again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kernel.declare.form import Form
from kernel.forms import read_form, texts_of
from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue
from kernel.web.i18n import _
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.examinations import rules
from records.examinations.form import form_for
from records.examinations.person import Person, age_in_year, person_of
from records.examinations.references import evaluation
from records.examinations.results import ABNORMALITIES
from records.reading import Body
from records.visits import queries as visits
from records.visits.queries import Doctor

KEEP: Final = "keep"
COMPLETE: Final = "complete"
EVALUATE: Final = "evaluate"
_REASON: Final = (2, 200)
EVALUATED: Final = _("已按检查结果填写健康评价，请核对后再点“完成体检”")

Texts = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was sent: the values with what follows from them, and what is wrong with it."""

    form: Form
    person: Person
    values: dict[str, Any]
    texts: Texts
    errors: dict[str, str]
    doubts: dict[str, str]
    doctor: Doctor | None
    reason: str

    @property
    def accepted(self) -> bool:
        """Whether it can be saved."""
        return not self.errors and not self.doubts


def form_of(patient: Body, on: date) -> tuple[Form, Person]:
    """The form that is asked of a person on a day, and who it is."""
    person = person_of(patient, on)
    return form_for(person.sex, age_in_year(person, on.year)), person


def filled(visit: Visit, work: ReadWork, patient: Body, *, correcting: bool) -> Filled:
    """Read a form. Nothing that was typed is passed over in silence.

    `correcting` says that the examination was finished before, so that a reason is wanted.
    """
    form, person = form_of(patient, _day(visit, work))
    answer = read_form(form, visit.lists)
    values = rules.completed(answer.values)
    errors = {**rules.contradictions(values, person, work.today), **answer.errors}
    doctors = {doctor.id: doctor for doctor in visits.list_doctors(work)}
    doctor = doctors.get(visit.field("doctor"))
    if doctor is None:
        errors["doctor"] = _("请选择责任医生")
    reason = visit.field("reason")
    if correcting and not _REASON[0] <= len(reason) <= _REASON[1]:
        errors["reason"] = _("请写明更正原因，2 至 200 个字")
    texts = dict(visit.lists)
    if visit.field("do") == COMPLETE and not errors:
        errors, texts = _unfinished(form, values, person, texts)
    doubts = {} if _confirmed(visit, answer.doubts) else dict(answer.doubts)
    return Filled(form, person, values, texts, errors, doubts, doctor, reason)


def _day(visit: Visit, work: ReadWork) -> date:
    """The day of the examination as it was typed, else today."""
    try:
        return parse_date(visit.field("exam-date"))
    except InvalidValue:
        return work.today


def _unfinished(
    form: Form, values: dict[str, Any], person: Person, texts: Texts
) -> tuple[dict[str, str], Texts]:
    """What is missing; an evaluation that nobody gave is proposed and has to be looked at."""
    errors = rules.missing(values)
    if "evaluation" in errors:
        errors["evaluation"] = EVALUATED
        texts = evaluated(form, values, person, texts)
    return errors, texts


def evaluated(form: Form, values: dict[str, Any], person: Person, texts: Texts) -> Texts:
    """The texts of a form with the evaluation that follows from its values."""
    suggested = evaluation(form, values, person)
    others = {n: t for n, t in texts.items() if n not in ("evaluation", *ABNORMALITIES)}
    return {**others, **lists_of(texts_of(form, suggested))}


def lists_of(texts: Mapping[str, str | tuple[str, ...]]) -> Texts:
    """Texts as a browser sends them: a list for every name."""
    return {name: (text,) if isinstance(text, str) else text for name, text in texts.items()}


def doubted(visit: Visit, doubts: Mapping[str, str]) -> str:
    """Which values somebody confirms: these very ones in these fields."""
    return ";".join(f"{name}={visit.field(name)}" for name in sorted(doubts))


def _confirmed(visit: Visit, doubts: Mapping[str, str]) -> bool:
    seen = visit.field("doubted") == doubted(visit, doubts)
    return visit.field("do") == KEEP or (seen and visit.field("confirmed") == "yes")
