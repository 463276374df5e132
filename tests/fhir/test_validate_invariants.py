"""Every invariant that we hold has a body that breaks it, and only it."""

import pytest

from kernel.fhir.terminology import RESOURCE_TYPES
from kernel.fhir.validate import problems
from kernel.fhir.validate.invariants import is_after

PATIENT = {"reference": "Patient/1"}
ASPIRIN = {"text": "aspirin"}
QUANTITY = {"value": 1}


def of(kind: str, /, **elements: object) -> dict[str, object]:
    return {"resourceType": kind, **elements}


def form(**item: object) -> dict[str, object]:
    return of("Questionnaire", status="active", item=[{"linkId": "1", **item}])


def timed(**repeat: object) -> dict[str, object]:
    return of(
        "MedicationStatement",
        status="active",
        medicationCodeableConcept=ASPIRIN,
        subject=PATIENT,
        dosage=[{"timing": {"repeat": repeat}}],
    )


def condition(**elements: object) -> dict[str, object]:
    return of("Condition", subject=PATIENT, **elements)


def status(name: str, code: str) -> dict[str, object]:
    system = f"http://terminology.hl7.org/CodeSystem/{name}"
    return {"coding": [{"system": system, "code": code}]}


def appointment(**elements: object) -> dict[str, object]:
    people = [{"actor": PATIENT, "status": "accepted"}]
    return of("Appointment", participant=people, **elements)


def bundle(kind: str, /, **elements: object) -> dict[str, object]:
    return of("Bundle", type=kind, **elements)


def report(**section: object) -> dict[str, object]:
    return of(
        "Composition",
        status="final",
        type={"text": "x"},
        date="2024",
        author=[PATIENT],
        title="x",
        section=[{"title": "x", **section}],
    )


MEASURED = {"status": "final", "code": {"text": "x"}}
IN_ERROR = {
    "clinicalStatus": status("condition-clinical", "active"),
    "verificationStatus": status("condition-ver-status", "entered-in-error"),
}
ALLERGY_IN_ERROR = {
    "clinicalStatus": status("allergyintolerance-clinical", "active"),
    "verificationStatus": status("allergyintolerance-verification", "entered-in-error"),
}
FAMILY = {"status": "completed", "patient": PATIENT, "relationship": {"text": "mother"}}
TEXT = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}

