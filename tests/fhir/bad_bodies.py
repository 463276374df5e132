"""Bodies with one fault each, and the issue that it must give: (code, expression)."""

from decimal import Decimal

from kernel.fhir.json import Digits

VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def patient(**elements: object) -> dict[str, object]:
    return {"resourceType": "Patient", **elements}


def observation(**elements: object) -> dict[str, object]:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **elements}


STRUCTURE = [
    (patient(nickname="x"), ("structure", "Patient.nickname")),
    (patient(active="true"), ("structure", "Patient.active")),
    (patient(active=1), ("structure", "Patient.active")),
    (patient(active=None), ("structure", "Patient.active")),
    (patient(gender=None), ("structure", "Patient.gender")),
    (patient(birthDate=1980), ("structure", "Patient.birthDate")),
    (patient(name={"family": "x"}), ("structure", "Patient.name")),
    (patient(name=[]), ("structure", "Patient.name")),
    (patient(name=[{}]), ("structure", "Patient.name[0]")),
    (patient(name=[None]), ("structure", "Patient.name[0]")),
    (patient(name=["x"]), ("structure", "Patient.name[0]")),
    (patient(name=[{"given": "x"}]), ("structure", "Patient.name[0].given")),
    (patient(name=[{"given": [None]}]), ("structure", "Patient.name[0].given[0]")),
    (patient(name=[{"given": [1]}]), ("structure", "Patient.name[0].given[0]")),
    (patient(name=[{"given": [["x"]]}]), ("structure", "Patient.name[0].given[0]")),
    (patient(maritalStatus=[{"text": "x"}]), ("structure", "Patient.maritalStatus")),
    (patient(maritalStatus={}), ("structure", "Patient.maritalStatus")),
    (patient(maritalStatus="x"), ("structure", "Patient.maritalStatus")),
    (patient(fhir_comments="x"), ("structure", "Patient.fhir_comments")),
    (patient(multipleBirthInteger="1"), ("structure", "Patient.multipleBirthInteger")),
    (patient(multipleBirthInteger=True), ("structure", "Patient.multipleBirthInteger")),
    (patient(multipleBirthInteger=Digits("1.0")), ("structure", "Patient.multipleBirthInteger")),
    (patient(deceasedBoolean=False, deceasedDateTime="2020"), ("structure", "Patient")),
    (patient(deceasedBoolean=False, _deceasedDateTime={"id": "a"}), ("structure", "Patient")),
    (
        observation(valueQuantity={"value": "6.30"}),
        ("structure", "Observation.valueQuantity.value"),
    ),
    (observation(valueQuantity={"value": 6.3}), ("structure", "Observation.valueQuantity.value")),
    (observation(value="x"), ("structure", "Observation.value")),
    (
        patient(extension=[{"url": "http://x", "valueRatioRange": {}}]),
        ("structure", "Patient.extension[0].valueRatioRange"),
    ),
]

