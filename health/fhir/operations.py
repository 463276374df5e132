"""`Questionnaire/$populate` and `QuestionnaireResponse/$extract` (Structured Data Capture 3.0).

Neither writes anything. What is entered by a client is judged as a page would judge it, before it
is sent: `$extract` tells the Observations and the decision that saving would give.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from health.followups.answers import FINISHED, Asked, asked_in, day_in, forms, patient_in
from health.followups.carrying import HEIGHT, beginning
from health.followups.decision import read_decision, written
from health.followups.joint import joint
from health.followups.stamp import Judgement, judge, refuse, refuse_edition
from kernel.declare.form import Values
from kernel.declare.module import Operation
from kernel.errors import bad_request, not_found, unprocessable
from kernel.fhir import json
from kernel.fhir.exchange import Answer, Call
from kernel.fhir.operations import OperationCall
from kernel.fhir.questionnaire import Answered, response
from kernel.fhir.store import read
from kernel.fhir.store.heads import may_read
from kernel.fhir.store.save import validated
from kernel.ids import uuid7
from kernel.work import ReadWork
from records.api import Answered as AnsweredForm
from records.api import derived_id, doctor_of, get_resident, id_of, measured_bodies

Body = Mapping[str, Any]
Resource = dict[str, Any]
_SDC: Final = "http://hl7.org/fhir/uv/sdc/OperationDefinition"
_RESPONSE: Final = "QuestionnaireResponse"


def populate(called: OperationCall) -> Answer:
    """`$populate`: an answer in progress with what is known already; nothing that is measured.

    Takes `subject` (a Reference; in an address `Patient/[id]`) and, on the type, `canonical`,
    `questionnaireRef` or `questionnaire`. Raises Refused: 400, 403, 404 (form or person).
    """
    may_read(called.work, called.spec)
    given = _given(called.call)
    asked = _form(called, given)
    patient_id = id_of(_reference(given.get("subject")), "Patient")
    if not patient_id:
        raise bad_request("name the person: subject=Patient/[id]", code="required")
    may_read(called.work, called.work.registry.specs[_RESPONSE])
    get_resident(called.work, patient_id)
    author = doctor_of(called.work)
    about = Answered(patient_id, called.work.today.isoformat(), author, status="in-progress")
    body = response(asked.form, _known(called.work, asked, patient_id), about)
    return _parameters({"name": "response", "resource": body})


def _known(work: ReadWork, asked: Asked, patient_id: str) -> dict[str, Any]:
    """What is carried over and the height; the first measurement is the clinician's."""
    if asked.card:
        return {}
    found = beginning(work, patient_id, joint((asked.programme,))).values
    measured = {
        one.key
        for one in asked.form.fields
        if one.computed or (one.coded is not None and one.key != HEIGHT)
    }
    return {name: value for name, value in found.items() if name not in measured}


def _form(called: OperationCall, given: Mapping[str, Any]) -> Asked:
    """The form that is to be filled in. Raises Refused (400, 404)."""
    if called.id is not None:
        return _by_id(called.id)
    if reference := id_of(_reference(given.get("questionnaireRef")), "Questionnaire"):
        return _by_id(reference)
    address = given.get("canonical", "")
    if isinstance(body := given.get("questionnaire"), dict):
        address = "|".join(str(body[name]) for name in ("url", "version") if name in body)
    if not address:
        raise bad_request("name the form: canonical, questionnaireRef or questionnaire")
    found = forms().get(str(address))
    if found is None:
        raise not_found(f"a form {str(address)[:200]!r} of a programme")
    return found


def _by_id(id_: str) -> Asked:
    for asked in forms().values():
        if id_ == f"{asked.form.name}-{asked.form.version}":
            return asked
    raise not_found(f"a form Questionnaire/{id_} of a programme")


def extract(called: OperationCall) -> Answer:
    """`$extract`: the Observations of an answer as a transaction, and what is decided about it.

    Asked of a stored answer, or on the type of one that is sent (`questionnaire-response`). Raises
    Refused: 400, 403, 404 (answer or person), 422 (all faults of the answer).
    """
    work = called.work
    may_read(work, called.spec)
    stored = called.id is not None
    body = _stored(called) if stored else _sent(called)
    asked = asked_in(body)
    if asked is None:
        refuse_edition(body)
        raise unprocessable(
            "the answer names no form of a programme", f"{_RESPONSE}.questionnaire", "not-supported"
        )
    get_resident(work, patient_in(body))
    finished = body if body.get("status") in FINISHED else {**body, "status": "completed"}
    found = judge(work, asked, finished)
    refuse(found.faults)
    bundle = _transaction(called, asked, finished, found.values)
    return _parameters({"name": "return", "resource": bundle}, *_decision(body, found))


