"""Between the values of a row and the FHIR resources of a person: pure functions, both ways.

Whatever a row can say comes back from the resources in the same words (`values_of`), so that a list
that was exported in full can be imported again.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from kernel.canonical import (
    CITIZEN_ID,
    GB_MARITAL,
    GB_SEX,
    HEALTH_RECORD_NUMBER,
    LOINC,
    identifier_system,
    structure_definition,
)
from kernel.fhir.search.extract import elements
from kernel.values.identity_number import DocumentKind
from records.codes import IMPORT_BATCH
from records.exchange.cells import JOINT, parts_of
from records.exchange.notes import Values
from records.extensions import GRID_ADDRESS, extension_value, extensions, grid_of, home_address
from records.life.numbering import is_record_number
from records.reading import (
    Body,
    codes_of,
    display_of,
    identity_number_of,
    name_of,
    record_number_of,
)
from records.terminology import catalogue

V2_IDENTIFIER: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"
V2_CONTACT: Final = "http://terminology.hl7.org/CodeSystem/v2-0131"
FORMER_NUMBER: Final = identifier_system("former-record-number")
REGISTERED: Final = structure_definition("registered-address")
EMPLOYER: Final = structure_definition("employer")
OPENED_ON: Final = structure_definition("record-opened-on")
_CODED: Final = {
    "residency": ("residency-type", "residency-type"),
    "ethnicity": ("ethnicity", "gb-ethnicity"),
    "education": ("education", "education"),
    "occupation": ("occupation", "occupation"),
}
"""Extension and code set of what stands in one coded extension."""
_PAYMENT: Final = structure_definition("payment")
_GRID_PARTS: Final = ("committee", "building", "unit", "room")
_GENDERS: Final = {"1": "male", "2": "female", "0": "unknown", "9": "unknown"}
BLOOD_GROUPS: Final = {"abo": "883-9", "rh": "10331-7"}
"""LOINC codes by code set."""
_NO_ALLERGY: Final = "1"
_SNOMED: Final = "http://snomed.info/sct"
_NONE_KNOWN: Final = {"system": _SNOMED, "code": "409137002", "display": "无已知药物过敏"}

_DOCUMENTS: Final[Mapping[str, tuple[str, str]]] = {
    DocumentKind.CITIZEN_ID: ("NI", "居民身份证号码"),
    DocumentKind.HMT_RESIDENCE_PERMIT: ("PRC", "港澳台居民居住证号码"),
    DocumentKind.FOREIGNER_RESIDENCE_CARD: ("PRC", "外国人永久居留身份证号码"),
    DocumentKind.HOUSEHOLD_BOOK: ("U", "居民户口簿号码"),
    DocumentKind.PASSPORT: ("PPN", "护照号码"),
    DocumentKind.MILITARY_ID: ("MI", "军官证号码"),
    DocumentKind.DRIVING_LICENCE: ("DL", "驾驶证号码"),
    DocumentKind.HK_MACAO_PERMIT: ("TPR", "港澳居民来往内地通行证号码"),
    DocumentKind.TAIWAN_PERMIT: ("TPR", "台湾居民来往大陆通行证号码"),
    DocumentKind.BIRTH_CERTIFICATE: ("BCT", "出生医学证明编号"),
    DocumentKind.OTHER: ("U", "其他证件号码"),
}
"""Code of the identifier's type (HL7 v2-0203) and its words."""
_SURNAMES: Final = (
    "欧阳上官司马诸葛司徒夏侯皇甫尉迟公孙慕容令狐长孙宇文轩辕东方端木独孤南宫"
    "闻人东郭西门呼延申屠太史钟离淳于单于澹台公冶宗政濮阳赫连拓跋百里万俟"
)
"""Surnames of two characters, one behind the other."""
_CHINESE: Final = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff·]+")


def document_system(kind: str) -> str:
    """The naming system of a kind of document."""
    return CITIZEN_ID if kind == DocumentKind.CITIZEN_ID else identifier_system(kind)


def person_of(values: Values, *, batch: str = "", doctor: str = "") -> dict[str, Any]:
    """The Patient of a row, without record number and state.

    `batch` is the list it came with, `doctor` the id of the responsible Practitioner.
    """
    sex = values.get("sex", "0")
    body: dict[str, Any] = {"resourceType": "Patient"}
    if batch:
        body["meta"] = {"tag": [{"system": IMPORT_BATCH, "code": batch}]}
    body["extension"] = list(_extensions(values))
    body["identifier"] = list(_identifiers(values))
    body["name"] = [_name(values["name"])]
    if "phone" in values:
        body["telecom"] = _telecom(values["phone"])
    body["gender"] = _GENDERS[sex]
    if "birth_date" in values:
        body["birthDate"] = values["birth_date"]
    if address := _address(values):
        body["address"] = [address]
    if "marital" in values:
        body["maritalStatus"] = catalogue.concept(
            "gb-marital", values["marital"], also="gb-marital-marital-status"
        )
    if contact := _contact(values):
        body["contact"] = [contact]
    if doctor:
        shown = {"display": values["doctor"]} if "doctor" in values else {}
        body["generalPractitioner"] = [{"reference": f"Practitioner/{doctor}", **shown}]
    return {name: value for name, value in body.items() if value != []}