VALUES = [
    (patient(id=""), ("value", "Patient.id")),
    (patient(id="a b"), ("value", "Patient.id")),
    (patient(id="a" * 65), ("value", "Patient.id")),
    (patient(id="张三"), ("value", "Patient.id")),
    (patient(language=" zh"), ("value", "Patient.language")),
    (patient(language="zh  CN"), ("value", "Patient.language")),
    (patient(implicitRules="http://a b"), ("value", "Patient.implicitRules")),
    (patient(meta={"profile": ["x\u3000y"]}), ("value", "Patient.meta.profile[0]")),
    (patient(name=[{"text": ""}]), ("value", "Patient.name[0].text")),
    (patient(name=[{"text": " \n"}]), ("value", "Patient.name[0].text")),
    (patient(name=[{"text": "a\x00b"}]), ("value", "Patient.name[0].text")),
    (patient(name=[{"text": "a\ud800"}]), ("value", "Patient.name[0].text")),
    (patient(name=[{"text": "a" * (2**20 + 1)}]), ("too-long", "Patient.name[0].text")),
    (patient(birthDate="1980-3-7"), ("value", "Patient.birthDate")),
    (patient(birthDate="1980-02-30"), ("value", "Patient.birthDate")),
    (patient(birthDate="1981-02-29"), ("value", "Patient.birthDate")),
    (patient(birthDate="0000"), ("value", "Patient.birthDate")),
    (patient(birthDate="80"), ("value", "Patient.birthDate")),
    (patient(birthDate="１９８０"), ("value", "Patient.birthDate")),
    (patient(birthDate="1980-03-07\n"), ("value", "Patient.birthDate")),
    (patient(birthDate="1980-03-07T00:00:00Z"), ("value", "Patient.birthDate")),
    (patient(deceasedDateTime="2020-01-01T10:00:00"), ("value", "Patient.deceasedDateTime")),
    (patient(deceasedDateTime="2020-01-01T10:00Z"), ("value", "Patient.deceasedDateTime")),
    (patient(deceasedDateTime="2020-01-01T24:00:00Z"), ("value", "Patient.deceasedDateTime")),
    (patient(deceasedDateTime="2020-02-30T10:00:00Z"), ("value", "Patient.deceasedDateTime")),
    (patient(deceasedDateTime="2020-01-01T10:00:00+15:00"), ("value", "Patient.deceasedDateTime")),
    (observation(issued="2020-01-01"), ("value", "Observation.issued")),
    (observation(valueTime="8:30"), ("value", "Observation.valueTime")),
    (observation(valueTime="08:30:00Z"), ("value", "Observation.valueTime")),
    (patient(multipleBirthInteger=2**31), ("value", "Patient.multipleBirthInteger")),
    (patient(multipleBirthInteger=10**5000), ("value", "Patient.multipleBirthInteger")),
    (patient(telecom=[{"rank": 0}]), ("value", "Patient.telecom[0].rank")),
    (
        observation(
            valueSampledData={"origin": {"value": 1}, "period": 1, "dimensions": 0, "data": "1"}
        ),
        ("value", "Observation.valueSampledData.dimensions"),
    ),
    (
        observation(valueQuantity={"value": Digits("1e400")}),
        ("value", "Observation.valueQuantity.value"),
    ),
    (
        observation(valueQuantity={"value": Decimal("NaN")}),
        ("value", "Observation.valueQuantity.value"),
    ),
    (
        observation(valueQuantity={"value": Digits("0." + "1" * 200)}),
        ("too-long", "Observation.valueQuantity.value"),
    ),
    (observation(valueQuantity={"value": 10**400}), ("value", "Observation.valueQuantity.value")),
    (
        patient(photo=[{"contentType": "png", "url": "u"}]),
        ("value", "Patient.photo[0].contentType"),
    ),
    (
        patient(photo=[{"contentType": "image/png", "data": "a=="}]),
        ("value", "Patient.photo[0].data"),
    ),
    (
        patient(photo=[{"contentType": "image/png", "data": "张三李四"}]),
        ("value", "Patient.photo[0].data"),
    ),
    (
        patient(extension=[{"url": "http://x", "valueOid": "urn:oid:1.02"}]),
        ("value", "Patient.extension[0].valueOid"),
    ),
    (
        patient(extension=[{"url": "http://x", "valueUuid": "urn:uuid:1"}]),
        ("value", "Patient.extension[0].valueUuid"),
    ),
]

CODES = [
    (patient(gender="F"), ("code-invalid", "Patient.gender")),
    (patient(gender="Female"), ("code-invalid", "Patient.gender")),
    (patient(gender=["female"]), ("structure", "Patient.gender")),
    (observation(status="+"), ("code-invalid", "Observation.status")),
    (observation(status="done"), ("code-invalid", "Observation.status")),
    (patient(name=[{"use": "main"}]), ("code-invalid", "Patient.name[0].use")),
    (
        observation(valueQuantity={"value": 1, "comparator": "="}),
        ("code-invalid", "Observation.valueQuantity.comparator"),
    ),
    (
        {"resourceType": "Questionnaire", "status": "active", "subjectType": ["Person", "Human"]},
        ("code-invalid", "Questionnaire.subjectType[1]"),
    ),
    (
        {
            "resourceType": "Condition",
            "subject": {"reference": "Patient/1"},
            "verificationStatus": {
                "coding": [{"system": VERIFICATION, "code": "sure"}],
                "text": "x",
            },
        },
        ("code-invalid", "Condition.verificationStatus"),
    ),
    (
        {
            "resourceType": "Condition",
            "subject": {"reference": "Patient/1"},
            "verificationStatus": {"text": "confirmed"},
        },
        ("code-invalid", "Condition.verificationStatus"),
    ),
    (
        {"resourceType": "Task", "status": "open", "intent": "order"},
        ("code-invalid", "Task.status"),
    ),
]

