"""What was typed into the pages of a slip: read into a Slip with everything that is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from kernel.clock import as_datetime
from kernel.declare.form import Form
from kernel.forms import read_form, texts_of
from kernel.messages import Message, _
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import find_diagnoses, find_diagnosis
from referral.codes import LATERAL, UP
from referral.moving.proposals import GONE
from referral.requests.choosing import choices_for
from referral.requests.form import (
    MOST_DIAGNOSES,
    WITHOUT,
    call_form,
    faults_of,
    slip_form,
    slip_from,
    slip_only_form,
    values_of,
)
from referral.requests.slip import EMERGENCY, Diagnosis, Slip

_LONGEST: Final = 100
_TOO_LONG: Final = _("诊断 %(n)s：最多 %(most)s 个字")


class Kind(StrEnum):
    """Which page a slip is written on: whole, told by telephone, or handed in afterwards."""

    WHOLE = "whole"
    CALL = "call"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Typed:
    """A slip as it was typed, and the sentences about what is wrong by field."""

    slip: Slip
    errors: Mapping[str, str]


def form_of(
    work: ReadWork, kind: Kind, patient_id: str, slip: Slip, *, draft: bool = False
) -> Form:
    """The declared form of a page, with what can be chosen for a slip."""
    if kind is Kind.LATE:
        return slip_only_form()
    choices = choices_for(work, patient_id, slip)
    made = call_form if kind is Kind.CALL else slip_form
    return made(choices, draft=draft)


def typed(
    visit: Visit, work: ReadWork, kind: Kind, patient_id: str, before: Slip, *, draft: bool = False
) -> Typed:
    """Read a page over what the slip said before. A draft may leave anything out."""
    form = form_of(work, kind, patient_id, chosen(visit, before), draft=draft)
    answer = read_form(form, visit.lists)
    now = as_datetime(work.now)
    errors = {**answer.errors, **faults_of(answer.values, visit.field("phoned-at"), now)}
    errors |= _slot_faults(form, visit.field("slot"))
    diagnoses = list(before.diagnoses)
    if kind is Kind.WHOLE:
        diagnoses = _diagnoses(visit, errors)
    if kind is Kind.LATE:
        values = {**values_of(before), **answer.values}
        slip = slip_from(values, before, diagnoses, now)
        return Typed(replace(slip, phoned_at=before.phoned_at), errors)
    if kind is Kind.CALL:
        begun = replace(before, urgency=EMERGENCY)
        values = {**_kept(begun), **answer.values}
        return Typed(slip_from(values, begun, diagnoses, now), errors)
    return Typed(slip_from(answer.values, before, diagnoses, now), errors)


def _slot_faults(form: Form, typed: str) -> dict[str, str]:
    """A slot that is not offered any more: somebody took it, or it is another department's."""
    offered = [option.code for one in form.fields if one.key == "slot" for option in one.options]
    return {"slot": GONE} if typed not in ("", WITHOUT, *offered) else {}


def _kept(slip: Slip) -> dict[str, object]:
    """What the page of a call does not ask and keeps: the record's texts, the direction."""
    asked = (
        "destination",
        "slot",
        "phoned-at",
        "reason",
        "doctor",
        "phone",
        "indications",
        "disease",
    )
    return {key: value for key, value in values_of(slip).items() if key not in asked}


def chosen(visit: Visit, before: Slip) -> Slip:
    """Direction, disease and department as the page has them: they decide what can be chosen."""
    direction, disease = visit.field("direction"), visit.field("disease")[:40]
    hospital, slash, department = visit.field("destination").partition("/")
    if slash:
        before = replace(before, hospital=hospital, department=department)
    return replace(
        before,
        direction=direction if direction in (UP, LATERAL) else before.direction,
        disease=disease or before.disease,
    )


def _diagnoses(visit: Visit, errors: dict[str, str]) -> list[Diagnosis]:
    """The diagnoses in their order; one that was picked or typed exactly has its code."""
    found = []
    for number in range(1, MOST_DIAGNOSES + 1):
        name, code = visit.field(f"diagnosis_{number}"), visit.field(f"diagnosis_code_{number}")
        if len(name) > _LONGEST:
            errors[f"diagnosis_{number}"] = Message(_TOO_LONG, n=number, most=_LONGEST)
        elif name:
            known = find_diagnosis(code)
            picked = Diagnosis(name, known.code) if known and known.name == name else None
            found.append(picked or _exact(name) or Diagnosis(name))
    return found


def _exact(name: str) -> Diagnosis | None:
    for one in find_diagnoses(name, 8):
        if name == one.name or name.upper() in (one.code.upper(), one.who.upper()):
            return Diagnosis(one.name, one.code)
    return None


def texts_for(form: Form, slip: Slip) -> dict[str, Sequence[str]]:
    """What stands in the fields of a page that nobody has typed into yet."""
    known = {one.key for one in form.fields}
    found = values_of(slip)
    values = {key: value for key, value in found.items() if key.partition(".")[0] in known}
    texts: dict[str, Sequence[str]] = {
        name: (text,) if isinstance(text, str) else text
        for name, text in texts_of(form, values).items()
    }
    for number, one in enumerate(slip.diagnoses, start=1):
        texts[f"diagnosis_{number}"] = (one.name,)
        texts[f"diagnosis_code_{number}"] = (one.code,)
    return texts
