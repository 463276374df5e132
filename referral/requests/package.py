"""What the record adds to a slip (referral.md §4): so that nobody types it again.

Problems, allergies, current drugs, the readings and laboratory results of the last three months (or
since the last slip), of a managed person the latest examination and the last four follow-ups. Each
part names the resources it is from.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from sqlalchemy import func, select

from health.api import PROGRAMMES, day_of_visit, health_enrolment, list_follow_ups, measured
from kernel.clock import local_date
from kernel.messages import SEQUENCE, Message, _, joined
from kernel.work import ReadWork
from records.api import Line, Summary, list_examinations, summary_of
from referral.requests.bodies import Section
from referral.tables import referral_case

_MONTHS_3: Final = timedelta(days=92)
_FOLLOW_UPS: Final = 4
PROBLEMS, ALLERGIES, DRUGS, RESULTS = "11450-4", "48765-2", "10160-0", "30954-2"
EXAMINATION, FOLLOW_UPS = "29545-1", "46240-8"
"""LOINC of the parts: problem list, allergies, medication use, results, findings, encounters."""
_NOBODY_ASKED: Final = "过敏史未询问"
_NO_ALLERGY: Final = "无已知过敏"
_EXAMINED: Final = _("%(on)s 健康体检")
_FOLLOWED: Final = _("%(on)s %(programme)s随访：%(outcome)s")


def sections_of(work: ReadWork, patient_id: str) -> list[Section]:
    """The parts of a slip that the record fills, as it is now; empty ones are left out."""
    found = summary_of(work, patient_id, since=_since(work, patient_id))
    parts = [
        _section(PROBLEMS, "健康问题", found.problems),
        _allergies(found),
        _section(DRUGS, "当前用药", found.drugs),
        _section(RESULTS, "近期检查结果", found.results),
        *_managed(work, patient_id),
    ]
    return [one for one in parts if one.lines]


def _since(work: ReadWork, patient_id: str) -> date:
    """Three months ago, or the day of the last slip where that is later (§4)."""
    case = referral_case.c
    last = work.connection.scalar(
        select(func.max(case.submitted_at)).where(case.patient_id == patient_id)
    )
    begin = work.today - _MONTHS_3
    return max(begin, local_date(last)) if last else begin


def _section(code: str, title: str, lines: Iterable[Line]) -> Section:
    told = tuple(lines)
    return Section(code, title, tuple(map(_said, told)), tuple(one.reference for one in told))


def _said(line: Line) -> str:
    return f"{line.on.isoformat()} {line.text}" if line.on else str(line.text)


def _allergies(found: Summary) -> Section:
    """What must not be given; that there is nothing is said, because it matters too."""
    if found.allergies:
        return _section(ALLERGIES, "过敏史", found.allergies)
    return Section(ALLERGIES, "过敏史", (_NO_ALLERGY if found.allergies_asked else _NOBODY_ASKED,))


def _managed(work: ReadWork, patient_id: str) -> Iterator[Section]:
    """Of a managed person the latest examination and the last follow-ups of each programme."""
    names = running(work, patient_id)
    if not names:
        return
    for one in list_examinations(work, patient_id)[:1]:
        if one.on is not None and one.status in ("completed", "amended"):
            line = str(Message(_EXAMINED, on=one.on.isoformat()))
            reference = f"QuestionnaireResponse/{one.id}"
            yield Section(EXAMINATION, "最近一次健康体检", (line,), (reference,))
    for name in names:
        yield _follow_ups(work, patient_id, name)


def running(work: ReadWork, patient_id: str) -> list[str]:
    """The programmes in which a person is managed now, in their order."""
    place = health_enrolment.c
    rows = work.connection.execute(
        select(place.programme).where(place.patient_id == patient_id, place.status == "active")
    )
    found = {row.programme for row in rows}
    return [one.name for one in PROGRAMMES if one.name in found]


def _follow_ups(work: ReadWork, patient_id: str, name: str) -> Section:
    programme = next(one for one in PROGRAMMES if one.name == name)
    lines, references = [], []
    for one in list_follow_ups(work, patient_id, name, most=_FOLLOW_UPS):
        outcome = one.asked.programme.outcome(one.decided.outcome).title if one.decided else ""
        said = Message(
            _FOLLOWED, on=str(day_of_visit(one)), programme=programme.short, outcome=outcome
        )
        lines.append(str(joined([said, measured(one.asked.programme, one.values)], by=SEQUENCE)))
        references.append(f"QuestionnaireResponse/{one.id}")
    return Section(FOLLOW_UPS, "近期随访", tuple(lines), tuple(references))
