"""What is wrong with the programmes' declarations: everything at once, each with its path.

The registry runs it at start (`Module.check`): a station with a programme that contradicts itself
does not start. A newcomer who writes a programme sees all that is missing in one run.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sqlalchemy import Float, Integer

from health.checks_forms import NUMBERS, form_faults, visit_faults
from health.declare import MOST_EARLIER, Programme
from health.fields import OUTCOME
from health.programmes import PROGRAMMES
from health.programmes.referral_outcome import PROGRAMME_KEY
from health.tables import health_follow_up
from kernel.declare.form import Form
from records.api import catalogue

HEIGHT: Final = "height"
"""What is measured and carried over all the same: grown-ups keep it."""
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_TEXTS: Final = ("title", "short", "source", "eligible_text", "cadence_text")


def check() -> Sequence[str]:
    """The faults of the programmes of the house."""
    return list(faults_of(PROGRAMMES))


def faults_of(programmes: Sequence[Programme]) -> Iterator[str]:
    """The faults of some programmes: `hypertension.form.salt: …`."""
    yield from _twice("programme", (one.name for one in programmes))
    forms = [one.name for programme in programmes for one in _forms_of(programme)]
    yield from _twice("form", forms)
    codes = [one.code for programme in programmes for one in programme.indicators]
    yield from _twice("indicator", codes)
    names = {one.name for one in programmes}
    for programme in programmes:
        for fault in _programme_faults(programme, names):
            yield f"{programme.name}.{fault}"


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{what} {name}: is declared {count} times"


def _forms_of(programme: Programme) -> list[Form]:
    return [programme.form(), *([programme.card()] if programme.card else [])]


def _programme_faults(programme: Programme, names: set[str]) -> Iterator[str]:
    yield from _text_faults(programme)
    yield from _number_faults(programme)
    yield from _outcome_faults(programme)
    yield from _key_faults(programme)
    yield from _edition_faults(programme)
    for field, form in zip(("form", "card"), _forms_of(programme), strict=False):
        yield from (f"{field}.{fault}" for fault in form_faults(form))
    yield from (f"form.{fault}" for fault in visit_faults(programme.form()))
    if programme.screens and programme.screens not in names - {programme.name}:
        yield f"screens: {programme.screens!r} is no other programme"
    if not programme.regular and PROGRAMME_KEY not in _keys(programme):
        yield f"form.{PROGRAMME_KEY}: is missing; it says to which programme an answer belongs"


def _text_faults(programme: Programme) -> Iterator[str]:
    if not _NAME.fullmatch(programme.name):
        yield "name: must be lower-case words joined by hyphens, at most 40 characters"
    known = catalogue.code_set("care-kind").concepts.get(programme.name)
    if known is not None and known.display != programme.title:
        yield f"title: nbphs3-care-kind calls this code {known.display}"
    yield from (f"{text}: is empty" for text in _TEXTS if not getattr(programme, text))


def _number_faults(programme: Programme) -> Iterator[str]:
    limits = {
        "yearly": (0, 366), "recalls": (0, MOST_EARLIER), "first_days": (1, 366),
        "from_age": (0, 120), "paper_columns": (1, 6),
    }  # fmt: skip
    for name, (low, high) in limits.items():
        if not low <= getattr(programme, name) <= high:
            yield f"{name}: must be {low} to {high}"


def _outcome_faults(programme: Programme) -> Iterator[str]:
    codes = Counter(one.code for one in programme.outcomes)
    if not codes:
        yield "outcomes: there is none"
    yield from (f"outcomes.{code}: is declared {n} times" for code, n in codes.items() if n > 1)
    yield from (f"outcomes.{one.code}: no title" for one in programme.outcomes if not one.title)
    for field in programme.form().fields:
        if field.key == OUTCOME:
            for code in [code for code in field.by_code if code not in codes]:
                yield f"form.{OUTCOME}: the option {code} is no outcome"


def _keys(programme: Programme) -> set[str]:
    return {one.key for one in programme.form().fields}


def _key_faults(programme: Programme) -> Iterator[str]:
    """What the declaration says about fields must be about fields of the form."""
    by_key = {one.key: one for one in programme.form().fields}
    trends = [key for one in programme.trends for key in one.keys]
    named = {
        "mandatory": programme.mandatory,
        "carried": programme.carried,
        "measured": tuple(one.key for one in programme.measured),
        "trends": tuple(trends),
    }
    for where, keys in named.items():
        for key in keys:
            if key not in by_key:
                yield f"{where}.{key}: is no field of the form"
            elif where == "carried" and by_key[key].coded is not None and key != HEIGHT:
                yield f"carried.{key}: is measured, and no measurement is carried over"
            elif where in ("measured", "trends") and by_key[key].kind not in NUMBERS:
                yield f"{where}.{key}: is no number"
    for trend in programme.trends:
        units = {by_key[key].unit for key in trend.keys if key in by_key} - {trend.unit}
        yield from (f"trends.{trend.title}: {unit!r} is another unit" for unit in sorted(units))
    yield from _column_faults(programme)


def _column_faults(programme: Programme) -> Iterator[str]:
    columns = {
        column.name
        for column in health_follow_up.columns
        if isinstance(column.type, Integer | Float)
    }
    for one in programme.measured:
        if one.column not in columns:
            known = ", ".join(sorted(columns))
            yield f"measured.{one.key}: {one.column!r} is no measured column ({known})"


def _edition_faults(programme: Programme) -> Iterator[str]:
    form = programme.form()
    if form.name != programme.name:
        yield f"form: its name {form.name!r} must be the programme's"
    editions = [one() for one in programme.former]
    for one in editions:
        if one.name != form.name:
            yield f"former.{one.version}: its name {one.name!r} must be the form's"
    for version, count in Counter(one.version for one in (*editions, form)).items():
        if count > 1:
            yield f"former.{version}: the edition is declared {count} times"
