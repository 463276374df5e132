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
from kernel.declare.roles import GUESTS, READERS, Role

_FORM_READERS = READERS | {Role.BUREAU_OFFICER}
_FORM_KEEPERS = frozenset({Role.BUREAU_OFFICER, Role.PLATFORM})

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
    title="照护计划",
    patient="subject",
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
    title="健康目标",
    patient="subject",
    sort="start-date",
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
    title="器械",
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
    title="物资发放",
    patient="patient",
    organisation=("supplier",),
    sort="date",
)
COMMUNICATION = ResourceSpec(
    "Communication",
    (
        identifier(),
        reference("patient", "subject", targets=("Patient",)),
        reference("subject"),
        code("status", system="http://hl7.org/fhir/event-status"),
        tokens("category"),
        tokens("medium"),
        reference("encounter"),
        reference("based-on", "basedOn"),
        reference("part-of", "partOf"),
        reference("sender"),
        reference("recipient"),
        day("sent"),
        day("received"),
    ),
    Scope.PATIENT,
    title="联系记录",
    patient="subject",
    sort="sent",
    disclosed=True,
    guests=GUESTS,
)
PLAN_DEFINITION = ResourceSpec(
    "PlanDefinition",
    (
        identifier(),
        uri("url"),
        code("version"),
        string("name"),
        string("title"),
        code("status", system="http://hl7.org/fhir/publication-status"),
        tokens("type"),
        day("date"),
    ),
    Scope.DIRECTORY,
    title="管理方案",
    readers=_FORM_READERS,
    writers=_FORM_KEEPERS,
)
MEASURE = ResourceSpec(
    "Measure",
    (
        identifier(),
        uri("url"),
        code("version"),
        string("name"),
        string("title"),
        code("status", system="http://hl7.org/fhir/publication-status"),
        day("date"),
    ),
    Scope.DIRECTORY,
    title="指标定义",
    readers=_FORM_READERS,
    writers=_FORM_KEEPERS,
)

RESOURCES = (
    CARE_PLAN,
    GOAL,
    DEVICE,
    SUPPLY_DELIVERY,
    COMMUNICATION,
    PLAN_DEFINITION,
    MEASURE,
)
