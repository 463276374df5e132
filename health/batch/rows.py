"""A row of the batch table: whom it is about, what was typed, what became of it.

The fields of row 3 are called `row-3-…`: `sought` (what was typed to find somebody), `found` and
`shown` (for whom the cells stand there), `patient`, `submission`, and a field for every column.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from health.batch.cells import typed_of
from health.batch.checking import ROW, check
from health.batch.columns import by_key, column_in, columns_of, read_cells
from health.batch.people import NOT_OWN, Person, find_people, own_person
from health.declare import Programme
from health.fields import VISIT_DATE, VISIT_MODE
from health.followups.carrying import FROM_LAST, kept
from health.followups.queries import list_follow_ups
from health.followups.services import Entry, FollowUp, day_of_visit, get_follow_up, record
from kernel.errors import Refused
from kernel.ids import uuid7
from kernel.messages import SEQUENCE, Message, _, joined
from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue
from kernel.web.submission import is_saved
from kernel.work import ReadWork, Work
from records.api import Doctor

SOUGHT: Final = "sought"
_LINK: Final = re.compile(r"linkId='([^']+)'")
_WHO: Final = _("请先在第一格查找居民")
_CHANGED: Final = _("这一行先前已经保存，之后的改动没有保存；请打开这份随访更正")
KEPT: Final = _("沿用上次")
_RECENT: Final = 6


class State(StrEnum):
    """Where a row stands."""

    EMPTY = "empty"
    CHOOSE = "choose"
    SHOWN = "shown"
    REFUSED = "refused"
    DOUBTED = "doubted"
    SAVED = "saved"


@dataclass(frozen=True, slots=True)
class Head:
    """What is chosen once for all rows; texts as they were typed."""

    programme: Programme
    visit_date: str = ""
    visit_mode: str = ""
    doctor: Doctor | None = None

    @property
    def preset(self) -> dict[str, str]:
        """What the cells of a new row begin with."""
        found = {VISIT_DATE: self.visit_date, VISIT_MODE: self.visit_mode}
        return {key: text for key, text in found.items() if text}


@dataclass(frozen=True, slots=True)
class Row:
    """A row. `carried` says by column where a value that nobody typed comes from."""

    number: int
    submission: str
    state: State = State.EMPTY
    sought: str = ""
    person: Person | None = None
    people: tuple[Person, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    carried: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    saved: FollowUp | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A row as it was sent."""

    number: int
    fields: Mapping[str, str]

    def text(self, name: str) -> str:
        """A field of the row."""
        return self.fields.get(name, "").strip()

    @property
    def is_shown(self) -> bool:
        """Whether the cells of this very person stood on the page."""
        found = self.text("patient")
        return bool(found) and self.text("shown") == found and self._is_found

    @property
    def _is_found(self) -> bool:
        return self.text("found") == self.text(SOUGHT)

    @property
    def chosen(self) -> str:
        """Who was chosen of those who were found for this very text."""
        return self.text("patient") if self._is_found else ""


def empty(work: ReadWork, number: int) -> Row:
    """A row in which nobody is sought yet."""
    return Row(number, uuid7(work.now))


def found(work: ReadWork, head: Head, sent: Sent, submission: str) -> Row:
    """A row after somebody was sought or chosen: with his cells, or those to choose from."""
    sought = sent.text(SOUGHT)
    row = Row(sent.number, submission, sought=sought, typed=_cells(head.programme, sent))
    if not sought:
        typed = any(row.typed.values())
        return replace(row, state=State.REFUSED, errors={SOUGHT: _WHO}) if typed else row
    if sent.chosen:
        one = own_person(work, sent.chosen)
        fault = "" if one else NOT_OWN
    else:
        several = find_people(work, head.programme, sought)
        one, fault = several.one, several.fault
        if len(several.people) > 1:
            return replace(row, state=State.CHOOSE, people=tuple(several.people))
    if one is None or fault:
        return replace(row, state=State.REFUSED, person=one, errors={SOUGHT: fault})
    return _begun(work, head, replace(row, person=one), one.id)


def _cells(programme: Programme, sent: Sent) -> dict[str, str]:
    return {column.key: sent.text(column.key) for column in columns_of(programme)}


