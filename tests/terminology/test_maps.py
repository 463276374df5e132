"""The maps between national codes and FHIR's: every row of codes.md §7, every target valid."""

import re

import pytest

from kernel.canonical import ATC, CANONICAL, GB_EDUCATION, GB_MARITAL, GB_OCCUPATION, ICD10_WHO
from kernel.fhir.terminology import words
from kernel.fhir.validate import check
from records.terminology import catalogue
from tests.terminology.domain import MAPS, RELATIONS

V3 = "http://terminology.hl7.org/CodeSystem/v3-"
EQUIVALENCES = words("equivalent equal wider narrower inexact unmatched")
"""R4 concept-map-equivalence, as far as codes.md §7 uses it."""

VALID = {
    "http://hl7.org/fhir/administrative-gender": words("male female other unknown"),
    f"{V3}MaritalStatus": words("A D I L M P S T U W C"),
    f"{V3}NullFlavor": words(
        "NI INV DER OTH NINF PINF UNC MSK NA UNK ASKU NAV NASK NAVU QS TRC NP"
    ),
    f"{V3}RoleCode": words(
        "FAMMEMB CHILD CHLDADOPT DAUADOPT SONADOPT CHLDFOST DAUFOST SONFOST DAUC DAU STPDAU NCHILD "
        "SON SONC STPSON STPCHLD EXT AUNT MAUNT PAUNT COUSN MCOUSN PCOUSN GGRPRN GGRFTH MGGRFTH "
        "PGGRFTH GGRMTH MGGRMTH PGGRMTH MGGRPRN PGGRPRN GRNDCHILD GRNDDAU GRNDSON GRPRN GRFTH "
        "MGRFTH PGRFTH GRMTH MGRMTH PGRMTH MGRPRN PGRPRN INLAW CHLDINLAW DAUINLAW SONINLAW "
        "PRNINLAW FTHINLAW MTHINLAW SIBINLAW BROINLAW SISINLAW NIENEPH NEPHEW NIECE UNCLE MUNCLE "
        "PUNCLE PRN ADOPTP ADOPTF ADOPTM FTH FTHFOST NFTH NFTHF STPFTH MTH GESTM MTHFOST NMTH "
        "NMTHF STPMTH NPRN PRNFOST STPPRN SIB BRO HBRO NBRO TWINBRO FTWINBRO ITWINBRO STPBRO HSIB "
        "HSIS NSIB NSIS TWINSIS FTWINSIS ITWINSIS TWIN FTWIN ITWIN SIS STPSIS STPSIB SIGOTHR "
        "DOMPART FMRSPS SPS HUSB WIFE FRND NBOR ROOM ONESELF"
    ),
    f"{V3}ActCode": words("AMB EMER FLD HH IMP ACUTE NONAC OBSENC PRENC SS VR"),
    "http://terminology.hl7.org/CodeSystem/coverage-selfpay": words("pay"),
    "http://hl7.org/fhir/CodeSystem/medication-statement-status": words(
        "active completed entered-in-error intended stopped on-hold unknown not-taken"
    ),
    GB_MARITAL: frozenset(catalogue.code_set("gb-marital").concepts),
    GB_EDUCATION: frozenset(catalogue.code_set("gb-education").concepts),
    GB_OCCUPATION: frozenset(catalogue.code_set("gb-occupation").concepts),
}
"""System → its codes in R4 4.0.1 (of v3 the PersonalRelationshipRoleType, ActEncounterCode)."""

SHAPES = {
    ATC: re.compile(r"[A-V]\d\d[A-Z]?[A-Z]?(\d\d)?"),
    ICD10_WHO: re.compile(r"[A-Z]\d\d(\.\d)?"),
}
Row = tuple[str, str, str]


def rows(name: str) -> list[Row]:
    """Source, target (empty where unmatched) and equivalence of a map."""
    return [
        (element["code"], target.get("code", ""), target["equivalence"])
        for group in catalogue.map_resource(name)["group"]
        for element in group["element"]
        for target in element["target"]
    ]


