"""The audit as FHIR R4 AuditEvent (R4 6.4), in the patterns of IHE BALP 1.1.

A read-only view: AuditEvents are never stored. BALP writes one event per person; a search over
several persons is one event here, with one entity for each of them.
"""

import base64
from ipaddress import ip_address
from typing import Any

import msgspec

from kernel.audit.entry import Action, Entry
from kernel.audit.queries import Person, Sealed
from kernel.canonical import code_system, identifier_system
from kernel.clock import iso_instant

Json = dict[str, Any]

_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"


def _coding(system: str, code: str, display: str) -> Json:
    return {"system": system, "code": code, "display": display}


_REST = _coding(_TYPE, "rest", "Restful Operation")
_AUTHENTICATION = _coding(_DCM, "110114", "User Authentication")
_ALERT = _coding(_DCM, "110113", "Security Alert")
_EXPORT = _coding(_DCM, "110106", "Export")
_IMPORT = _coding(_DCM, "110107", "Import")
_LOG_USED = _coding(_DCM, "110101", "Audit Log Used")

_LOGIN = _coding(_DCM, "110122", "Login")
_LOGOUT = _coding(_DCM, "110123", "Logout")
_CONFIGURATION = _coding(_DCM, "110129", "Security Configuration")
_ATTRIBUTES = _coding(_DCM, "110137", "User Security Attributes Changed")

_SOURCE_ROLE = _coding(_DCM, "110153", "Source Role ID")
_DESTINATION_ROLE = _coding(_DCM, "110152", "Destination Role ID")


def _interaction(code: str) -> Json:
    return _coding(_INTERACTION, code, code)


_KINDS: dict[Action, tuple[Json, Json | None, str]] = {
    Action.SIGN_IN: (_AUTHENTICATION, _LOGIN, "E"),
    Action.SIGN_IN_FAILED: (_AUTHENTICATION, _LOGIN, "E"),
    Action.SIGN_OUT: (_AUTHENTICATION, _LOGOUT, "E"),
    Action.READ: (_REST, _interaction("read"), "R"),
    Action.VREAD: (_REST, _interaction("vread"), "R"),
    Action.SEARCH: (_REST, _interaction("search"), "E"),
    Action.HISTORY: (_REST, _interaction("history"), "R"),
    Action.REVEAL: (_REST, _interaction("read"), "R"),
    Action.CREATE: (_REST, _interaction("create"), "C"),
    Action.UPDATE: (_REST, _interaction("update"), "U"),
    Action.PATCH: (_REST, _interaction("patch"), "U"),
    Action.DELETE: (_REST, _interaction("delete"), "D"),
    Action.OPERATION: (_REST, _interaction("operation"), "E"),
    Action.PRINT: (_EXPORT, None, "R"),
    Action.EXPORT: (_EXPORT, None, "R"),
    Action.BACKUP: (_EXPORT, None, "R"),
    Action.IMPORT: (_IMPORT, None, "C"),
    Action.RESTORE: (_IMPORT, None, "C"),
    Action.PURGE: (_LOG_USED, None, "D"),
    Action.DENIED: (_ALERT, None, "E"),
    Action.ACCOUNT: (_ALERT, _ATTRIBUTES, "U"),
    Action.TOKEN: (_ALERT, _ATTRIBUTES, "U"),
    Action.GRANT: (_ALERT, _ATTRIBUTES, "U"),
    Action.CONFIG: (_ALERT, _CONFIGURATION, "U"),
}
"""Type, first subtype and AuditEvent.action (C, R, U, D, E) of every action."""

_TO_CLIENT = frozenset({Action.READ, Action.VREAD, Action.HISTORY, Action.REVEAL})
"""Where BALP sees the server as the source; in queries and changes the client is it."""


def to_audit_event(found: Sealed, person: Person | None = None) -> Json:
    """The AuditEvent of an entry; `person` is the account that acted, where it is known."""
    entry = found.entry
    kind, subtype, action = _KINDS[entry.action]
    own = _coding(code_system("audit-action"), entry.action.value, entry.action.value)
    event: Json = {
        "resourceType": "AuditEvent",
        "id": entry.id,
        "type": kind,
        "subtype": [own] if subtype is None else [subtype, own],
        "action": action,
        "recorded": iso_instant(entry.at),
        "outcome": str(int(entry.outcome)),
        "agent": _agents(entry, person),
        "source": {
            "observer": {"display": "社区卫生服务站信息系统"},
            "type": [_coding(_SOURCE_TYPE, "4", "Application Server")],
        },
    }
    reason = (entry.detail or {}).get("reason")
    if reason:
        event["outcomeDesc"] = str(reason)
    if entities := _entities(entry):
        event["entity"] = entities
    return event


def _agents(entry: Entry, person: Person | None) -> list[Json]:
    client, server = _SOURCE_ROLE, _DESTINATION_ROLE
    if entry.action in _TO_CLIENT:
        client, server = server, client
    agents: list[Json] = [_user(entry, person)]
    if entry.source:
        agent = {"type": {"coding": [client]}, "requestor": False}
        agents.append({**agent, "network": _network(entry.source)})
    observer = {"display": "社区卫生服务站信息系统"}
    agents.append({"type": {"coding": [server]}, "who": observer, "requestor": False})
    return agents


def _network(source: str) -> Json:
    try:
        ip_address(source)
    except ValueError:
        return {"address": source, "type": "1"}  # a machine's name
    return {"address": source, "type": "2"}


def _user(entry: Entry, person: Person | None) -> Json:
    recipient = _coding(_PARTICIPATION, "IRCP", "information recipient")
    agent: Json = {"type": {"coding": [recipient]}, "requestor": True}
    if entry.user_id is None:
        return agent
    identifier = {"system": identifier_system("user"), "value": entry.user_id}
    who: Json = {"identifier": identifier}
    if person is not None:
        who["display"] = person.display
        agent["altId"] = person.name
        if person.practitioner_id:
            who = {"reference": f"Practitioner/{person.practitioner_id}", **who}
    return {**agent, "who": who}


def _entities(entry: Entry) -> list[Json]:
    patients = entry.patients or ((entry.patient_id,) if entry.patient_id else ())
    entities: list[Json] = [
        {
            "what": {"reference": f"Patient/{patient}"},
            "type": _coding(_ENTITY_TYPE, "1", "Person"),
            "role": _coding(_ROLE, "1", "Patient"),
        }
        for patient in patients
    ]
    system_object = _coding(_ENTITY_TYPE, "2", "System Object")
    if entry.resource_type and entry.resource_id:
        reference = f"{entry.resource_type}/{entry.resource_id}"
        if entry.version is not None:
            reference += f"/_history/{entry.version}"
        role = _coding(_ROLE, "4", "Domain Resource")
        entities.append({"what": {"reference": reference}, "type": system_object, "role": role})
    query = (entry.detail or {}).get("query")
    if query is not None:
        text = query.encode() if isinstance(query, str) else msgspec.json.encode(query)
        role = _coding(_ROLE, "24", "Query")
        raw = base64.b64encode(text).decode()
        entities.append({"type": system_object, "role": role, "query": raw})
    return entities