def _name(text: str) -> dict[str, Any]:
    if not _CHINESE.fullmatch(text) or len(text) == 1 or "·" in text:
        return {"use": "official", "text": text}
    size = 2 if len(text) > 2 and _SURNAMES.find(text[:2]) % 2 == 0 else 1
    return {"use": "official", "text": text, "family": text[:size], "given": [text[size:]]}


def _telecom(number: str) -> list[dict[str, Any]]:
    mobile = len(number) == 11 and number.isdigit()
    return [{"system": "phone", "value": number, "use": "mobile" if mobile else "home"}]


def _extensions(values: Values) -> Iterator[dict[str, Any]]:
    for key, (name, terms) in _CODED.items():
        if key in values:
            yield _coded(name, catalogue.concept(terms, values[key]))
    if values.get("sex") in ("0", "9"):
        yield _coded("national-sex", catalogue.concept("gb-sex", values["sex"]))
    for code, text in parts_of(values.get("payment", "")):
        yield payment_of(code, text)
    if "employer" in values:
        yield {"url": EMPLOYER, "valueString": values["employer"]}
    if "registered_address" in values:
        told = {"use": "home", "type": "physical", "text": values["registered_address"]}
        yield {"url": REGISTERED, "valueAddress": told}
    if "opened_on" in values:
        yield {"url": OPENED_ON, "valueDate": values["opened_on"]}


def payment_of(code: str, text: str) -> dict[str, Any]:
    """The extension of Patient that says how medical costs are paid."""
    return _coded("payment", catalogue.concept("payment", code, text))


def _coded(name: str, concept: dict[str, Any]) -> dict[str, Any]:
    return {"url": structure_definition(name), "valueCodeableConcept": concept}


def _identifiers(values: Values) -> Iterator[dict[str, Any]]:
    if "record_number" in values:
        yield _record_number(values["record_number"])
    if "document_number" in values:
        kind_ = values.get("document_kind", str(DocumentKind.CITIZEN_ID))
        code, text = _DOCUMENTS[kind_]
        yield {
            "use": "official",
            "type": {"coding": [{"system": V2_IDENTIFIER, "code": code}], "text": text},
            "system": document_system(kind_),
            "value": values["document_number"],
        }


def _record_number(number: str) -> dict[str, Any]:
    """A number of ours stays the file's number, another one is a former number."""
    ours = is_record_number(number)
    text = "健康档案编号" if ours else "原健康档案编号"
    return {
        "use": "usual" if ours else "old",
        "type": {"coding": [{"system": V2_IDENTIFIER, "code": "MR"}], "text": text},
        "system": HEALTH_RECORD_NUMBER if ours else FORMER_NUMBER,
        "value": number,
    }


def _address(values: Values) -> dict[str, Any]:
    parts = [(name, values[name]) for name in _GRID_PARTS if name in values]
    address: dict[str, Any] = {}
    if parts:
        inner = [{"url": name, "valueString": text} for name, text in parts]
        address["extension"] = [{"url": GRID_ADDRESS, "extension": inner}]
    if parts or "address" in values:
        address |= {"use": "home", "type": "physical"}
    if "address" in values:
        address["text"] = values["address"]
    return address


def _contact(values: Values) -> dict[str, Any]:
    contact: dict[str, Any] = {}
    if "contact_name" in values or "contact_phone" in values:
        coding = {"system": V2_CONTACT, "code": "C", "display": "Emergency Contact"}
        contact["relationship"] = [{"coding": [coding], "text": "联系人"}]
    if "contact_name" in values:
        contact["name"] = {"text": values["contact_name"]}
    if "contact_phone" in values:
        contact["telecom"] = _telecom(values["contact_phone"])
    return contact


def facts_of(values: Values, patient_id: str, on: str) -> list[dict[str, Any]]:
    """Blood groups as Observations and drug allergies as AllergyIntolerances, told on a day."""
    told = parts_of(values.get("drug_allergy", ""))
    return [*blood_groups_of(values, patient_id, on), *allergies_of(told, patient_id, on)]


def blood_groups_of(values: Values, patient_id: str, on: str) -> Iterator[dict[str, Any]]:
    """The Observations of `abo` and `rh`."""
    for key, text in (("abo", "ABO血型"), ("rh", "RH血型")):
        if key in values:
            yield {
                "resourceType": "Observation",
                "status": "final",
                "category": [_category("laboratory")],
                "code": {"coding": [{"system": LOINC, "code": BLOOD_GROUPS[key]}], "text": text},
                "subject": {"reference": f"Patient/{patient_id}"},
                "effectiveDateTime": on,
                "valueCodeableConcept": catalogue.concept(key, values[key]),
            }


def _category(code: str) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {"coding": [{"system": system, "code": code}]}


