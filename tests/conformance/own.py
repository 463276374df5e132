"""A small valid resource of every type that clients may write, so that the suite needs no corpus.

All but the directory's belong to 李娜's record or to station-1, so whoever keeps them may see them.
"""

from typing import Any, Final

from kernel.fhir.json import Digits
from tests.cast import ICD, LOINC, UCUM, coded, to

Body = dict[str, Any]

HL7: Final = "http://terminology.hl7.org/CodeSystem"
ATC: Final = "http://www.whocc.no/atc"
PATIENT: Final = to("Patient", "li-na")
DOCTOR: Final = to("Practitioner", "practitioner-station-1-gp")
STATION: Final = to("Organization", "station-1")
VISIT: Final = to("Encounter", "li-na-visit")
HYPERTENSION: Final = to("Condition", "li-na-i10")
PRESSURE: Final = to("Observation", "li-na-8480-6")
AMLODIPINE: Final = coded(ATC, "C08CA01", "苯磺酸氨氯地平片")
MORNING: Final = "2026-02-03T10:00:00+08:00"


def _body(type_: str, name: str, /, **elements: Any) -> Body:
    """A resource under an id of its own."""
    return {"resourceType": type_, "id": f"own-{name}", **elements}


def _numbered(type_: str, name: str, /, **elements: Any) -> Body:
    """One of a type that repeats its identifiers."""
    identifier = [{"system": "http://a.example/own", "value": f"OWN-{name}"}]
    return _body(type_, name, identifier=identifier, **elements)


DIRECTORY: Final[tuple[Body, ...]] = (
    _numbered(
        "Organization",
        "organisation",
        active=True,
        type=[coded(f"{HL7}/organization-type", "prov")],
        name="望海社区卫生服务站",
        address=[{"text": "滨海市海阳区望海路3号", "city": "滨海市"}],
        partOf=STATION,
    ),
    _numbered(
        "Location",
        "location",
        status="active",
        name="二楼接种室",
        type=[coded(f"{HL7}/v3-RoleCode", "OF")],
        address={"text": "滨海市海阳区望海路3号", "city": "滨海市"},
        managingOrganization=STATION,
    ),
    _numbered(
        "Practitioner",
        "practitioner",
        active=True,
        name=[{"text": "何静", "family": "何", "given": ["静"]}],
        telecom=[{"system": "phone", "value": "13900019999"}],
        gender="female",
    ),
    _numbered(
        "PractitionerRole",
        "role",
        active=True,
        period={"start": "2020-01-01"},
        practitioner=DOCTOR,
        organization=STATION,
        code=[coded(f"{HL7}/practitioner-role", "doctor")],
        specialty=[coded("http://snomed.info/sct", "419772000")],
    ),
    _numbered(
        "Questionnaire",
        "questionnaire",
        url="http://a.example/Questionnaire/own",
        version="1",
        name="Own",
        title="随访问卷",
        status="active",
        subjectType=["Patient"],
        date="2026-01-02",
        code=[{"system": LOINC, "code": "74465-6"}],
        item=[{"linkId": "1", "type": "boolean", "text": "头晕"}],
    ),
    _numbered(
        "PlanDefinition",
        "plan-definition",
        url="http://a.example/PlanDefinition/own",
        version="1",
        name="Own",
        title="管理方案",
        type=coded(f"{HL7}/plan-definition-type", "clinical-protocol"),
        status="active",
        date="2026-01-02",
        action=[{"title": "随访"}],
    ),
    _numbered(
        "Measure",
        "measure",
        url="http://a.example/Measure/own",
        version="1",
        name="Own",
        title="规范管理率",
        status="active",
        date="2026-01-02",
        scoring=coded(f"{HL7}/measure-scoring", "proportion"),
    ),
    _numbered(
        "Medication",
        "medication",
        code=AMLODIPINE,
        status="active",
        form=coded("http://snomed.info/sct", "385055001"),
        manufacturer=STATION,
        ingredient=[{"itemCodeableConcept": coded(ATC, "C08CA01")}],
    ),
)

