"""Resources to test with: a few of our own, and those that nobody here wrote where they are.

HL7's R4 examples and Synthea's patients lie in the folder that STATION_SHARED names, or in
`shared` beside the checkout; on other machines the tests work with the resources below.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kernel.fhir.json import loads

OWN = [
    rb"""{"resourceType":"Patient","id":"p1","meta":{"versionId":"3","profile":["http://x/p"]},
    "identifier":[{"use":"official","system":"urn:oid:2.16.156.1","value":"11010119800307001X",
    "period":{"start":"2010","end":"2030-01"}}],"active":true,
    "name":[{"text":"\u5f20\u3000\u4e09","family":"\u5f20","given":["\u4e09",null],
    "_given":[null,{"extension":[{"url":"http://x/e","valueCode":"masked"}]}]}],
    "gender":"female","_birthDate":{"extension":[{"url":"http://x/t","valueDateTime":
    "1980-03-07T23:59:60.5+08:00"}]},"birthDate":"1980-03-07","deceasedBoolean":false,
    "contact":[{"telecom":[{"system":"phone","value":"13800000000","rank":1}]}],
    "photo":[{"contentType":"image/png","data":"iVBORw0KGgo="}],
    "communication":[{"language":{"text":"\u4e2d\u6587"},"preferred":true}],
    "generalPractitioner":[{"reference":"#gp"},{"reference":"Organization/o1/_history/2"}],
    "contained":[{"resourceType":"Practitioner","id":"gp","name":[{"text":"\u674e"}]}],
    "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">\u5f20</div>"},
    "managingOrganization":{"identifier":{"value":"1"}},"link":[{"type":"seealso","other":
    {"reference":"http://other.example/fhir/Patient/2","type":"Patient"}}]}""",
    rb"""{"resourceType":"Observation","status":"final","code":{"coding":[{"system":
    "http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/p1"},
    "effectivePeriod":{"start":"2024-01-01T08:00:00+08:00","end":"2024-01-01T01:00:00Z"},
    "issued":"2024-01-01T08:00:00.120+08:00","component":[{"code":{"text":"systolic"},
    "valueQuantity":{"value":120.50,"comparator":"<","unit":"mmHg","system":"http://u.org",
    "code":"mm[Hg]"},"referenceRange":[{"low":{"value":1.10E2},"high":{"value":140}}]},
    {"code":{"text":"x"},"valueInteger":-5},{"code":{"text":"y"},"valueTime":"08:30:00"}],
    "extension":[{"url":"http://x/r","valueReference":{"reference":"urn:uuid:7f1c3a70-1b1e-4c65-9a57-0d4e9f4a1b22"}}]}""",
    rb"""{"resourceType":"Questionnaire","status":"active","subjectType":["Patient"],"item":[
    {"linkId":"1","type":"group","text":"g","item":[{"linkId":"1.1","type":"quantity",
    "required":true,"enableWhen":[{"question":"2","operator":"=","answerBoolean":true}]},
    {"linkId":"2","type":"boolean","initial":[{"valueBoolean":false}]}]}]}""",
    rb"""{"resourceType":"Condition","clinicalStatus":{"coding":[{"system":
    "http://terminology.hl7.org/CodeSystem/condition-clinical","code":"resolved"}]},
    "subject":{"reference":"Patient/p1"},"onsetAge":{"value":40,"unit":"a","system":
    "http://unitsofmeasure.org","code":"a"},"abatementString":"cured","note":[{"text":"ok"}]}""",
    rb"""{"resourceType":"MedicationRequest","status":"active","intent":"order",
    "medicationCodeableConcept":{"text":"aspirin"},"subject":{"reference":"Patient?identifier=1"},
    "dosageInstruction":[{"timing":{"repeat":{"frequency":1,"period":1.0,"periodUnit":"d",
    "when":["MORN"]}},"doseAndRate":[{"doseQuantity":{"value":0.10,"unit":"g"}}]}]}""",
]


def shared_data() -> Path:
    """Find the folder with the test data; it need not exist."""
    beside = Path(__file__).resolve().parents[3] / "shared"
    return Path(os.environ.get("STATION_SHARED", beside)) / "data"


def bodies() -> Iterator[tuple[str, bytes]]:
    """Yield every file of the corpus and our own resources: a name for messages, the JSON text."""
    yield from ((f"own {number}", text) for number, text in enumerate(OWN))
    data = shared_data()
    for path in sorted([*data.glob("hl7-r4-examples/*.json"), *data.glob("synthea-r4-*/*.json")]):
        yield path.name, path.read_bytes()


def resources() -> Iterator[dict[str, Any]]:
    """Yield every resource of the corpus; those in bundles alone instead of the bundle."""
    for _, text in bodies():
        body = loads(text)
        entries = [entry["resource"] for entry in body.get("entry", ()) if "resource" in entry]
        yield from entries or [body]