CARDINALITY = [
    ({"resourceType": "Observation", "status": "final"}, ("required", "Observation.code")),
    ({"resourceType": "Observation", "code": {"text": "x"}}, ("required", "Observation.status")),
    (patient(link=[{"type": "refer"}]), ("required", "Patient.link[0].other")),
    (patient(extension=[{"valueCode": "x"}]), ("required", "Patient.extension[0].url")),
    (
        {
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "subject": {"reference": "Patient/1"},
        },
        ("required", "MedicationRequest.medication"),
    ),
]

REFERENCES = [
    (observation(subject={"reference": ""}), ("value", "Observation.subject.reference")),
    (observation(subject={"reference": "Patient"}), ("value", "Observation.subject.reference")),
    (observation(subject={"reference": "Patient/"}), ("value", "Observation.subject.reference")),
    (observation(subject={"reference": "Patient/1/2"}), ("value", "Observation.subject.reference")),
    (observation(subject={"reference": "patient/1"}), ("value", "Observation.subject.reference")),
    (observation(subject={"reference": "Human/1"}), ("value", "Observation.subject.reference")),
    (observation(subject={"reference": "urn:uuid:1"}), ("value", "Observation.subject.reference")),
    (
        observation(subject={"reference": "javascript:alert(1)"}),
        ("value", "Observation.subject.reference"),
    ),
    (observation(subject={"reference": "Encounter/1"}), ("value", "Observation.subject.reference")),
    (
        observation(subject={"reference": "https://x.org/fhir/Encounter/1/_history/2"}),
        ("value", "Observation.subject.reference"),
    ),
    (
        observation(subject={"reference": "Patient/1", "type": "Group"}),
        ("value", "Observation.subject.type"),
    ),
    (
        observation(subject={"reference": "Organization/1"}),  # allowed in R4B only
        ("value", "Observation.subject.reference"),
    ),
    (observation(subject={"reference": "#p"}), ("invariant", "Observation.subject.reference")),
    (observation(subject={"reference": "#"}), ("value", "Observation.subject.reference")),
]