def _stored(called: OperationCall) -> Resource:
    body: Resource = json.loads(read(called.work, called.spec, str(called.id)).body)
    return body


def _sent(called: OperationCall) -> Resource:
    """The answer that was posted. Raises Refused (400, 422)."""
    parsed = called.call.parsed
    if isinstance(parsed, dict) and parsed.get("resourceType") == "Parameters":
        parsed = _given(called.call).get("questionnaire-response")
    if not isinstance(parsed, dict) or parsed.get("resourceType") != _RESPONSE:
        raise bad_request("post a QuestionnaireResponse, or name one that is stored")
    body: Resource = validated(called.work.registry, parsed).body
    return body


def _transaction(called: OperationCall, asked: Asked, body: Body, values: Values) -> Resource:
    """The Observations as they would be saved: under ids of the answer's, where it has one.

    Nothing follows from a card.
    """
    known = body.get("id")
    id_ = str(known or uuid7(called.work.now))
    own = {"reference": f"Encounter/{derived_id(id_, 'visit')}"} if called.id else None
    answered = AnsweredForm({**body, "id": id_}, asked.form, values, day_in(body, values), own)
    entries = [
        _put(called.call.base, one) if known else _post(called.work, one)
        for one in (() if asked.card else measured_bodies(answered).values())
    ]
    bundle: Resource = {"resourceType": "Bundle", "type": "transaction"}
    return {**bundle, "entry": entries} if entries else bundle


def _put(base: str, body: Body) -> Resource:
    place = f"Observation/{body['id']}"
    request = {"method": "PUT", "url": place}
    return {"fullUrl": f"{base}/{place}", "resource": body, "request": request}


def _post(work: ReadWork, body: Body) -> Resource:
    """Of an answer that has no id yet, and so cannot be pointed at."""
    rest = {name: value for name, value in body.items() if name not in ("id", "derivedFrom")}
    request = {"method": "POST", "url": "Observation"}
    return {"fullUrl": f"urn:uuid:{uuid7(work.now)}", "resource": rest, "request": request}


def _decision(body: Body, found: Judgement) -> Sequence[Resource]:
    """What was decided about a finished answer, or would be; nothing about a card."""
    if found.proposal is None:
        return ()
    stored = read_decision(body) if body.get("status") in FINISHED else None
    decided = stored or found.proposal.decided
    return ({"name": "decision", "part": [_part(one) for one in written(decided)["extension"]]},)


def _part(extension: Body) -> Resource:
    """An extension as a part of Parameters: the same names and values."""
    rest = {name: value for name, value in extension.items() if name not in ("url", "extension")}
    parts = [_part(one) for one in extension.get("extension", ())]
    return {"name": extension["url"], **rest, **({"part": parts} if parts else {})}


def _parameters(*entries: Body) -> Answer:
    return Answer(200, json.dumps({"resourceType": "Parameters", "parameter": list(entries)}))


def _given(call: Call) -> dict[str, Any]:
    """The parameters of a call, of its address or of the Parameters that were posted, by name.

    Raises Refused (400) where something else was posted.
    """
    found: dict[str, Any] = dict(reversed(call.query))
    body = call.parsed
    if body is None:
        return found
    entries = body.get("parameter", []) if isinstance(body, dict) else None
    if not isinstance(entries, list) or body.get("resourceType") != "Parameters":
        raise bad_request("post a Parameters resource", code="structure")
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise bad_request("every parameter has a name", "Parameters.parameter.name")
        values = (value for name, value in entry.items() if name.startswith("value"))
        found[entry["name"]] = entry.get("resource", next(values, None))
    return found


def _reference(value: Any) -> Body:
    """A Reference as it was posted, or as it stands in an address."""
    return value if isinstance(value, dict) else {"reference": str(value or "")}


OPERATIONS: Final = (
    Operation("populate", "Questionnaire", True, populate, f"{_SDC}/Questionnaire-populate"),
    Operation("extract", _RESPONSE, True, extract, f"{_SDC}/QuestionnaireResponse-extract"),
)
