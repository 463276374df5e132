"""The canonical addresses: our own artefacts, and the official identifier and code systems.

Own artefacts live under `CANONICAL`; nothing is fetched from there, the address is only a name
(FHIR R4, section "Canonical URLs"). The `urn:oid:2.16.156.10011` systems are those of the
national health information standards, the same that the regional platforms exchange.
"""

from typing import Final

CANONICAL: Final = "https://station.example.org/fhir"

# Identifier systems of the national health information standards.
CITIZEN_ID: Final = "urn:oid:2.16.156.10011.1.3"
HEALTH_RECORD_NUMBER: Final = "urn:oid:2.16.156.10011.1.2"
ORGANISATION_CODE: Final = "urn:oid:2.16.156.10011.1.5"

# National code systems (GB/T) and the diagnosis tables.
GB_SEX: Final = "urn:oid:2.16.156.10011.2.3.3.4"  # GB/T 2261.1
GB_MARITAL: Final = "urn:oid:2.16.156.10011.2.3.3.5"  # GB/T 2261.2
GB_ETHNICITY: Final = "urn:oid:2.16.156.10011.2.3.3.3"  # GB/T 3304
GB_EDUCATION: Final = "urn:oid:2.16.156.10011.2.3.3.6"  # GB/T 4658
GB_OCCUPATION: Final = "urn:oid:2.16.156.10011.2.3.3.7"  # GB/T 6565
GB_RELATION: Final = "urn:oid:2.16.156.10011.2.3.3.8"  # GB/T 4761
ICD10_NATIONAL: Final = "urn:oid:2.16.156.10011.2.3.3.11.3"
ICD9CM_NATIONAL: Final = "urn:oid:2.16.156.10011.2.3.3.12"

# International code systems.
ICD10_WHO: Final = "http://hl7.org/fhir/sid/icd-10"
LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"
ATC: Final = "http://www.whocc.no/atc"


def code_system(name: str) -> str:
    """The canonical address of our own CodeSystem, such as `organisation-kind`."""
    return f"{CANONICAL}/CodeSystem/{name}"


def structure_definition(name: str) -> str:
    """The canonical address of our own extension or profile, such as `residency-type`."""
    return f"{CANONICAL}/StructureDefinition/{name}"


def identifier_system(name: str) -> str:
    """The naming system of an identifier without an official one, such as `household-number`."""
    return f"{CANONICAL}/identifier/{name}"
