"""A programme as FHIR: the PlanDefinition that every plan of it names (R4 14.2).

One action for the enrolment and one for every activity that can be planned: what triggers it, when,
by which form, by which clause. The decision itself is the program's; what it gives stands in the
answer's extension.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from health.declare import Activity, Programme
from health.fields import ACTION
from health.parameters import ARRIVAL_DAYS, RECHECK_DAYS
from kernel.canonical import CANONICAL, UCUM, code_system
from kernel.fhir.questionnaire import canonical_of
from kernel.messages import SEQUENCE, Message, _, joined
from records.api import CARE_KIND, catalogue, examination_form

Body = dict[str, Any]
_TYPE: Final = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
_PERSON: Final = "http://hl7.org/fhir/resource-types"
_FOUND: Final = "eligible"
_ENROLLED: Final = "enrolled"
_ANSWERED: Final = "follow-up-recorded"
_TEXT: Final = "text/plain"
_FIRST: Final = _("纳入管理后 %(days)s 天内第一次，此后按规范间隔")
_REFERRED: Final = "本次处理为转诊（建议转诊或紧急处理后转诊）"
_CONDITIONS: Final = {
    Activity.RECHECK: "本次处理为调整治疗",
    Activity.REFERRAL_OUTCOME: _REFERRED,
    Activity.ARRIVAL_CHECK: "本次处理为紧急处理后转诊",
}


def plan_url(name: str) -> str:
    """The canonical address of a programme's PlanDefinition."""
    return f"{CANONICAL}/PlanDefinition/{name}"


def plan_definition(programme: Programme, outcome: Programme | None, on: date) -> Body:
    """The PlanDefinition of a programme, with the intervals that hold on a day.

    `outcome` is the programme by which the outcome of a referral is asked for.
    """
    form = programme.form()
    return {
        "resourceType": "PlanDefinition",
        "id": programme.name,
        "url": plan_url(programme.name),
        "version": form.version,
        "name": programme.name.replace("-", "_"),
        "title": str(programme.title),
        "type": {"coding": [{"system": _TYPE, "code": "clinical-protocol"}]},
        "status": "active",
        "subjectCodeableConcept": {"coding": [{"system": _PERSON, "code": "Patient"}]},
        "publisher": "Station",
        "description": str(programme.eligible_text),
        "usage": str(programme.cadence_text),
        "copyright": str(programme.source),
        "topic": [{"coding": [{"system": CARE_KIND, "code": programme.name}]}],
        "relatedArtifact": [{"type": "citation", "citation": str(programme.source)}],
        "action": list(_actions(programme, outcome, on)),
    }


def _actions(programme: Programme, outcome: Programme | None, on: date) -> Iterator[Body]:
    yield _enrolment(programme)
    form = canonical_of(programme.form())
    routine = _action(programme, Activity.FOLLOW_UP, form)
    first = Message(_FIRST, days=programme.first_days)
    told = str(joined((programme.cadence_text, first), by=SEQUENCE))
    routine |= {"description": told, **_yearly(programme.yearly)}
    yield routine | {"trigger": [_event(_ENROLLED), _event(_ANSWERED)]}
    if any(field.key == ACTION for field in programme.form().fields):
        asked = canonical_of(outcome.form()) if outcome else form
        soon, arrival = _days(RECHECK_DAYS.on(on)), _days(ARRIVAL_DAYS.on(on))
        yield _after(programme, Activity.RECHECK, form) | soon
        yield _after(programme, Activity.REFERRAL_OUTCOME, asked) | soon
        yield _after(programme, Activity.ARRIVAL_CHECK, asked) | arrival
    if programme.examination:
        yield _action(programme, Activity.EXAMINATION, canonical_of(examination_form())) | {
            **_yearly(1), "trigger": [_event(_ENROLLED)],
        }  # fmt: skip


def _enrolment(programme: Programme) -> Body:
    """Who is taken in, with the card that is filled in then where there is one."""
    action: Body = {
        "title": "纳入管理",
        "documentation": _documentation(programme),
        "trigger": [_event(_FOUND)],
        "condition": [_condition(str(programme.eligible_text))],
    }
    if programme.card is not None:
        action["definitionCanonical"] = canonical_of(programme.card())
    return action


def _documentation(programme: Programme) -> list[Body]:
    return [{"type": "documentation", "citation": str(programme.source)}]


def _condition(said: str) -> Body:
    """A condition in words."""
    expression = {"description": said, "language": _TEXT, "expression": said}
    return {"kind": "applicability", "expression": expression}


def _action(programme: Programme, activity: Activity, form: str) -> Body:
    title = catalogue.title("plan-activity", activity)
    coding = {"system": code_system("nbphs3-plan-activity"), "code": activity.value}
    return {
        "title": title,
        "code": [{"coding": [{**coding, "display": title}]}],
        "documentation": _documentation(programme),
        "definitionCanonical": form,
    }


def _after(programme: Programme, activity: Activity, form: str) -> Body:
    """An activity that a recorded follow-up may lead to."""
    return _action(programme, activity, form) | {
        "trigger": [_event(_ANSWERED)],
        "condition": [_condition(_CONDITIONS[activity])],
    }


def _event(name: str) -> Body:
    return {"type": "named-event", "name": name}


def _yearly(times: int) -> Body:
    if not times:
        return {}
    return {"timingTiming": {"repeat": {"frequency": times, "period": 1, "periodUnit": "a"}}}


def _days(number: int) -> Body:
    return {"timingDuration": {"value": number, "unit": "天", "system": UCUM, "code": "d"}}