INVARIANTS = [
    (patient(name=[{"id": "a"}]), ("invariant", "Patient.name[0]")),
    (patient(_gender={"id": "a"}), ("invariant", "Patient._gender")),
    (patient(extension=[{"url": "http://x"}]), ("invariant", "Patient.extension[0]")),
    (
        patient(
            extension=[
                {"url": "http://x", "valueCode": "y", "extension": [{"url": "z", "valueCode": "y"}]}
            ]
        ),
        ("invariant", "Patient.extension[0]"),
    ),
    (
        patient(name=[{"period": {"start": "2020-02", "end": "2020-01-31"}}]),
        ("invariant", "Patient.name[0].period.end"),
    ),
    (
        observation(
            effectivePeriod={"start": "2024-01-01T08:00:00+08:00", "end": "2023-12-31T23:59:59Z"}
        ),
        ("invariant", "Observation.effectivePeriod.end"),
    ),
    (patient(contact=[{"gender": "male"}]), ("invariant", "Patient.contact[0]")),
    (patient(telecom=[{"value": "1380"}]), ("invariant", "Patient.telecom[0].system")),
    (patient(photo=[{"data": "AAAA"}]), ("invariant", "Patient.photo[0].contentType")),
    (
        observation(valueQuantity={"value": 1, "code": "kg"}),
        ("invariant", "Observation.valueQuantity.system"),
    ),
    (
        observation(valueRange={"low": {"value": 2}, "high": {"value": Digits("1.9")}}),
        ("invariant", "Observation.valueRange.low"),
    ),
    (
        observation(valueRatio={"numerator": {"value": 2}}),
        ("invariant", "Observation.valueRatio"),
    ),
    (
        observation(valueString="x", dataAbsentReason={"text": "unknown"}),
        ("invariant", "Observation.dataAbsentReason"),
    ),
    (
        observation(
            code={"coding": [{"code": "a"}]},
            valueString="x",
            component=[{"code": {"coding": [{"code": "a"}]}, "valueString": "y"}],
        ),
        ("invariant", "Observation.component"),
    ),
    (
        {
            "resourceType": "Condition",
            "subject": {"reference": "Patient/1"},
            "abatementString": "gone",
        },
        ("invariant", "Condition.clinicalStatus"),
    ),
    (
        {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/1"}},
        ("invariant", "AllergyIntolerance.clinicalStatus"),
    ),
    ({"resourceType": "Organization", "active": True}, ("invariant", "Organization")),
    (
        {"resourceType": "Parameters", "parameter": [{"name": "x"}]},
        ("invariant", "Parameters.parameter[0]"),
    ),
    (
        {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": patient(id="a")}]},
        ("invariant", "Bundle.entry"),
    ),
    (
        {
            "resourceType": "Questionnaire",
            "status": "active",
            "item": [{"linkId": "1", "type": "string"}, {"linkId": "1", "type": "string"}],
        },
        ("invariant", "Questionnaire.item"),
    ),
    (
        {
            "resourceType": "MedicationStatement",
            "status": "active",
            "medicationReference": {"reference": "Medication/1"},
            "subject": {"reference": "Patient/1"},
            "dosage": [{"timing": {"repeat": {"period": 1}}}],
        },
        ("invariant", "MedicationStatement.dosage[0].timing.repeat.periodUnit"),
    ),
]

GP = {"resourceType": "Practitioner", "id": "gp"}
TO_GP = [{"reference": "#gp"}]
CONTAINED = [
    (patient(contained=[GP]), ("invariant", "Patient.contained[0]")),
    (
        patient(contained=[{"resourceType": "Practitioner"}]),
        ("required", "Patient.contained[0].id"),
    ),
    (patient(contained=[{"id": "gp"}]), ("required", "Patient.contained[0].resourceType")),
    (
        patient(generalPractitioner=TO_GP, contained=[{**GP, "meta": {"versionId": "1"}}]),
        ("invariant", "Patient.contained[0].meta.versionId"),
    ),
    (
        patient(generalPractitioner=TO_GP, contained=[{**GP, "contained": [GP]}]),
        ("invariant", "Patient.contained[0].contained[0]"),
    ),
    (
        patient(generalPractitioner=TO_GP, contained=[{**GP, "gender": "x"}]),
        ("code-invalid", "Patient.contained[0].gender"),
    ),
    (
        patient(generalPractitioner=TO_GP, contained=[{"resourceType": "Location", "id": "gp"}]),
        ("value", "Patient.generalPractitioner[0].reference"),
    ),
]

COMPANIONS = [
    (patient(_gender={}), ("structure", "Patient._gender")),
    (patient(_gender=[]), ("structure", "Patient._gender")),
    (patient(_gender=None), ("structure", "Patient._gender")),
    (patient(_gender={"valueCode": "x"}), ("structure", "Patient._gender.valueCode")),
    (patient(_name=[{"id": "a"}]), ("structure", "Patient._name")),
    (
        patient(name=[{"given": ["a", None], "_given": [{"id": "1"}, None]}]),
        ("structure", "Patient.name[0].given[1]"),
    ),
    (
        patient(name=[{"given": ["a"], "_given": [None, {"id": "1"}]}]),
        ("structure", "Patient.name[0]._given"),
    ),
]

BAD_BODIES = [
    *STRUCTURE,
    *VALUES,
    *CODES,
    *CARDINALITY,
    *REFERENCES,
    *INVARIANTS,
    *CONTAINED,
    *COMPANIONS,
]