CARE: Final[tuple[Body, ...]] = (
    _body(
        "Provenance",
        "provenance",
        target=[PATIENT],
        recorded=MORNING,
        agent=[{"type": coded(f"{HL7}/provenance-participant-type", "author"), "who": DOCTOR}],
    ),
    _numbered(
        "Task",
        "task",
        status="requested",
        intent="order",
        priority="routine",
        code=coded(f"{HL7}/task-code", "fulfill"),
        focus=HYPERTENSION,
        **{"for": PATIENT},
        encounter=VISIT,
        executionPeriod={"start": "2026-02-03", "end": "2026-02-10"},
        authoredOn=MORNING,
        requester=DOCTOR,
        owner=STATION,
    ),
    _body(
        "QuestionnaireResponse",
        "answers",
        identifier={"system": "http://a.example/own", "value": "OWN-answers"},
        questionnaire="http://a.example/Questionnaire/own",
        status="completed",
        subject=PATIENT,
        encounter=VISIT,
        authored=MORNING,
        author=DOCTOR,
        item=[{"linkId": "1", "answer": [{"valueBoolean": True}]}],
    ),
    _numbered(
        "RelatedPerson",
        "relative",
        active=True,
        patient=PATIENT,
        relationship=[coded(f"{HL7}/v3-RoleCode", "DAU")],
        name=[{"text": "王芳"}],
        telecom=[{"system": "phone", "value": "13900018888"}],
        gender="female",
        birthDate="1990-05-06",
    ),
    _numbered(
        "Group",
        "group",
        active=True,
        type="person",
        actual=True,
        code=coded("http://a.example/groups", "salt"),
        managingEntity=STATION,
        member=[{"entity": PATIENT}],
    ),
    _numbered(
        "Procedure",
        "procedure",
        status="completed",
        category=coded("http://snomed.info/sct", "409063005"),
        code=coded("http://snomed.info/sct", "225358003", "换药"),
        subject=PATIENT,
        encounter=VISIT,
        performedDateTime=MORNING,
        performer=[{"actor": DOCTOR}],
        reasonReference=[HYPERTENSION],
    ),
    _numbered(
        "MedicationRequest",
        "prescription",
        status="active",
        intent="order",
        priority="routine",
        medicationCodeableConcept=AMLODIPINE,
        subject=PATIENT,
        encounter=VISIT,
        authoredOn=MORNING,
        requester=DOCTOR,
        dosageInstruction=[
            {"doseAndRate": [{"doseQuantity": {"value": Digits("5.0"), "unit": "mg"}}]}
        ],
    ),
    _numbered(
        "MedicationStatement",
        "taking",
        status="active",
        medicationCodeableConcept=AMLODIPINE,
        subject=PATIENT,
        context=VISIT,
        effectivePeriod={"start": "2026-02-03"},
        informationSource=PATIENT,
    ),
    _numbered(
        "MedicationAdministration",
        "dose",
        status="completed",
        medicationCodeableConcept=AMLODIPINE,
        subject=PATIENT,
        context=VISIT,
        effectiveDateTime=MORNING,
        performer=[{"actor": DOCTOR}],
    ),
    _numbered(
        "Immunization",
        "vaccination",
        status="completed",
        vaccineCode=coded("http://hl7.org/fhir/sid/cvx", "140", "流感疫苗"),
        patient=PATIENT,
        occurrenceDateTime=MORNING,
        lotNumber="L20260203",
        performer=[{"actor": DOCTOR}],
    ),
    _numbered(
        "FamilyMemberHistory",
        "family",
        status="completed",
        patient=PATIENT,
        date="2026-02-03",
        relationship=coded(f"{HL7}/v3-RoleCode", "MTH"),
        sex=coded("http://hl7.org/fhir/administrative-gender", "female"),
        condition=[{"code": coded(ICD, "I10")}],
    ),
    _numbered(
        "DiagnosticReport",
        "report",
        status="final",
        category=[coded(f"{HL7}/v2-0074", "LAB")],
        code=coded(LOINC, "58410-2", "血常规"),
        subject=PATIENT,
        encounter=VISIT,
        effectiveDateTime=MORNING,
        issued="2026-02-03T11:00:00.120+08:00",
        performer=[STATION],
        result=[PRESSURE],
    ),
    _body(
        "Composition",
        "composition",
        identifier={"system": "http://a.example/own", "value": "OWN-composition"},
        status="final",
        type=coded(LOINC, "11488-4"),
        subject=PATIENT,
        encounter=VISIT,
        date=MORNING,
        author=[DOCTOR],
        title="门诊病历",
        section=[{"code": coded(LOINC, "10164-2"), "entry": [HYPERTENSION]}],
    ),
    _numbered(
        "Consent",
        "consent",
        status="active",
        scope=coded(f"{HL7}/consentscope", "patient-privacy"),
        category=[coded(LOINC, "59284-0")],
        patient=PATIENT,
        dateTime=MORNING,
        performer=[PATIENT],
        organization=[STATION],
        policyRule=coded(f"{HL7}/v3-ActCode", "OPTIN"),
    ),
    _numbered(
        "ImagingStudy",
        "study",
        status="available",
        subject=PATIENT,
        started=MORNING,
        series=[{"uid": "1.2.3", "modality": {"system": "http://a.example", "code": "DX"}}],
    ),
    _numbered(
        "DocumentReference",
        "document",
        status="current",
        subject=PATIENT,
        date="2026-02-03T10:00:00Z",
        description="知情同意书",
        content=[{"attachment": {"contentType": "application/pdf", "url": "Binary/own-file"}}],
    ),
    _body(
        "Binary",
        "file",
        contentType="application/pdf",
        securityContext=PATIENT,
        data="JVBERi0xLjQ=",
    ),
)

