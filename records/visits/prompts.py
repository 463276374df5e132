"""What a visit should not be missed for: pure rules over one person's facts, and their queries.

National norm of basic public health services, third edition (国家基本公共卫生服务规范 第三版),
chapter on hypertension: residents of 35 and older have their blood pressure taken once a year, at
the first visit of the year; chapters on the elderly and on chronic patients: one health examination
a year; allergies are asked about before anything is prescribed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import Select, Table, and_, func, literal, or_, select

from kernel.canonical import CANONICAL, LOINC
from kernel.clock import SHANGHAI, Instant, instant_of, local_date
from kernel.db.derived import DELIMITER
from kernel.db.dialect import contains
from kernel.declare.resource import ResourceSpec
from kernel.fhir.search.compile import bound
from kernel.messages import Message, _, joined
from kernel.security.policy import sight, visible
from kernel.work import ReadWork
from records.codes import BLOOD_PRESSURE, SYSTOLIC

PRESSURE_FROM_AGE: Final = 35
"""From this age on the blood pressure is taken once a year."""
EXAMINED_YEARLY: Final = frozenset({"老年人", "高血压", "糖尿病", "严重精神障碍"})
"""The groups whose norms ask for a health examination every year."""
EXAMINATION: Final = f"{CANONICAL}/Questionnaire/health-examination"
"""The examination form, whatever its version."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at. `pressure_on` is the last day on which a pressure was taken."""

    age: int | None
    pressure_on: date | None = None
    allergies: Sequence[str] = ()
    allergies_asked: bool = True
    examined_on: date | None = None
    """The last day of a health examination (健康体检表)."""
    groups: Sequence[str] = ()
    """As of records.residents.rules.groups_of."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something to be done or minded at this visit, in a sentence (`kernel.messages`)."""

    key: str
    text: str
    kind: str


def prompts_for(facts: Facts, today: date) -> list[Prompt]:
    """The prompts of one person on a day, the dangerous ones first."""
    found: list[Prompt] = []
    if facts.allergies:
        told = Message(_("过敏：%(what)s"), what=joined(facts.allergies))
        found.append(Prompt("allergy", told, "alert"))
    elif not facts.allergies_asked:
        found.append(Prompt("allergy-unknown", _("还没有询问过敏史"), "due"))
    if needs_pressure(facts, today):
        text = _("%(age)s 岁及以上，今年还没有测血压：请测量")
        found.append(Prompt("pressure", Message(text, age=PRESSURE_FROM_AGE), "due"))
    if needs_examination(facts, today):
        found.append(Prompt("examination", _("今年还没有做健康体检"), "due"))
    return found


def needs_pressure(facts: Facts, today: date) -> bool:
    """Whether somebody of 35 or older has no blood pressure of this calendar year.

    Whose age is not known is not asked for it.
    """
    if facts.age is None or facts.age < PRESSURE_FROM_AGE:
        return False
    return facts.pressure_on is None or facts.pressure_on.year < today.year


def needs_examination(facts: Facts, today: date) -> bool:
    """Whether somebody who is examined every year has not been in this calendar year.

    Those are the old, and those with hypertension, type 2 diabetes or a severe mental disorder
    (health-record.md §6).
    """
    if not EXAMINED_YEARLY & set(facts.groups):
        return False
    return facts.examined_on is None or facts.examined_on.year < today.year


def last_examinations(work: ReadWork, ids: Sequence[str]) -> dict[str, date]:
    """The last local day since New Year on which each person's examination form was completed."""
    spec = work.registry.specs["QuestionnaireResponse"]
    table = work.registry.search["QuestionnaireResponse"]
    form = table.c.questionnaire
    statement = (
        select(table.c.patient_id, func.max(table.c.authored_from))
        .where(
            table.c.patient_id.in_(ids),
            table.c.authored_from.between(_new_year(work), work.now),
            table.c.status.in_(("completed", "amended")),
            or_(form == EXAMINATION, and_(form > f"{EXAMINATION}|", form < f"{EXAMINATION}}}")),
        )
        .group_by(table.c.patient_id)
    )
    return _days(work, spec, table, statement)


def last_pressures(work: ReadWork, ids: Sequence[str]) -> dict[str, date]:
    """The last local day since New Year on which each person's blood pressure was taken."""
    spec, table = work.registry.specs["Observation"], work.registry.search["Observation"]
    codes = [*sorted(BLOOD_PRESSURE), SYSTOLIC]
    measured = or_(
        *(contains(table.c.code, literal(f"{LOINC}|{code}{DELIMITER}")) for code in codes)
    )
    statement = (
        select(table.c.patient_id, func.max(table.c.date_from))
        .where(
            table.c.patient_id.in_(ids),
            table.c.date_from.between(_new_year(work), work.now),
            table.c.status != "entered-in-error",
            measured,
        )
        .group_by(table.c.patient_id)
    )
    return _days(work, spec, table, statement)


def _new_year(work: ReadWork) -> Instant:
    return instant_of(datetime.combine(date(work.today.year, 1, 1), time(), SHANGHAI))


def _days(
    work: ReadWork, spec: ResourceSpec, table: Table, statement: Select[Any]
) -> dict[str, date]:
    """The local day of each person's last instant, as far as the actor sees it."""
    seen = visible(sight(work.actor, spec), table, bound)
    if seen is not None:
        statement = statement.where(seen)
    rows = work.connection.execute(statement, sight(work.actor, spec).binds(work.now))
    return {row[0]: local_date(row[1]) for row in rows}