def allergies_of(
    told: Iterable[tuple[str, str]], patient_id: str, on: str
) -> Iterator[dict[str, Any]]:
    """The AllergyIntolerances of drug allergies: codes of the form and the words beside them."""
    system = "http://terminology.hl7.org/CodeSystem/allergyintolerance-"
    for code, text in told:
        concept = catalogue.concept("drug-allergy", code, text, also="drug-allergy-atc")
        if code == _NO_ALLERGY:
            concept = {"coding": [_NONE_KNOWN, *concept["coding"]], "text": "无药物过敏"}
        yield {
            "resourceType": "AllergyIntolerance",
            "clinicalStatus": {"coding": [{"system": system + "clinical", "code": "active"}]},
            "verificationStatus": {
                "coding": [{"system": system + "verification", "code": "unconfirmed"}]
            },
            "category": ["medication"],
            "code": concept,
            "patient": {"reference": f"Patient/{patient_id}"},
            "recordedDate": on,
        }


def values_of(
    person: Body, facts: Iterable[Body] = (), household: tuple[str, str] | None = None
) -> Values:
    """What a row of the export says: the inverse of `person_of` and `facts_of`.

    `household` is the household's number and the person's relation to its head.
    """
    found: Values = {"name": name_of(person), "sex": _sex(person)}
    found["birth_date"] = str(person.get("birthDate", ""))
    found |= _told_numbers(person)
    found["phone"] = _first(person, "telecom.value")
    found["contact_name"] = _first(person, "contact.name.text")
    found["contact_phone"] = _first(person, "contact.telecom.value")
    for key, (name, terms) in _CODED.items():
        system = catalogue.code_set(terms).url
        found[key] = next(iter(_codes(person, name, system)), "")
    found["marital"] = next(iter(codes_of(person.get("maritalStatus"), GB_MARITAL)), "")
    found["payment"] = JOINT.join(_with_text("payment", _concepts(person, _PAYMENT)))
    found["employer"] = str(extension_value(person, EMPLOYER, "valueString") or "")
    registered = extension_value(person, REGISTERED, "valueAddress") or {}
    found["registered_address"] = str(registered.get("text", ""))
    found["opened_on"] = str(extension_value(person, OPENED_ON, "valueDate") or "")
    found["doctor"] = next(map(display_of, person.get("generalPractitioner", ())), "")
    found |= _told_address(person) | _told_facts(list(facts))
    if household:
        found["household"], found["relation"] = household
    return {key: text for key, text in found.items() if text}


def _first(body: Body, path: str) -> str:
    return next((str(value) for value in elements(body, path)), "")


def _sex(person: Body) -> str:
    national = next(iter(_codes(person, "national-sex", GB_SEX)), "")
    return national or {"male": "1", "female": "2", "other": "9"}.get(person.get("gender", ""), "0")


def _told_numbers(person: Body) -> Values:
    found: Values = {}
    kinds = {document_system(str(kind)): str(kind) for kind in DocumentKind}
    whole = identity_number_of(person)
    if number := record_number_of(person):
        found["record_number"] = number
    for one in person.get("identifier", ()):
        if one.get("system") == FORMER_NUMBER:
            found.setdefault("record_number", str(one.get("value", "")))
        elif one.get("value") == whole and one.get("system") in kinds:
            found["document_kind"] = kinds[one["system"]]
            found["document_number"] = whole
    return found


def _told_address(person: Body) -> Values:
    home = home_address(person)
    if not home:
        return {}
    parts = {name: text for name, text in grid_of(home).items() if name in _GRID_PARTS}
    return {"address": str(home.get("text", "")), **parts}


def _told_facts(facts: Sequence[Body]) -> Values:
    found: Values = {}
    for body in facts:
        codes = codes_of(body.get("code"), LOINC)
        for key, code in BLOOD_GROUPS.items():
            if code in codes:
                value = codes_of(body.get("valueCodeableConcept"), catalogue.code_set(key).url)
                found[key] = next(iter(value), "")
    allergies = [b["code"] for b in facts if b.get("resourceType") == "AllergyIntolerance"]
    found["drug_allergy"] = JOINT.join(_with_text("drug-allergy", allergies))
    return found


def _with_text(set_name: str, concepts: Iterable[Body]) -> list[str]:
    """Codes in the order of the form, with the words that stand beside 其他."""
    terms = catalogue.code_set(set_name)
    texts: dict[str, str] = {}
    for concept in concepts:
        for code in codes_of(concept, terms.url):
            texts[code] = str(concept.get("text", "")) if code in terms.with_text else ""
    order = [code for code in terms.concepts if code in texts]
    return [f"{code}（{texts[code]}）" if texts[code] else code for code in order]


def _concepts(body: Body, url: str) -> list[Body]:
    found = (one.get("valueCodeableConcept") for one in extensions(body, url))
    return [concept for concept in found if concept]


def _codes(body: Body, name: str, system: str) -> list[str]:
    return [c for o in _concepts(body, structure_definition(name)) for c in codes_of(o, system)]
