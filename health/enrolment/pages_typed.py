"""What was typed into the forms of enrolments: the fields that they share, and their faults."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from health.declare import Programme
from kernel.declare.form import Form, Values, beside
from kernel.errors import Refused
from kernel.forms import read_form, texts_of
from kernel.messages import SEQUENCE, _, joined
from kernel.web.acting import Wrong, needed_day
from kernel.web.visit import Visit

TAB: Final = "programmes"
"""Key of the resident's tab."""
ON, SOURCE, DOCTOR, NOTE, REASON = (
    "enrolment-on",
    "enrolment-source",
    "enrolment-doctor",
    "enrolment-note",
    "enrolment-reason",
)
"""Names of our fields: a card's own keys stand in the same form."""
_PLACES: Final = {"on": ON}
_LINK: Final = re.compile(r".*linkId='([^']+)'\)")
_FORM_FAULTS: Final = frozenset({409, 412, 422})
_PRECONDITION: Final = 412
_STALE: Final = _(
    "这项管理在您填写期间被别人保存过。您的填写都在下面；请先在新窗口核对现在的状态，再保存就以您的填写为准。"
)
_NO_NOTE: Final = _("请写明原因，2 至 200 个字。")
_NOTE_LENGTH: Final = (2, 200)


@dataclass(frozen=True, slots=True)
class FilledCard:
    """A card that was sent: its values, and what is wrong with it by the field's name."""

    values: Values
    errors: dict[str, str]
    doubts: dict[str, str]


@contextmanager
def placed() -> Iterator[None]:
    """What the write path refuses stands at the fields of our forms."""
    try:
        yield
    except Refused as refused:
        if refused.status not in _FORM_FAULTS:
            raise
        told: dict[str, str] = {}
        if refused.status == _PRECONDITION:
            raise Wrong({"form": _STALE}) from refused
        for issue in refused.issues:
            link = _LINK.match(issue.expression or "")
            name = link[1] if link else _PLACES.get(issue.expression or "", "form")
            told[name] = joined((told.get(name, ""), issue.diagnostics), by=SEQUENCE)
        raise Wrong(told) from refused


def typed_day(visit: Visit, errors: dict[str, str]) -> date | None:
    """The day of the step, None where it is not told, which is put among the errors."""
    try:
        return needed_day(visit, ON)
    except Wrong as wrong:
        errors.update(wrong.errors)
        return None


def note_fault(note: str) -> dict[str, str]:
    """The fault of words that have to be written, by the field's name."""
    fewest, most = _NOTE_LENGTH
    return {} if fewest <= len(note) <= most else {NOTE: _NO_NOTE}


CARD_SOURCE: Final = "enrol-source"
"""The field of a card that the form of the enrolment asks already (检出途径)."""


REGISTRATION: Final = "registration"
"""The section of a card that whoever approves an application fills in (建床登记)."""


def asked_card(programme: Programme) -> Form | None:
    """The card as it is asked at the enrolment: without what its form asks already.

    What is written down at the registration is not asked of who applies.
    """
    if programme.card is None:
        return None
    form = programme.card()
    sections = tuple(
        replace(one, fields=tuple(each for each in one.fields if each.key != CARD_SOURCE))
        for one in form.sections
        if not (programme.approved and one.key == REGISTRATION)
    )
    return replace(form, sections=sections)


def with_source(programme: Programme, filled: FilledCard, source: str, note: str) -> Values:
    """The values of a card with what the form of the enrolment asked."""
    form = programme.card() if programme.card else None
    if form is None or all(one.key != CARD_SOURCE for one in form.fields):
        return filled.values
    words = {beside(CARD_SOURCE, source): note} if note else {}
    wordy = form.field(CARD_SOURCE).by_code[source].words
    return {**filled.values, CARD_SOURCE: source, **(words if wordy else {})}


def typed_card(visit: Visit, form: Form | None, errors: dict[str, str]) -> FilledCard:
    """A card as it was sent; its faults are put beside the others."""
    if form is None:
        return FilledCard({}, {}, {})
    filled = read_card(visit, form)
    errors.update(filled.errors)
    return filled


def read_card(visit: Visit, form: Form) -> FilledCard:
    """What was typed into a card; doubts are left out once they were confirmed."""
    answer = read_form(form, visit.lists)
    doubts = dict(answer.doubts)
    seen = visit.field("doubted") == doubted(visit, doubts)
    if seen and visit.field("confirmed") == "yes":
        doubts = {}
    return FilledCard(answer.values, dict(answer.errors), doubts)


def doubted(visit: Visit, doubts: Mapping[str, str]) -> str:
    """Which values somebody confirms: these very ones in these fields."""
    return ";".join(f"{name}={visit.field(name)}" for name in sorted(doubts))


def texts_of_card(form: Form, values: Values) -> dict[str, tuple[str, ...]]:
    """The values as they stand in the card's fields."""
    texts = texts_of(form, values)
    return {name: (text,) if isinstance(text, str) else text for name, text in texts.items()}
