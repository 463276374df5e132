"""The FHIR types that the kernel owns: the directory, provenance, tasks and forms."""

from kernel.declare.resource import (
    ResourceSpec,
    Scope,
    View,
    code,
    day,
    identifier,
    reference,
    string,
    tokens,
    uri,
)
from kernel.declare.roles import EVERYBODY, GUESTS, READERS, Role

_KEEPERS = frozenset({Role.SYSTEM_ADMIN, Role.PLATFORM})
"""Those who maintain institutions and staff."""
_FORM_KEEPERS = frozenset({Role.BUREAU_OFFICER, Role.PLATFORM})
_DIRECTORY = EVERYBODY

ORGANISATION = ResourceSpec(
    "Organization",
    (
        identifier(),
        string("name", "name", "alias"),
        code("active"),
        tokens("type"),
        reference("partof", "partOf"),
        string("address"),
    ),
    Scope.DIRECTORY,
    title="机构",
    readers=_DIRECTORY,
    writers=_KEEPERS,
)
LOCATION = ResourceSpec(
    "Location",
    (
        identifier(),
        string("name", "name", "alias"),
        code("status", system="http://hl7.org/fhir/location-status"),
        tokens("type"),
        reference("organization", "managingOrganization"),
        reference("partof", "partOf"),
        string("address"),
    ),
    Scope.DIRECTORY,
    title="地点",
    readers=_DIRECTORY,
    writers=_KEEPERS,
)
PRACTITIONER = ResourceSpec(
    "Practitioner",
    (
        identifier(),
        string("name", names=True),
        string("family", "name.family", names=True),
        string("given", "name.given", names=True),
        identifier("phone", "telecom", only="phone"),
        identifier("telecom"),
        code("active"),
        code("gender", system="http://hl7.org/fhir/administrative-gender"),
    ),
    Scope.DIRECTORY,
    title="工作人员",
    readers=_DIRECTORY,
    writers=_KEEPERS,
)
PRACTITIONER_ROLE = ResourceSpec(
    "PractitionerRole",
    (
        identifier(),
        reference("practitioner"),
        reference("organization"),
        reference("location"),
        tokens("role", "code"),
        tokens("specialty"),
        code("active"),
        day("date", "period"),
    ),
    Scope.DIRECTORY,
    title="岗位",
    readers=_DIRECTORY,
    writers=_KEEPERS,
)
PROVENANCE = ResourceSpec(
    "Provenance",
    (
        reference("target"),
        reference("patient", "target", targets=("Patient",)),
        day("recorded"),
        reference("agent", "agent.who"),
        reference("entity", "entity.what"),
        tokens("agent-type", "agent.type"),
    ),
    Scope.PATIENT,
    title="来源说明",
    patient="target",
    indirect=True,
    sort="recorded",
)
TASK = ResourceSpec(
    "Task",
    (
        identifier(),
        code("status", system="http://hl7.org/fhir/task-status"),
        tokens("business-status", "businessStatus"),
        tokens("code"),
        code("intent", system="http://hl7.org/fhir/task-intent"),
        code("priority", system="http://hl7.org/fhir/request-priority"),
        reference("patient", "for", targets=("Patient",)),
        reference("subject", "for"),
        reference("owner"),
        reference("requester"),
        reference("focus"),
        reference("based-on", "basedOn"),
        reference("part-of", "partOf"),
        reference("encounter"),
        day("authored-on", "authoredOn"),
        day("modified", "lastModified"),
        day("period", "executionPeriod"),
        tokens("performer", "performerType"),
    ),
    Scope.PATIENT,
    title="任务",
    patient="for",
    organisation=("owner",),
    sort="authored-on",
    disclosed=True,
    guests=GUESTS,
    shared=True,
)
QUESTIONNAIRE = ResourceSpec(
    "Questionnaire",
    (
        identifier(),
        uri("url"),
        code("version"),
        string("name"),
        string("title"),
        code("status", system="http://hl7.org/fhir/publication-status"),
        day("date"),
        tokens("code", "item.code"),
        tokens("subject-type", "subjectType"),
    ),
    Scope.DIRECTORY,
    title="表单",
    readers=READERS | {Role.BUREAU_OFFICER},
    writers=_FORM_KEEPERS,
)
QUESTIONNAIRE_RESPONSE = ResourceSpec(
    "QuestionnaireResponse",
    (
        identifier(),
        uri("questionnaire"),
        code("status", system="http://hl7.org/fhir/questionnaire-answers-status"),
        reference("patient", "subject", targets=("Patient",)),
        reference("subject"),
        reference("encounter"),
        reference("author"),
        reference("source"),
        reference("based-on", "basedOn"),
        reference("part-of", "partOf"),
        day("authored"),
    ),
    Scope.PATIENT,
    title="表单答卷",
    patient="subject",
    sort="authored",
    disclosed=True,
)
AUDIT_EVENT = ResourceSpec(
    "AuditEvent",
    (),
    Scope.ORGANISATION,
    title="审计日志",
    readers=frozenset({Role.AUDITOR}),
    writers=frozenset(),
    view=View(
        (
            ("date", "date"),
            ("agent", "token"),
            ("patient", "reference"),
            ("entity", "reference"),
            ("subtype", "token"),
        )
    ),
)

RESOURCES = (
    ORGANISATION,
    LOCATION,
    PRACTITIONER,
    PRACTITIONER_ROLE,
    PROVENANCE,
    AUDIT_EVENT,
    TASK,
    QUESTIONNAIRE,
    QUESTIONNAIRE_RESPONSE,
)
