"""Where R4 (4.0.1), which we declare, differs from R4B (4.3.0), which fhir.resources models.

Found by comparing every element's name, type, cardinality and choice with an independent model of
4.0.1 (`tests/fhir/test_validate_tables.py` repeats that comparison), and the reference targets with
the specification.
"""

from kernel.fhir.terminology import words

ADDED_IN_R4B: frozenset[tuple[str, str]] = frozenset(
    {
        ("ActivityDefinition", "subjectCanonical"),
        ("PlanDefinition", "subjectCanonical"),
        ("PlanDefinitionAction", "subjectCanonical"),
        ("Extension", "valueCodeableReference"),
        ("Extension", "valueRatioRange"),
        ("ElementDefinition", "defaultValueCodeableReference"),
        ("ElementDefinition", "defaultValueRatioRange"),
        ("ElementDefinition", "fixedCodeableReference"),
        ("ElementDefinition", "fixedRatioRange"),
        ("ElementDefinition", "patternCodeableReference"),
        ("ElementDefinition", "patternRatioRange"),
        ("ElementDefinitionExample", "valueCodeableReference"),
        ("ElementDefinitionExample", "valueRatioRange"),
    }
)
"""(type, element) pairs that 4.0.1 does not have."""

DROPPED_IN_R4B: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Extension": (("valueMeta", "Meta", "value"),),
    "ElementDefinition": (
        ("defaultValueMeta", "Meta", "defaultValue"),
        ("fixedMeta", "Meta", "fixed"),
        ("patternMeta", "Meta", "pattern"),
    ),
    "ElementDefinitionExample": (("valueMeta", "Meta", "value"),),
}
"""Type -> (element, its type, its choice): single elements that only 4.0.1 has."""

REQUIRED_IN_R4: frozenset[tuple[str, str]] = frozenset(
    {("MarketingStatus", "country"), ("MarketingStatus", "dateRange")}
)
"""(type, element) pairs that are optional in R4B."""

TARGETS_IN_R4: dict[str, frozenset[str]] = {
    "DiagnosticReport.subject": words("Patient Group Device Location"),
    "GroupMember.entity": words(
        "Patient Practitioner PractitionerRole Device Medication Substance Group"
    ),
    "Observation.subject": words("Patient Group Device Location"),
}
"""Element -> the types that its references may point at, where R4B allows more."""

UNMODELLED: frozenset[str] = words(
    "EffectEvidenceSynthesis Evidence EvidenceVariable MedicinalProduct "
    "MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication "
    "MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured "
    "MedicinalProductPackaged MedicinalProductPharmaceutical MedicinalProductUndesirableEffect "
    "RiskEvidenceSynthesis SubstanceNucleicAcid SubstancePolymer SubstanceProtein "
    "SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification"
)
"""Types of 4.0.1 that R4B dropped or rebuilt: they cannot be checked and are not supported."""