def _begun(work: ReadWork, head: Head, row: Row, patient_id: str) -> Row:
    """The cells of somebody as they begin: the head's, and what is kept of the last follow-up."""
    programme = head.programme
    typed = dict(head.preset)
    carried: dict[str, str] = {}
    before = _last(work, programme, patient_id, _day(head.visit_date) or work.today)
    if before is not None:
        values, on = kept(programme, before[0]), before[1]
        for column in columns_of(programme):
            if text := typed_of(column.field, values):
                typed[column.key] = text
                carried[column.key] = Message(FROM_LAST, day=on.isoformat())
    return replace(row, state=State.SHOWN, typed=typed, carried=carried)


def _last(
    work: ReadWork, programme: Programme, patient_id: str, until: date
) -> tuple[FollowUp, date] | None:
    """The latest valid follow-up that is not after a day."""
    for one in list_follow_ups(work, patient_id, programme.name, most=_RECENT):
        on = day_of_visit(one)
        if on is not None and on <= until and one.asked.programme is programme:
            return one, on
    return None


def _day(text: str) -> date | None:
    try:
        return parse_date(text) if text else None
    except InvalidValue:
        return None


def answered(work: ReadWork, head: Head, sent: Sent, submission: str) -> Row:
    """A row whose cells were typed, checked by themselves; `REFUSED`, `DOUBTED` or `SHOWN`."""
    person = own_person(work, sent.text("patient"))
    typed = _cells(head.programme, sent)
    carried = {key: KEPT for key in sent.text("carried").split() if typed.get(key)}
    row = Row(
        sent.number, submission, State.SHOWN, sent.text(SOUGHT), person, typed=typed,
        carried=carried,
    )  # fmt: skip
    if person is None:
        return replace(row, state=State.REFUSED, errors={SOUGHT: NOT_OWN})
    reading = read_cells(head.programme, typed)
    if reading.errors:
        return replace(row, state=State.REFUSED, errors=reading.errors)
    if reading.doubts and not _confirmed(sent, reading.doubts):
        entry = Entry(submission, person.id, head.programme, reading.values)
        faults = check(work, entry).faults
        told = {"errors": faults} if faults else {"doubts": reading.doubts}
        state = State.REFUSED if faults else State.DOUBTED
        return replace(row, state=state, **told)
    return row


def shown_again(work: ReadWork, sent: Sent, submission: str) -> Row:
    """A row that was saved before, as it stands above the others. Raises Refused (404)."""
    person = own_person(work, sent.text("patient"))
    saved = get_follow_up(work, submission)
    return Row(sent.number, submission, State.SAVED, sent.text(SOUGHT), person, saved=saved)


def doubted(typed: Mapping[str, str], doubts: Mapping[str, str]) -> str:
    """Which values somebody confirms: these very ones in these cells."""
    return ";".join(f"{key}={typed.get(key, '')}" for key in sorted(doubts))


def _confirmed(sent: Sent, doubts: Mapping[str, str]) -> bool:
    seen = sent.text("doubted") == doubted(sent.fields, doubts)
    return seen and sent.text("confirmed") == "yes"


def save(work: Work, head: Head, row: Row, patient_id: str) -> Row:
    """Save a row that was checked. Raises Refused (422 with the faults of the rules, see stamp)."""
    values = read_cells(head.programme, row.typed).values
    if is_saved(work, "QuestionnaireResponse", row.submission):
        return again(work, row, values)
    doctor = head.doctor and {
        "reference": f"Practitioner/{head.doctor.id}", "display": head.doctor.name,
    }  # fmt: skip
    record(work, Entry(row.submission, patient_id, head.programme, values, doctor=doctor or None))
    return replace(row, state=State.SAVED, saved=get_follow_up(work, row.submission))


def again(work: ReadWork, row: Row, values: Mapping[str, Any]) -> Row:
    """A row that had been saved before its answer was lost; what was changed since is told."""
    saved = get_follow_up(work, row.submission)
    same = saved.asked.programme.complete(dict(values)) == saved.values
    return replace(row, state=State.SAVED, saved=saved, note="" if same else _CHANGED)


def refused(head: Head, row: Row, why: Refused) -> Row:
    """A row that the rules refuse: the faults at their cells, nothing of what was typed lost."""
    known = by_key(head.programme)
    errors: dict[str, str] = {}
    for issue in why.issues:
        link = _LINK.search(issue.expression)
        key = column_in(known, link[1]) if link else ""
        said = errors.get(key or ROW, "")
        errors[key or ROW] = joined((said, issue.diagnostics), by=SEQUENCE) if said else (
            issue.diagnostics
        )  # fmt: skip
    return replace(row, state=State.REFUSED, errors=errors)
