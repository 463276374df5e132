"""Between the answers of the personal information form and a person's resources: pure, both ways.

The Patient's own elements are written as an import writes them (`records.information.persons`),
the facts about health and living as `records.information.facts` says. What a Patient has beyond
the form (other addresses, links, the state of the record) stays when the form changes it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final

from kernel.canonical import HEALTH_RECORD_NUMBER, structure_definition
from kernel.declare.form import Value, Values, beside
from kernel.values.identity_number import DocumentKind
from records.extensions import GRID_ADDRESS, extensions, grid_of, home_address
from records.information import facts, persons
from records.information.facts import About
from records.information.form import FORM
from records.reading import Body, codes_of, identity_number_of
from records.terminology import catalogue

Element = dict[str, Any]
_RENAMED: Final = {"number": "document_number"}
"""Keys that a list of residents calls otherwise."""
_PLAIN: Final = (
    "name", "sex", "document_kind", "phone", "contact_name", "contact_phone", "committee",
    "building", "unit", "room", "address", "registered_address", "residency", "employer",
    "ethnicity", "education", "occupation",
)  # fmt: skip
_BLOOD: Final = ("abo", "rh")
_PAYMENT: Final = structure_definition("payment")
_OURS: Final = frozenset(
    structure_definition(name)
    for name in (
        "residency-type", "ethnicity", "education", "occupation", "national-sex", "payment",
        "employer", "registered-address",
    )
)  # fmt: skip
"""Extensions of Patient that the form writes."""


def person_of(values: Values) -> Element:
    """The Patient that the answers make, without record number, state and doctor.

    `sex` is a code of GB/T 2261.1 and `birth_date` a date; both have been completed from the
    identity number where they were left out.
    """
    row = {key: str(values[key]) for key in _PLAIN if key in values}
    if "number" in values:
        row["document_number"] = str(values["number"])
    if isinstance(born := values.get("birth_date"), date):
        row["birth_date"] = born.isoformat()
    if "marital" in values:
        target = catalogue.translate("marital-form-gb-marital", str(values["marital"]))
        row["marital"] = str(target[0]["code"])
    body = persons.person_of(row)
    paid = [persons.payment_of(code, text) for code, text in _told(values, "payment")]
    if paid:
        body["extension"] = [*body.get("extension", ()), *paid]
    if "grid" in values:
        _add_grid(body, str(values["grid"]))
    return body


def _told(values: Values, key: str) -> list[tuple[str, str]]:
    """The chosen codes and the words beside each."""
    chosen = values.get(key, ())
    codes = chosen if isinstance(chosen, tuple) else (chosen,)
    return [(str(code), str(values.get(beside(key, str(code)), ""))) for code in codes]


def _add_grid(body: Element, grid: str) -> None:
    part = {"url": "grid", "valueString": grid}
    home = body.setdefault("address", [{"use": "home", "type": "physical"}])[0]
    told = home.setdefault("extension", [])
    kept = next((one for one in told if one["url"] == GRID_ADDRESS), None)
    if kept is None:
        told.append({"url": GRID_ADDRESS, "extension": [part]})
    else:
        kept["extension"].insert(0, part)


def facts_of(values: Values, about: About) -> Iterator[Element]:
    """Everything that the answers say beside the Patient, each without id."""
    blood = {key: str(values[key]) for key in _BLOOD if key in values}
    yield from persons.blood_groups_of(blood, about.patient_id, about.on)
    allergies = _told(values, "drug_allergy")
    yield from persons.allergies_of(allergies, about.patient_id, about.on)
    yield from facts.facts_of(values, about)


def values_of(person: Body, bodies: Sequence[Body]) -> dict[str, Value]:
    """The answers that a Patient and its facts give: the inverse of `person_of` and `facts_of`."""
    row = persons.values_of(person, [b for b in bodies if facts.slot_of(b)])
    found: dict[str, Value] = {key: row[key] for key in (*_PLAIN, *_BLOOD) if key in row}
    if "document_number" in row:
        found["number"] = row["document_number"]
    if "birth_date" in row and len(row["birth_date"]) == len("2026-11-23"):
        found["birth_date"] = date.fromisoformat(row["birth_date"])
    if marital := _marital_form(row.get("marital", "")):
        found["marital"] = marital
    if grid := grid_of(home_address(person)).get("grid"):
        found["grid"] = grid
    paid = [one["valueCodeableConcept"] for one in extensions(person, _PAYMENT)]
    found.update(_chosen("payment", "payment", paid))
    allergies = [b["code"] for b in bodies if facts.slot_of(b).startswith("allergy:")]
    found.update(_chosen("drug_allergy", "drug-allergy", allergies))
    found.update(facts.values_of(bodies))
    known = {field.key for field in FORM.fields}
    return {key: value for key, value in found.items() if key.partition(".")[0] in known}


def _marital_form(code: str) -> str:
    """The form's code of a code of GB/T 2261.2; 初婚, 再婚 and 复婚 are 已婚."""
    wider = f"{code[:1]}0" if code else ""
    for one in catalogue.code_set("marital-form").concepts:
        target = catalogue.translate("marital-form-gb-marital", one)
        if target and target[0]["code"] == wider:
            return one
    return ""


