"""The code tables of FHIR R4 that the validator needs: types, and value sets bound as `required`.

A binding is `required` where a code outside the set makes the resource invalid (FHIR R4 §4.1.5).
Most of the small sets come with fhir.resources' metadata; here stand the ones that it abbreviates
("registered | preliminary | final | amended +") or does not give at all.
"""

from dataclasses import dataclass


def words(text: str) -> frozenset[str]:
    """Read a set of words that are written with spaces between them."""
    return frozenset(text.split())


RESOURCE_TYPES: frozenset[str] = words(
    "Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse "
    "AuditEvent Basic Binary BiologicallyDerivedProduct BodyStructure Bundle "
    "CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition Claim "
    "ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest "
    "CompartmentDefinition Composition ConceptMap Condition Consent Contract Coverage "
    "CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device "
    "DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport "
    "DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter Endpoint "
    "EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence "
    "EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal "
    "GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization "
    "ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan "
    "Invoice Library Linkage List Location Measure MeasureReport Media Medication "
    "MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest "
    "MedicationStatement MedicinalProduct MedicinalProductAuthorization "
    "MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient "
    "MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged "
    "MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition "
    "MessageHeader MolecularSequence NamingSystem NutritionOrder Observation "
    "ObservationDefinition OperationDefinition OperationOutcome Organization "
    "OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation Person "
    "PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire "
    "QuestionnaireResponse RelatedPerson RequestGroup ResearchDefinition "
    "ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment "
    "RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen "
    "SpecimenDefinition StructureDefinition StructureMap Subscription Substance "
    "SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation "
    "SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task "
    "TerminologyCapabilities TestReport TestScript ValueSet VerificationResult "
    "VisionPrescription"
)
"""Every concrete resource type of 4.0.1."""

_TYPE_CODES = RESOURCE_TYPES | {"DomainResource", "Resource"}
_HL7 = "http://terminology.hl7.org/CodeSystem/"


_COMPARATORS = words("< <= >= >")
_OBSERVATION_STATUS = words(
    "registered preliminary final amended corrected cancelled entered-in-error unknown"
)
_ENCOUNTER_STATUS = words(
    "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown"
)
_CURRENCIES = words(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN "
    "BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP "
    "ERN ETB EUR FJD FKP GBP GEL GGP GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS IMP INR "
    "IQD IRR ISK JEP JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN "
    "PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLL SOS SRD SSP STN SVC "
    "SYP SZL THB TJS TMT TND TOP TRY TTD TVD TWD TZS UAH UGX USD USN UYI UYU UZS VEF VND VUV WST "
    "XAF XAG XAU XBA XBB XBC XBD XCD XDR XOF XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWL"
)

CODES: dict[str, frozenset[str]] = {
    "Age.comparator": _COMPARATORS,
    "Count.comparator": _COMPARATORS,
    "Distance.comparator": _COMPARATORS,
    "Duration.comparator": _COMPARATORS,
    "Quantity.comparator": _COMPARATORS,
    "AuditEvent.action": words("C R U D E"),
    "AuditEvent.outcome": words("0 4 8 12"),
    "AuditEventAgentNetwork.type": words("1 2 3 4 5"),
    "Composition.confidentiality": words("U L M N R V"),
    "DeviceUdiCarrier.entryType": words("barcode rfid manual card self-reported unknown"),
    "DeviceUseStatement.status": words(
        "active completed entered-in-error intended stopped on-hold"
    ),
    "DiagnosticReport.status": words(
        "registered partial preliminary final amended corrected appended cancelled "
        "entered-in-error unknown"
    ),
    "Encounter.status": _ENCOUNTER_STATUS,
    "EncounterStatusHistory.status": _ENCOUNTER_STATUS,
    "Money.currency": _CURRENCIES,
    "Observation.status": _OBSERVATION_STATUS,
    "OperationOutcomeIssue.code": words(
        "invalid structure required value invariant security login unknown expired forbidden "
        "suppressed processing not-supported duplicate multiple-matches not-found deleted too-long "
        "code-invalid extension too-costly business-rule conflict transient lock-error no-store "
        "exception timeout incomplete throttled informational"
    ),
    "CapabilityStatementRestResource.type": _TYPE_CODES,
    "OperationDefinition.resource": _TYPE_CODES,
    "Questionnaire.subjectType": _TYPE_CODES,
    "SearchParameter.base": _TYPE_CODES,
    "SearchParameter.target": _TYPE_CODES,
    "QuestionnaireItem.type": words(
        "group display boolean decimal integer date dateTime time string text url choice "
        "open-choice attachment reference quantity"
    ),
    "RiskAssessment.status": _OBSERVATION_STATUS,
    "StructureMapGroupRuleTarget.transform": words(
        "create copy truncate escape cast append translate reference dateOp uuid pointer evaluate "
        "cc c qty id cp"
    ),
    "SupplyRequest.status": words(
        "draft active suspended cancelled completed entered-in-error unknown"
    ),
    "Task.status": words(
        "draft requested received accepted rejected ready cancelled in-progress on-hold failed "
        "completed entered-in-error"
    ),
    "TimingRepeat.when": words(
        "MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE EVE.early EVE.late NIGHT PHS HS "
        "WAKE C CM CD CV AC ACM ACD ACV PC PCM PCD PCV"
    ),
}
"""Element -> the codes it may have, where fhir.resources' metadata has not all of them."""

NOT_REQUIRED: frozenset[str] = frozenset({"CapabilityStatement.format", "Expression.language"})
"""Elements for which the metadata lists examples: their bindings leave other codes open."""

MIME_TYPES: frozenset[str] = frozenset(
    {
        "Attachment.contentType",
        "Binary.contentType",
        "Signature.sigFormat",
        "Signature.targetFormat",
        "SubscriptionChannel.payload",
    }
)
"""Elements bound to BCP 13: any well-formed media type."""


@dataclass(frozen=True, slots=True)
class ConceptBinding:
    """A CodeableConcept of which one coding must be from this system with one of these codes."""

    system: str
    codes: frozenset[str]


_IMPROVEMENT = ConceptBinding(_HL7 + "measure-improvement-notation", words("increase decrease"))

CONCEPTS: dict[str, ConceptBinding] = {
    "AllergyIntolerance.clinicalStatus": ConceptBinding(
        _HL7 + "allergyintolerance-clinical", words("active inactive resolved")
    ),
    "AllergyIntolerance.verificationStatus": ConceptBinding(
        _HL7 + "allergyintolerance-verification",
        words("unconfirmed confirmed refuted entered-in-error"),
    ),
    "Condition.clinicalStatus": ConceptBinding(
        _HL7 + "condition-clinical",
        words("active recurrence relapse inactive remission resolved"),
    ),
    "Condition.verificationStatus": ConceptBinding(
        _HL7 + "condition-ver-status",
        words("unconfirmed provisional differential confirmed refuted entered-in-error"),
    ),
    "Measure.improvementNotation": _IMPROVEMENT,
    "MeasureReport.improvementNotation": _IMPROVEMENT,
    "SupplyDelivery.type": ConceptBinding(_HL7 + "supply-item-type", words("medication device")),
}
"""Element -> its required binding, for elements that are a CodeableConcept."""
