"""What the programmes declare, as resources that clients can read: forms, plans, measures."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any, Final

from health.fhir.measures import measure_of
from health.fhir.plan_definition import plan_definition
from health.programmes import MANAGED, PROGRAMMES
from kernel.declare.form import Form
from kernel.declare.module import Job
from kernel.fhir.publishing import publish
from kernel.fhir.questionnaire import questionnaire
from kernel.registry import Registry
from kernel.work import Work

SLICE: Final = 10
"""Resources that one transaction writes."""


def forms_published() -> Iterator[Form]:
    """Every edition of every form of the programmes, cards included."""
    for one in PROGRAMMES:
        yield from (edition() for edition in (*one.former, one.form))
        if one.card is not None:
            yield one.card()


def artefacts(registry: Registry, on: date) -> Iterator[dict[str, Any]]:
    """The Questionnaires, the PlanDefinitions and the Measures, as they are on a day."""
    outcome = next((one for one in PROGRAMMES if not one.regular), None)
    yield from (questionnaire(form) for form in forms_published())
    yield from (plan_definition(one, outcome, on) for one in MANAGED)
    yield from (measure_of(one) for one in registry.indicators.values())


def publish_programmes(work: Work) -> bool:
    """Keep the artefacts of the programmes, a slice at a time; whether there may be more.

    A job, because they come with the program.
    """
    written = (publish(work, body) for body in artefacts(work.registry, work.today))
    return sum(islice(filter(None, written), SLICE)) == SLICE


JOBS: Final = (Job("health:programmes", 1, publish_programmes),)
