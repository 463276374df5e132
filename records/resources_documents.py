"""The FHIR types of what is written down: documents, notes, attachments, consents."""

from kernel.declare.resource import (
    ResourceSpec,
    Scope,
    SearchParam,
    code,
    day,
    identifier,
    reference,
    string,
    tokens,
)
from kernel.declare.roles import GUESTS
from records.visits.rules import SIGNED_NOTE


def subject(path: str = "subject") -> tuple[SearchParam, SearchParam]:
    """`patient` and `subject` over the same element."""
    return reference("patient", path, targets=("Patient",)), reference("subject", path)


DOCUMENT_REFERENCE = ResourceSpec(
    "DocumentReference",
    (
        identifier("identifier", "masterIdentifier", "identifier"),
        *subject(),
        code("status", system="http://hl7.org/fhir/document-reference-status"),
        tokens("type"),
        tokens("category"),
        day("date"),
        day("period", "context.period"),
        tokens("format", "content.format"),
        tokens("contenttype", "content.attachment.contentType"),
        reference("author"),
        reference("authenticator"),
        reference("custodian"),
        reference("encounter", "context.encounter"),
        reference("related", "context.related"),
    ),
    Scope.PATIENT,
    title="文档",
    patient="subject",
    organisation=("custodian",),
    sort="date",
    disclosed=True,
    guests=GUESTS,
)
COMPOSITION = ResourceSpec(
    "Composition",
    (
        identifier(),
        *subject(),
        code("status", system="http://hl7.org/fhir/composition-status"),
        tokens("type"),
        tokens("category"),
        string("title"),
        day("date"),
        day("period", "event.period"),
        reference("author"),
        reference("encounter"),
        reference("entry", "section.entry"),
        tokens("section", "section.code"),
    ),
    Scope.PATIENT,
    title="文书",
    patient="subject",
    organisation=("custodian",),
    sort="date",
    rules=(SIGNED_NOTE,),
    disclosed=True,
    guests=GUESTS,
)
BINARY = ResourceSpec(
    "Binary",
    (code("content-type", "contentType"),),
    Scope.PATIENT,
    title="附件",
    patient="securityContext",
    indirect=True,
    disclosed=True,
    guests=GUESTS,
)
CONSENT = ResourceSpec(
    "Consent",
    (
        identifier(),
        reference("patient"),
        code("status", system="http://hl7.org/fhir/consent-state-codes"),
        tokens("scope"),
        tokens("category"),
        tokens("action", "provision.action"),
        day("date", "dateTime"),
        day("period", "provision.period"),
        reference("consentor", "performer"),
        reference("organization"),
        reference("actor", "provision.actor.reference"),
        reference("data", "provision.data.reference"),
        reference("source-reference", "sourceReference"),
    ),
    Scope.PATIENT,
    title="知情同意",
    patient="patient",
    organisation=("organization",),
    sort="date",
    disclosed=True,
)
