"""The FHIR types of referral: the request and its appointment."""

from kernel.declare.resource import (
    ResourceSpec,
    Scope,
    code,
    day,
    identifier,
    reference,
    string,
    tokens,
)
from kernel.declare.roles import EVERYBODY, GUESTS, Role
from referral.agreements.rules import OWN_DEPARTMENT, OWN_SCHEDULE, OWN_SLOT

_KEEPERS = frozenset({Role.REFERRAL_COORDINATOR, Role.BUREAU_OFFICER, Role.PLATFORM})
"""Those who keep the departments of the hospitals; a coordinator those of his own."""

SERVICE_REQUEST = ResourceSpec(
    "ServiceRequest",
    (
        identifier(),
        reference("patient", "subject", targets=("Patient",)),
        reference("subject"),
        code("status", system="http://hl7.org/fhir/request-status"),
        code("intent", system="http://hl7.org/fhir/request-intent"),
        code("priority", system="http://hl7.org/fhir/request-priority"),
        tokens("category"),
        tokens("code"),
        identifier("requisition"),
        day("authored", "authoredOn"),
        day("occurrence", "occurrenceDateTime", "occurrencePeriod"),
        reference("requester"),
        reference("performer"),
        reference("based-on", "basedOn"),
        reference("replaces"),
        reference("encounter"),
    ),
    Scope.PATIENT,
    title="转诊申请",
    patient="subject",
    sort="authored",
    disclosed=True,
    shared=True,
)
APPOINTMENT = ResourceSpec(
    "Appointment",
    (
        identifier(),
        reference("patient", "participant.actor", targets=("Patient",)),
        reference("actor", "participant.actor"),
        code("status", system="http://hl7.org/fhir/appointmentstatus"),
        tokens("service-type", "serviceType"),
        tokens("specialty"),
        day("date", "start"),
        reference("based-on", "basedOn"),
        reference("slot"),
        reference("location", "participant.actor", targets=("Location",)),
        reference("practitioner", "participant.actor", targets=("Practitioner",)),
    ),
    Scope.PATIENT,
    title="转诊预约",
    patient="participant.actor",
    indirect=True,
    sort="date",
    disclosed=True,
    guests=GUESTS,
    shared=True,
)

HEALTHCARE_SERVICE = ResourceSpec(
    "HealthcareService",
    (
        identifier(),
        string("name"),
        code("active"),
        reference("organization", "providedBy"),
        reference("location"),
        tokens("specialty"),
        tokens("service-type", "type"),
        tokens("service-category", "category"),
    ),
    Scope.DIRECTORY,
    title="医院科室",
    readers=EVERYBODY,
    writers=_KEEPERS,
    rules=(OWN_DEPARTMENT,),
)
SCHEDULE = ResourceSpec(
    "Schedule",
    (
        identifier(),
        code("active"),
        reference("actor"),
        tokens("service-type", "serviceType"),
        tokens("specialty"),
        day("date", "planningHorizon"),
    ),
    Scope.DIRECTORY,
    title="出诊安排",
    readers=EVERYBODY,
    writers=_KEEPERS,
    rules=(OWN_SCHEDULE,),
)
SLOT = ResourceSpec(
    "Slot",
    (
        identifier(),
        reference("schedule"),
        code("status", system="http://hl7.org/fhir/slotstatus"),
        day("start"),
        tokens("service-type", "serviceType"),
        tokens("specialty"),
    ),
    Scope.DIRECTORY,
    title="号源",
    readers=EVERYBODY,
    writers=_KEEPERS,
    rules=(OWN_SLOT,),
)

RESOURCES = (SERVICE_REQUEST, APPOINTMENT, HEALTHCARE_SERVICE, SCHEDULE, SLOT)