def _chosen(key: str, terms_name: str, concepts: Iterable[Body]) -> dict[str, Value]:
    """Codes in the order of the form and the words beside them."""
    terms, texts = catalogue.code_set(terms_name), dict[str, str]()
    for concept in concepts:
        for code in codes_of(concept, terms.url):
            texts[code] = str(concept.get("text", "")) if code in terms.with_text else ""
    codes = tuple(code for code in terms.concepts if code in texts)
    words = {beside(key, code): texts[code] for code in codes if texts[code]}
    return {key: codes, **words} if codes else {}


def revised(before: Body, fresh: Body) -> Element:
    """The Patient `before` with what the form now says in `fresh`; everything else stays."""
    body = dict(before)
    others = [e for e in before.get("extension", ()) if e.get("url") not in _OURS]
    body["extension"] = [*others, *fresh.get("extension", ())]
    body["identifier"] = _identifiers(before, fresh)
    body["name"] = [fresh["name"][0], *before.get("name", ())[1:]]
    body["gender"] = fresh["gender"]
    for element in ("birthDate", "maritalStatus"):
        body.pop(element, None)
        if element in fresh:
            body[element] = fresh[element]
    body["telecom"] = _first_phone(before, fresh)
    body["address"] = _addresses(before, fresh)
    body["contact"] = [*fresh.get("contact", ()), *before.get("contact", ())[1:]]
    return {name: value for name, value in body.items() if value != []}


def _identifiers(before: Body, fresh: Body) -> list[Element]:
    """Record numbers and further documents stay, the document that the form shows is replaced."""
    shown = identity_number_of(before)
    kept = [
        one
        for one in before.get("identifier", ())
        if one.get("system") == HEALTH_RECORD_NUMBER or one.get("value") != shown
    ]
    return [*kept, *fresh.get("identifier", ())]


def _first_phone(before: Body, fresh: Body) -> list[Element]:
    telecoms = list(before.get("telecom", ()))
    place = next((n for n, one in enumerate(telecoms) if one.get("system") == "phone"), None)
    told = list(fresh.get("telecom", ()))
    if place is None:
        return [*told, *telecoms]
    kept = telecoms[place]
    if told and told[0]["value"] == kept.get("value"):
        told = [kept]
    return [*telecoms[:place], *told, *telecoms[place + 1 :]]


def _addresses(before: Body, fresh: Body) -> list[Element]:
    """The home address with its lines and districts, where its text is still the same.

    Of its extensions only the parts of the grid are the form's, and all that we know of.
    """
    told = list(fresh.get("address", ()))
    homes = [one for one in before.get("address", ()) if one.get("use") == "home"]
    others = [one for one in before.get("address", ()) if one.get("use") != "home"]
    if told and homes and homes[0].get("text") == told[0].get("text"):
        kept = {k: v for k, v in homes[0].items() if k != "extension"}
        told = [{**kept, **told[0]}]
    return [*told, *homes[1:], *others]


DEFAULT_KIND: Final = str(DocumentKind.CITIZEN_ID)
