"""The FHIR types of programmes: plans, teams, goals, enrolments, devices and supplies."""

from kernel.declare.resource import (
    ResourceSpec,
    Scope,
    code,
    day,
    identifier,
    reference,
    string,
    tokens,
    uri,
)

CARE_PLAN = ResourceSpec(
    "CarePlan",
    (
        identifier(),
        reference("patient", "subject", targets=("Patient",)),
        reference("subject"),
        code("status", system="http://hl7.org/fhir/request-status"),
        code("intent", system="http://hl7.org/fhir/care-plan-intent"),
        tokens("category"),
        day("date", "period"),
        reference("encounter"),
        reference("care-team", "careTeam"),
        reference("condition", "addresses"),
        reference("goal"),
        reference("based-on", "basedOn"),
        reference("part-of", "partOf"),
        reference("replaces"),
        reference("activity-reference", "activity.reference"),
        tokens("activity-code", "activity.detail.code"),
        uri("instantiates-canonical", "instantiatesCanonical"),
    ),
    Scope.PATIENT,
    patient="subject",
    sort="date",
)
CARE_TEAM = ResourceSpec(
    "CareTeam",
    (
        identifier(),
        reference("patient", "subject", targets=("Patient",)),
        reference("subject"),
        code("status", system="http://hl7.org/fhir/care-team-status"),
        tokens("category"),
        day("date", "period"),
        reference("encounter"),
        reference("participant", "participant.member"),
    ),
    Scope.PATIENT,
    patient="subject",
    organisation=("managingOrganization",),
    sort="date",
)
GOAL = ResourceSpec(
    "Goal",
    (
        identifier(),
        reference("patient", "subject", targets=("Patient",)),
        reference("subject"),
        code("lifecycle-status", "lifecycleStatus", system="http://hl7.org/fhir/goal-status"),
        tokens("achievement-status", "achievementStatus"),
        tokens("category"),
        day("start-date", "startDate"),
        day("target-date", "target.dueDate"),
    ),
    Scope.PATIENT,
    patient="subject",
    sort="start-date",
)
EPISODE_OF_CARE = ResourceSpec(
    "EpisodeOfCare",
    (
        identifier(),
        reference("patient"),
        code("status", system="http://hl7.org/fhir/episode-of-care-status"),
        tokens("type"),
        day("date", "period"),
        reference("condition", "diagnosis.condition"),
        reference("organization", "managingOrganization"),
        reference("care-manager", "careManager"),
        reference("incoming-referral", "referralRequest"),
    ),
    Scope.PATIENT,
    patient="patient",
    organisation=("managingOrganization",),
    sort="date",
)
DEVICE = ResourceSpec(
    "Device",
    (
        identifier(),
        reference("patient"),
        code("status", system="http://hl7.org/fhir/device-status"),
        tokens("type"),
        string("device-name", "deviceName.name", "type.text"),
        string("manufacturer"),
        code("model", "modelNumber"),
        uri("url"),
        reference("organization", "owner"),
        reference("location"),
        string("udi-carrier", "udiCarrier.carrierHRF"),
        tokens("udi-di", "udiCarrier.deviceIdentifier"),
    ),
    Scope.PATIENT,
    patient="patient",
    organisation=("owner",),
)
SUPPLY_DELIVERY = ResourceSpec(
    "SupplyDelivery",
    (
        identifier(),
        reference("patient"),
        code("status", system="http://hl7.org/fhir/supplydelivery-status"),
        reference("supplier"),
        reference("receiver"),
        day("date", "occurrenceDateTime", "occurrencePeriod"),
    ),
    Scope.PATIENT,
    patient="patient",
    organisation=("supplier",),
    sort="date",
)

RESOURCES = (CARE_PLAN, CARE_TEAM, GOAL, EPISODE_OF_CARE, DEVICE, SUPPLY_DELIVERY)
