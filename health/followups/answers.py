"""Which answers are a programme's: the forms that the programmes declare, by canonical address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from health.declare import Programme
from health.fields import VISIT_DATE
from health.programmes import PROGRAMMES
from kernel.declare.form import Form, Values
from kernel.fhir.questionnaire import canonical_of, values_of
from records.api import day_of, id_of

Body = Mapping[str, Any]
FINISHED: Final = frozenset({"completed", "amended"})
WRONG: Final = "entered-in-error"


@dataclass(frozen=True, slots=True)
class Asked:
    """A form of a programme: its follow-up form, or the card of its enrolment."""

    programme: Programme
    form: Form
    card: bool = False


@cache
def forms() -> Mapping[str, Asked]:
    """Every form by its canonical address with the edition; without one it is the current one."""
    found: dict[str, Asked] = {}
    for one in PROGRAMMES:
        asked = [Asked(one, form()) for form in (*one.former, one.form)]
        if one.card is not None:
            asked.append(Asked(one, one.card(), card=True))
        for each in asked:
            versioned = canonical_of(each.form)
            found |= {versioned: each, versioned.partition("|")[0]: each}
    return found


def unknown_edition(body: Body) -> tuple[str, ...]:
    """The editions that there are of a form of ours, where a body names another; else nothing."""
    address = str(body.get("questionnaire", ""))
    url = address.partition("|")[0]
    if address in forms() or url not in forms():
        return ()
    return tuple(one.partition("|")[2] for one in forms() if one.startswith(f"{url}|"))


def with_edition(body: Body) -> dict[str, Any]:
    """The answer with the edition of its form, which it keeps when there is a newer one."""
    asked = asked_in(body)
    return {**body, "questionnaire": canonical_of(asked.form)} if asked else dict(body)


def asked_in(body: Body) -> Asked | None:
    """The form that a QuestionnaireResponse answers; None for one that is no programme's."""
    if body.get("resourceType") != "QuestionnaireResponse":
        return None
    return forms().get(body.get("questionnaire", ""))


def values_in(asked: Asked, body: Body) -> dict[str, Any]:
    """The values of an answer, with what follows from them."""
    return completed(asked, values_of(asked.form, body))


def completed(asked: Asked, values: Values) -> dict[str, Any]:
    """The values with what follows from them; nothing follows on a card."""
    return dict(values) if asked.card else asked.programme.complete(dict(values))


def day_in(body: Body, values: Values) -> date | None:
    """The local day of an answer: as answered, else as authored."""
    found = values.get(VISIT_DATE)
    return found if isinstance(found, date) else day_of(body.get("authored"))


def patient_in(body: Body) -> str:
    """The id of the Patient whom an answer is about."""
    return id_of(body.get("subject"), "Patient")


def subject_programme(programme: Programme, values: Values) -> str:
    """The name of the programme that an answer belongs to.

    The outcome of a referral is asked for any programme and says for which.
    """
    return str(values.get("programme", "")) if not programme.regular else programme.name
