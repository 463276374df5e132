"""The FHIR types of insurance: cover, claims and what the insurer answered."""

from kernel.declare.resource import (
    ResourceSpec,
    Scope,
    code,
    day,
    identifier,
    reference,
    tokens,
)

_STATUS = "http://hl7.org/fhir/fm-status"

COVERAGE = ResourceSpec(
    "Coverage",
    (
        identifier(),
        reference("patient", "beneficiary", targets=("Patient",)),
        reference("beneficiary"),
        code("status", system=_STATUS),
        tokens("type"),
        day("period"),
        reference("payor"),
        reference("subscriber"),
        reference("policy-holder", "policyHolder"),
        code("dependent"),
        tokens("class-type", "class.type"),
    ),
    Scope.PATIENT,
    title="医疗保障",
    patient="beneficiary",
    sort="period",
    disclosed=True,
)
CLAIM = ResourceSpec(
    "Claim",
    (
        identifier(),
        reference("patient"),
        code("status", system=_STATUS),
        code("use", system="http://hl7.org/fhir/claim-use"),
        tokens("priority"),
        day("created"),
        reference("provider"),
        reference("insurer"),
        reference("enterer"),
        reference("facility"),
        reference("encounter", "item.encounter"),
        reference("payee", "payee.party"),
    ),
    Scope.PATIENT,
    title="医保申请",
    patient="patient",
    sort="created",
)
EXPLANATION_OF_BENEFIT = ResourceSpec(
    "ExplanationOfBenefit",
    (
        identifier(),
        reference("patient"),
        code("status", system="http://hl7.org/fhir/explanationofbenefit-status"),
        day("created"),
        reference("claim"),
        reference("coverage", "insurance.coverage"),
        reference("provider"),
        reference("enterer"),
        reference("facility"),
        reference("encounter", "item.encounter"),
    ),
    Scope.PATIENT,
    title="医保结算",
    patient="patient",
    sort="created",
)

RESOURCES = (COVERAGE, CLAIM, EXPLANATION_OF_BENEFIT)