def stated(text: str) -> list[Row]:
    """The rows of `source=target:equivalence`, written down in the domain's order."""
    found = []
    for pair in text.split(" "):
        source, _, told = pair.partition("=")
        target, _, equivalence = told.partition(":")
        usual = "equivalent" if target else "unmatched"
        found.append((source, target, equivalence or usual))
    return found


@pytest.mark.parametrize("name", sorted(MAPS))
def test_a_map_has_the_rows_of_the_domain_reference(name: str) -> None:
    assert sorted(rows(name)) == sorted(stated(MAPS[name]))


def test_there_is_no_map_that_the_domain_reference_does_not_state() -> None:
    assert set(catalogue.map_names()) == {*MAPS, "gb-relation-role-code"}


def test_relations_lead_to_role_codes() -> None:
    wanted: dict[str, set[str]] = {
        code: set() for code in catalogue.code_set("gb-relation").concepts
    }
    for part in RELATIONS.split(" "):
        sources, _, targets = part.partition("->")
        for source in sources.split(","):
            first, _, last = source.partition("-")
            for number in range(int(first), int(last or first) + 1):
                if f"{number:02d}" in wanted:
                    wanted[f"{number:02d}"] = set(targets.split(","))
    found: dict[str, set[str]] = {code: set() for code in wanted}
    for source, target, equivalence in rows("gb-relation-role-code"):
        assert (equivalence == "unmatched") == (not target)
        found[source] |= {target} - {""}
    assert found == wanted


@pytest.mark.parametrize("name", catalogue.map_names())
def test_a_map_is_a_concept_map_between_known_codes(name: str) -> None:
    body = catalogue.map_resource(name)
    assert check(body, types={"ConceptMap"}).type == "ConceptMap"
    assert body["url"] == f"{CANONICAL}/ConceptMap/{name}"
    assert body["id"] == name
    assert body["version"]
    assert body["description"]
    source = next(
        one
        for one in map(catalogue.code_set, catalogue.system_names())
        if one.url == body["group"][0]["source"]
    )
    assert name.startswith(source.name)
    assert {code for code, _, _ in rows(name)} == set(source.concepts), "each code has its row"
    for group in body["group"]:
        assert (group["source"], group["sourceVersion"]) == (source.url, source.version)
        for element in group["element"]:
            assert element["display"] == source.concepts[element["code"]].display


@pytest.mark.parametrize("name", catalogue.map_names())
def test_every_target_is_a_code_of_its_system_with_its_display(name: str) -> None:
    for group in catalogue.map_resource(name)["group"]:
        for target in [t for element in group["element"] for t in element["target"]]:
            assert target["equivalence"] in EQUIVALENCES
            if target["equivalence"] == "unmatched":
                assert "code" not in target
            elif group["target"] in SHAPES:
                assert SHAPES[group["target"]].fullmatch(target["code"])
            else:
                assert target["code"] in VALID[group["target"]], target
            assert ("code" in target) == bool(target.get("display"))


@pytest.mark.parametrize("code", sorted(catalogue.code_set("gb-sex").concepts))
def test_sexes_are_what_the_validator_accepts(code: str) -> None:
    (gender,) = catalogue.translate("gb-sex-administrative-gender", code)
    check({"resourceType": "Patient", "gender": gender["code"]}, types={"Patient"})


@pytest.mark.parametrize("code", ["1", "2", "3"])
def test_adherence_is_what_the_validator_accepts(code: str) -> None:
    (status,) = catalogue.translate("adherence-medication-status", code)
    body = {
        "resourceType": "MedicationStatement",
        "status": status["code"],
        "medicationCodeableConcept": {"text": "氨氯地平"},
        "subject": {"reference": "Patient/p"},
    }
    check(body, types={"MedicationStatement"})


def test_an_unmatched_code_is_translated_to_nothing() -> None:
    assert catalogue.translate("drug-allergy-atc", "1") == ()
    assert catalogue.translate("drug-allergy-atc", "no code") == ()


def test_several_targets_come_in_the_order_of_the_map() -> None:
    found = catalogue.translate("gb-relation-role-code", "27")
    assert [one["code"] for one in found] == ["SONADOPT", "STPSON"]