HEALTH_AND_BILLING: Final[tuple[Body, ...]] = (
    _numbered(
        "CarePlan",
        "plan",
        status="active",
        intent="plan",
        category=[coded("http://snomed.info/sct", "734163000")],
        subject=PATIENT,
        encounter=VISIT,
        period={"start": "2026-02-03"},
        addresses=[HYPERTENSION],
        activity=[{"detail": {"status": "scheduled", "code": coded(LOINC, "85354-9")}}],
    ),
    _numbered(
        "CareTeam",
        "team",
        status="active",
        subject=PATIENT,
        period={"start": "2026-01-01"},
        participant=[{"member": DOCTOR}],
    ),
    _numbered(
        "Goal",
        "goal",
        lifecycleStatus="active",
        category=[coded(f"{HL7}/goal-category", "physiotherapy")],
        description={"text": "血压低于 140/90"},
        subject=PATIENT,
        startDate="2026-02-03",
        target=[
            {
                "measure": coded(LOINC, "8480-6"),
                "detailQuantity": {"value": 140, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"},
                "dueDate": "2026-08-03",
            }
        ],
    ),
    _numbered(
        "EpisodeOfCare",
        "episode",
        status="active",
        patient=PATIENT,
        period={"start": "2026-01-01"},
        managingOrganization=STATION,
    ),
    _numbered(
        "Device",
        "device",
        status="active",
        manufacturer="滨海器械厂",
        deviceName=[{"name": "电子血压计", "type": "user-friendly-name"}],
        type=coded("http://snomed.info/sct", "43770009"),
        patient=PATIENT,
        owner=STATION,
        url="http://a.example/device",
    ),
    _numbered(
        "SupplyDelivery",
        "delivery",
        status="completed",
        patient=PATIENT,
        occurrenceDateTime="2026-03-04",
        supplier=STATION,
    ),
    _numbered(
        "Communication",
        "contact",
        status="not-done",
        category=[coded(f"{HL7}/communication-category", "reminder")],
        medium=[coded(f"{HL7}/v3-ParticipationMode", "PHONE")],
        subject=PATIENT,
        encounter=VISIT,
        sender=DOCTOR,
        recipient=[PATIENT],
        sent="2026-02-03T10:00:00+08:00",
    ),
    _numbered(
        "Coverage",
        "coverage",
        status="active",
        type=coded(f"{HL7}/v3-ActCode", "EHCPOL"),
        beneficiary=PATIENT,
        period={"start": "2026-01-01", "end": "2026-12-31"},
        payor=[STATION],
    ),
    _numbered(
        "Claim",
        "claim",
        status="active",
        type=coded(f"{HL7}/claim-type", "professional"),
        use="claim",
        patient=PATIENT,
        created="2026-02-03",
        provider=STATION,
        priority=coded(f"{HL7}/processpriority", "normal"),
        insurance=[{"sequence": 1, "focal": True, "coverage": to("Coverage", "own-coverage")}],
        total={"value": Digits("12.50"), "currency": "CNY"},
    ),
    _numbered(
        "ExplanationOfBenefit",
        "benefit",
        status="active",
        type=coded(f"{HL7}/claim-type", "professional"),
        use="claim",
        patient=PATIENT,
        created="2026-02-04",
        insurer=STATION,
        provider=STATION,
        outcome="complete",
        claim=to("Claim", "own-claim"),
        insurance=[{"focal": True, "coverage": to("Coverage", "own-coverage")}],
    ),
)

OWN: Final[tuple[Body, ...]] = (*DIRECTORY, *CARE, *HEALTH_AND_BILLING)
"""In an order in which each comes after what it refers to."""