BREACHES = [
    ("con-1", condition(stage=[{"type": {"text": "x"}}])),
    ("con-2", condition(evidence=[{"extension": [{"url": "x", "valueCode": "y"}]}])),
    (
        "con-4",
        condition(clinicalStatus=status("condition-clinical", "active"), abatementAge=QUANTITY),
    ),
    ("con-5", condition(**IN_ERROR)),
    ("ait-2", of("AllergyIntolerance", patient=PATIENT, **ALLERGY_IN_ERROR)),
    ("obs-3", of("Observation", **MEASURED, referenceRange=[{"age": {"low": QUANTITY}}])),
    ("rat-1", of("Observation", **MEASURED, valueRatio={"id": "x", "numerator": QUANTITY})),
    ("rng-2", of("Observation", **MEASURED, valueRange={"low": {"value": 2}, "high": QUANTITY})),
    ("org-2", of("Organization", name="x", address=[{"use": "home", "city": "x"}])),
    ("org-3", of("Organization", name="x", telecom=[{"use": "home", "rank": 1}])),
    ("grp-1", of("Group", type="person", actual=False, member=[{"entity": PATIENT}])),
    ("fhs-1", of("FamilyMemberHistory", **FAMILY, ageString="40", bornDate="1980")),
    ("fhs-2", of("FamilyMemberHistory", **FAMILY, estimatedAge=True)),
    (
        "gol-1",
        of(
            "Goal",
            lifecycleStatus="active",
            description={"text": "x"},
            subject=PATIENT,
            target=[{"detailString": "x"}],
        ),
    ),
    (
        "mad-1",
        of(
            "MedicationAdministration",
            status="completed",
            medicationCodeableConcept=ASPIRIN,
            subject=PATIENT,
            effectiveDateTime="2024",
            dosage={"text": "x"},
        ),
    ),
    (
        "imm-1",
        of(
            "Immunization",
            status="completed",
            vaccineCode={"text": "x"},
            patient=PATIENT,
            occurrenceDateTime="2024",
            education=[{"publicationDate": "2024"}],
        ),
    ),
    (
        "cpl-3",
        of(
            "CarePlan",
            status="active",
            intent="plan",
            subject=PATIENT,
            activity=[{"reference": {"reference": "Task/1"}, "detail": {"status": "scheduled"}}],
        ),
    ),
    (
        "sev-1",
        of(
            "AuditEvent",
            type={"code": "rest"},
            recorded="2024-01-01T00:00:00Z",
            agent=[{"requestor": True}],
            source={"observer": {"display": "x"}},
            entity=[{"name": "x", "query": "AAAA"}],
        ),
    ),
    ("ppc-1", of("Consent", status="active", scope={"text": "x"}, category=[{"text": "x"}])),
    (
        "prr-1",
        of(
            "ServiceRequest",
            status="active",
            intent="order",
            subject=PATIENT,
            orderDetail=[{"text": "x"}],
        ),
    ),
    (
        "inv-1",
        of("Task", status="ready", intent="order", authoredOn="2024-02", lastModified="2024-01-31"),
    ),
    ("cmp-1", report(code={"text": "x"})),
    ("cmp-2", report(text=TEXT, entry=[PATIENT], emptyReason={"text": "x"})),
    ("app-2", appointment(status="proposed", start="2024-01-01T00:00:00Z")),
    ("app-3", appointment(status="booked")),
    ("app-4", appointment(status="waitlist", cancelationReason={"text": "x"})),
    ("bdl-1", bundle("collection", total=1)),
    (
        "bdl-2",
        bundle(
            "collection", entry=[{"resource": of("Basic", code=ASPIRIN), "search": {"score": 1}}]
        ),
    ),
    ("bdl-3", bundle("batch", entry=[{"resource": of("Basic", code=ASPIRIN)}])),
    ("bdl-5", bundle("collection", entry=[{"fullUrl": "urn:uuid:1"}])),
    (
        "bdl-8",
        bundle(
            "collection",
            entry=[
                {"fullUrl": "http://x/Basic/1/_history/1", "resource": of("Basic", code=ASPIRIN)}
            ],
        ),
    ),
    ("que-1", form(type="group")),
    ("que-1", form(type="display", item=[{"linkId": "2", "type": "string"}])),
    ("que-3", form(type="display", code=[{"code": "x"}])),
    ("que-4", form(type="choice", answerValueSet="http://x", answerOption=[{"valueString": "x"}])),
    ("que-6", form(type="display", required=True)),
    ("que-8", form(type="display", initial=[{"valueString": "x"}])),
    (
        "que-8",
        form(
            type="group",
            item=[{"linkId": "2", "type": "string"}],
            initial=[{"valueString": "x"}],
        ),
    ),
    ("que-9", form(type="display", readOnly=True)),
    ("que-10", form(type="date", maxLength=3)),
    (
        "que-12",
        form(
            type="string",
            enableWhen=[{"question": "2", "operator": "exists", "answerBoolean": True}] * 2,
        ),
    ),
    ("que-13", form(type="string", initial=[{"valueString": "x"}, {"valueString": "y"}])),
    (
        "qrs-1",
        of(
            "QuestionnaireResponse",
            status="completed",
            item=[{"linkId": "1", "answer": [{"valueInteger": 1}], "item": [{"linkId": "2"}]}],
        ),
    ),
    ("tim-1", timed(duration=1)),
    ("tim-2", timed(period=1)),
    ("tim-4", timed(duration=-1, durationUnit="h")),
    ("tim-5", timed(period=-1, periodUnit="h")),
    ("tim-6", timed(periodMax=1)),
    ("tim-7", timed(durationMax=1)),
    ("tim-8", timed(countMax=1)),
    ("tim-9", timed(offset=5)),
    ("tim-9", timed(offset=5, when=["C"])),
    ("tim-10", timed(timeOfDay=["08:00:00"], when=["MORN"])),
]


@pytest.mark.parametrize(("rule", "body"), BREACHES)
def test_a_breach_is_told_by_the_name_of_its_rule(rule: str, body: dict[str, object]) -> None:
    found, _ = problems(body, types=RESOURCE_TYPES)
    assert [one.code for one in found] == ["invariant"]
    assert found[0].diagnostics.endswith(f"({rule})")


@pytest.mark.parametrize(
    "body",
    [
        timed(offset=5, when=["ACM"], period=1, periodUnit="d"),
        appointment(status="cancelled", cancelationReason={"text": "x"}),
        bundle("searchset", total=1, entry=[{"resource": of("Basic", code=ASPIRIN), "search": {}}])
        | {"entry": [{"resource": of("Basic", code=ASPIRIN), "search": {"mode": "match"}}]},
        form(type="group", item=[{"linkId": "2", "type": "display", "text": "x"}]),
        report(section=[{"text": TEXT}]),
        of("FamilyMemberHistory", **FAMILY, ageString="40", estimatedAge=True),
    ],
)
def test_what_keeps_the_rules_passes(body: dict[str, object]) -> None:
    assert problems(body, types=RESOURCE_TYPES)[0] == []


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-01-02", "2024-01-01", True),
        ("2024-01-01", "2024-01-01", False),
        ("2024", "2024-01-01T00:00:00Z", False),
        ("2024-02", "2024-01-31", True),
        ("2024-02-29", "2024-02", False),
        ("2024-01-01T08:00:00+08:00", "2024-01-01T00:00:00Z", False),
        ("2024-01-01T08:00:00.001+08:00", "2024-01-01T00:00:00Z", True),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z", False),
        ("2017-01-01T00:00:00Z", "2016-12-31T23:59:60.5Z", True),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", False),
    ],
)
def test_only_what_certainly_lies_after_is_after(start: str, end: str, expected: bool) -> None:
    assert is_after(start, end) is expected
