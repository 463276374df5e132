"""What search parameters match, by type of parameter (R4 3.1.1.4)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kernel.canonical import CITIZEN_ID
from kernel.clock import SHANGHAI
from tests.cast import LOINC, RESIDENTS, UCUM, coded, draft, numbered, observation, patient, to
from tests.support.answers import ids, refusal
from tests.support.house import BASE, Client, OpenHouse

CHINESE = RESIDENTS["wang-xiaoming"]
LATIN = patient("x", "female", "1950-02", name=[{"family": "O'Neill", "given": ["Ann-Marie"]}])
LATIN["address"] = [{"line": ["Harbour Road 5"], "city": "Zürich", "postalCode": "264200"}]

NAMES: list[tuple[str, str, set[str]]] = [
    ("name", "王小明", {"wang-xiaoming"}),
    ("name", "王", {"wang-xiaoming"}),
    ("name", "小明", {"wang-xiaoming"}),
    ("name", "明", set()),
    ("name", "wangxiaoming", {"wang-xiaoming"}),
    ("name", "WangXiao", {"wang-xiaoming"}),
    ("name", "wxm", {"wang-xiaoming"}),
    ("name", "wx", {"wang-xiaoming"}),
    ("name", "xiaoming", {"wang-xiaoming"}),
    ("name", "wang xiaoming", {"wang-xiaoming"}),
    ("name", "Wáng Xiǎomíng", {"wang-xiaoming"}),
    ("name", "wang xiao m", {"wang-xiaoming"}),
    ("name", "xiao ming", {"wang-xiaoming"}),
    ("name", "wang x,li n", {"wang-xiaoming", "li-na"}),
    ("name", "wang xiaoli", set()),
    ("name", "ann-marie o'neill", {"latin"}),
    ("name", "annmarie oneill", {"latin"}),
    ("name", "-", set()),
    ("name:contains", "xiao ming", {"wang-xiaoming"}),
    ("name:exact", "wang xiaoming", set()),
    ("given", "xiao ming", {"wang-xiaoming"}),
    ("name", "李,张", {"li-na", "zhang-wei"}),
    ("name", "o'neill", {"latin"}),
    ("name", "ANN", {"latin"}),
    ("name:exact", "王小明", {"wang-xiaoming"}),
    ("name:exact", "王小", set()),
    ("name:exact", "wxm", set()),
    ("name:exact", "O'Neill", {"latin"}),
    ("name:exact", "o'neill", set()),
    ("name:contains", "小", {"wang-xiaoming"}),
    ("name:contains", "明", {"wang-xiaoming"}),
    ("name:contains", "neill", {"latin"}),
    ("name:missing", "false", {"wang-xiaoming", "li-na", "zhang-wei", "latin", "bare"}),
    ("family", "王", {"wang-xiaoming"}),
    ("family", "小明", set()),
    ("given", "小明", {"wang-xiaoming"}),
    ("given", "王", set()),
    ("given:missing", "true", {"bare"}),
    ("address", "harbour", {"latin"}),
    ("address", "滨海", {"wang-xiaoming", "li-na", "zhang-wei"}),
    ("address:contains", "观海路", {"wang-xiaoming", "li-na", "zhang-wei"}),
    ("address-city", "zurich", {"latin"}),
    ("address-city:exact", "Zürich", {"latin"}),
    ("address-city:exact", "Zurich", set()),
    ("address-postalcode", "2642", {"latin"}),
    ("address:missing", "true", {"bare"}),
]


@pytest.fixture(scope="module")
def searched(house: OpenHouse) -> Client:
    """gp1, with some more residents and measurements than the template has."""
    gp = house.client("gp1")
    bare = patient("乙", "unknown", "2020", name=[{"text": "乙"}])
    bare["identifier"] = [{"system": "http://a.example", "value": "77"}, {"value": "nosystem"}]
    bare["active"] = False
    house.save({**LATIN, "id": "latin"}, {**bare, "id": "bare"})
    house.save(*(dated(name, when) for name, when in WHEN.items()))
    house.save(*(sugar(name, value) for name, value in SUGAR.items()))
    house.save(group())
    air = observation("x", "air", 1, "1", "2026-06-06", subject=to("Group", "household"))
    house.save({**air, "id": "of-a-group"})
    return gp


@pytest.mark.parametrize(("name", "value", "found"), NAMES)
def test_texts(searched: Client, name: str, value: str, found: set[str]) -> None:
    assert set(ids(searched.search("Patient", (name, value), ("_count", "50")))) == found


NUMBER = CHINESE["identifier"][0]["value"]
TOKENS: list[tuple[str, str, set[str]]] = [
    ("identifier", NUMBER, {"wang-xiaoming"}),
    ("identifier", f"{CITIZEN_ID}|{NUMBER}", {"wang-xiaoming"}),
    ("identifier", f"{CITIZEN_ID}|", {"wang-xiaoming", "li-na", "zhang-wei"}),
    ("identifier", f"http://other.example|{NUMBER}", set()),
    ("identifier", f"|{NUMBER}", set()),
    ("identifier", "|nosystem", {"bare"}),
    ("identifier", f"{NUMBER},77", {"wang-xiaoming", "bare"}),
    ("identifier:not", NUMBER, {"li-na", "zhang-wei", "latin", "bare"}),
    ("identifier:missing", "true", {"latin"}),
    ("phone", "13900010001", {"wang-xiaoming"}),
    ("phone", "139 0001-0001", {"wang-xiaoming"}),
    ("phone", "+8613900010001", {"wang-xiaoming"}),
    ("telecom", "phone|13900010002", {"li-na"}),
    ("gender", "male", {"wang-xiaoming", "zhang-wei"}),
    ("gender", "http://hl7.org/fhir/administrative-gender|male", {"wang-xiaoming", "zhang-wei"}),
    ("gender", "http://other.example|male", set()),
    ("gender", "|male", set()),
    (
        "gender",
        "http://hl7.org/fhir/administrative-gender|",
        {*["wang-xiaoming", "li-na", "zhang-wei", "latin", "bare"]},
    ),
    ("gender", "male,unknown", {"wang-xiaoming", "zhang-wei", "bare"}),
    ("gender:not", "male", {"li-na", "latin", "bare"}),
    ("gender:not", "male,female", {"bare"}),
    ("active", "false", {"bare"}),
    ("active:not", "false", {"wang-xiaoming", "li-na", "zhang-wei", "latin"}),
    ("active:missing", "true", {"wang-xiaoming", "li-na", "zhang-wei", "latin"}),
    ("_id", "li-na", {"li-na"}),
    ("_id", "li-na,latin,nobody", {"li-na", "latin"}),
    ("_id", "zhao-lei", set()),
]


@pytest.mark.parametrize(("name", "value", "found"), TOKENS)
def test_tokens(searched: Client, name: str, value: str, found: set[str]) -> None:
    assert set(ids(searched.search("Patient", (name, value), ("_count", "50")))) == found


VITAL = "http://terminology.hl7.org/CodeSystem/observation-category"
CODINGS: list[tuple[str, str, int]] = [
    ("code", "8480-6", 3),
    ("code", f"{LOINC}|8480-6", 3),
    ("code", f"{LOINC}|", 6),
    ("code", "|8480-6", 0),
    ("code", "8480", 0),
    ("code", f"{LOINC}|8480-6,{LOINC}|8462-4", 6),
    ("code:not", "8480-6", 3),
    ("category", f"{VITAL}|vital-signs", 6),
    ("category:missing", "true", 0),
]


@pytest.mark.parametrize(("name", "value", "count"), CODINGS)
def test_codings(searched: Client, name: str, value: str, count: int) -> None:
    """Two blood pressures of each of the three residents of station-1."""
    query = [("patient", "wang-xiaoming,li-na,zhang-wei"), ("_count", "50"), (name, value)]
    assert len(ids(searched.search("Observation", *query))) == count


WHEN: dict[str, Any] = {
    "year": "2026",
    "month": "2026-03",
    "day": "2026-03-15",
    "half-past-midnight": "2026-03-15T00:30:00+08:00",
    "late-evening": "2026-03-14T23:30:00+08:00",
    "midnight-in-utc": "2026-03-14T16:00:00Z",
    "noon-with-fraction": "2026-03-15T10:20:30.500+08:00",
    "ten-days": {"start": "2026-03-10", "end": "2026-03-20"},
    "since-then": {"start": "2026-03-15"},
    "year-before": "2025",
    "undated": None,
}


def dated(name: str, when: Any) -> dict[str, Any]:
    body = observation("latin", "dated", 1, "1", "", id=name)
    del body["effectiveDateTime"]
    if when is not None:
        body["effectivePeriod" if isinstance(when, dict) else "effectiveDateTime"] = when
    return body


Interval = tuple[datetime, datetime]


def interval(text: str) -> Interval:
    """What a FHIR date covers, end exclusive; local days are days in Shanghai."""
    if "T" not in text:
        year, month, day = (int(part) for part in [*text.split("-"), "1", "1"][:3])
        start = datetime(year, month, day, tzinfo=SHANGHAI)
        if text.count("-") == 2:
            return start, start + timedelta(days=1)
        if text.count("-") == 1:
            return start, start.replace(year + month // 12, month % 12 + 1)
        return start, start.replace(year + 1)
    start = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if start.tzinfo is None:
        start = start.replace(tzinfo=SHANGHAI)
    if "." in text:
        return start, start + timedelta(milliseconds=1)
    return start, start + timedelta(seconds=1 if text.count(":") - text.count("+") >= 2 else 60)


FOREVER = datetime(9999, 1, 1, tzinfo=SHANGHAI)


def target(when: Any) -> Interval:
    if isinstance(when, str):
        return interval(when)
    return interval(when["start"])[0], interval(when["end"])[1] if "end" in when else FOREVER


def meets(prefix: str, asked: Interval, has: Interval) -> bool:
    """R4 3.1.1.4.4, in its words."""
    within = asked[0] <= has[0] and has[1] <= asked[1]
    above, below = has[1] > asked[1], has[0] < asked[0]
    answers = {
        "": within,
        "eq": within,
        "ne": not within,
        "gt": above,
        "lt": below,
        "ge": above or within,
        "le": below or within,
        "sa": has[0] >= asked[1],
        "eb": has[1] <= asked[0],
    }
    return answers[prefix]


ASKED = [
    "2026",
    "2026-03",
    "2026-03-15",
    "2026-03-14",
    "2026-03-15T00:30",
    "2026-03-15T00:30:00+08:00",
    "2026-03-14T16:30:00Z",
    "2026-03-15T10:20:30.500+08:00",
    "2026-03-15T10:20",
    "2027-01-01",
    "1900",
]


@pytest.mark.parametrize("prefix", ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"])
@pytest.mark.parametrize("asked", ASKED)
def test_dates(searched: Client, prefix: str, asked: str) -> None:
    query = [("patient", "latin"), ("code", "dated"), ("date", prefix + asked), ("_count", "50")]
    expected = {
        name
        for name, when in WHEN.items()
        if when is not None and meets(prefix, interval(asked), target(when))
    }
    assert set(ids(searched.search("Observation", *query))) == expected


BORDERS: list[tuple[str, set[str]]] = [
    ("2026-03-15", {"day", "half-past-midnight", "midnight-in-utc", "noon-with-fraction"}),
    ("2026-03-14", {"late-evening"}),
]


@pytest.mark.parametrize(("day", "found"), BORDERS)
def test_half_past_midnight_belongs_to_the_day_in_beijing(
    searched: Client, day: str, found: set[str]
) -> None:
    query = [("patient", "latin"), ("code", "dated"), ("date", day)]
    assert set(ids(searched.search("Observation", *query))) == found


def test_several_dates_narrow_and_a_missing_one_is_found(searched: Client) -> None:
    base = [("patient", "latin"), ("code", "dated"), ("_count", "50")]
    march = searched.search("Observation", *base, ("date", "ge2026-03"), ("date", "lt2026-03-15"))
    assert set(ids(march)) == {"late-evening", "month", "ten-days", "year"}
    undated = searched.search("Observation", *base, ("date:missing", "true"))
    assert ids(undated) == ["undated"]
    either = searched.search("Observation", *base, ("date", "2025,2026-03-14"))
    assert set(ids(either)) == {"year-before", "late-evening"}
    near = ids(searched.search("Observation", *base, ("date", "ap2026-03-15")))
    assert "day" in near
    assert "undated" not in near


BIRTHDAYS: list[tuple[str, set[str]]] = [
    ("1985-03-12", {"wang-xiaoming"}),
    ("1985-03", {"wang-xiaoming"}),
    ("1985", {"wang-xiaoming"}),
    ("1950-02", {"latin"}),
    ("1950", {"latin"}),
    ("1950-02-01", set()),
    ("gt1985-03-11", {"wang-xiaoming", "bare"}),
    ("gt1985-03-12", {"bare"}),
    ("ge1985-03-12", {"wang-xiaoming", "bare"}),
    ("lt1950-02-01", {"zhang-wei"}),
    ("le1950-02", {"zhang-wei", "latin"}),
    ("ne1985", {"li-na", "zhang-wei", "latin", "bare"}),
    ("sa2019", {"bare"}),
    ("eb1950", {"zhang-wei"}),
]


@pytest.mark.parametrize(("asked", "found"), BIRTHDAYS)
def test_birthdays_are_days_and_not_instants(searched: Client, asked: str, found: set[str]) -> None:
    assert set(ids(searched.search("Patient", ("birthdate", asked)))) == found


@pytest.mark.parametrize("value", ["2026-13", "20260315", "today", "xx2026", "2026-02-30", "gt"])
@pytest.mark.parametrize("name", ["date", "_lastUpdated"])
def test_what_is_no_date_is_refused(searched: Client, name: str, value: str) -> None:
    refusal(searched.search("Observation", (name, value)), 400)


SUGAR = {"5.40": "5.40", "5.4": "5.4", "5.44": "5.44", "5.45": "5.45", "5": "5", "10.8": "10.8"}
SUGAR |= {"below-zero": "-1.5", "milligrams": "97"}


def sugar(name: str, value: str) -> dict[str, Any]:
    unit = "mg/dL" if name == "milligrams" else "mmol/L"
    id_ = f"sugar-{name}".replace(".", "-")
    return observation("latin", "sugar", Decimal(value), unit, "2026-05-05", id=id_)


MMOL = f"|{UCUM}|mmol/L"
QUANTITIES: list[tuple[str, set[str]]] = [
    (f"5.4{MMOL}", {"5.40", "5.4", "5.44"}),
    (f"5.40{MMOL}", {"5.40", "5.4"}),
    (f"5{MMOL}", {"5.40", "5.4", "5.44", "5.45", "5"}),
    ("5.4||mmol/L", {"5.40", "5.4", "5.44"}),
    ("5.4", {"5.40", "5.4", "5.44"}),
    (f"5.4|{UCUM}|mg/dL", set()),
    ("5.4|http://other.example|mmol/L", set()),
    (f"gt5.4{MMOL}", {"5.44", "5.45", "10.8"}),
    (f"ge5.45{MMOL}", {"5.45", "10.8"}),
    (f"lt5.4{MMOL}", {"5", "below-zero"}),
    (f"le5.4{MMOL}", {"5.40", "5.4", "5", "below-zero"}),
    (f"ne5.4{MMOL}", {"5.45", "5", "10.8", "below-zero"}),
    (f"sa5.4{MMOL}", {"5.44", "5.45", "10.8"}),
    (f"eb5.4{MMOL}", {"5", "below-zero"}),
    (f"ap10{MMOL}", {"10.8"}),
    (f"-1.5{MMOL}", {"below-zero"}),
    ("gt50", {"milligrams"}),
    (f"97|{UCUM}|mg/dL,10.8{MMOL}", {"milligrams", "10.8"}),
    ("1.08e1", {"10.8"}),
]


@pytest.mark.parametrize(("asked", "found"), QUANTITIES)
def test_quantities(searched: Client, asked: str, found: set[str]) -> None:
    query = [("patient", "latin"), ("code", "sugar"), ("value-quantity", asked), ("_count", "50")]
    expected = {f"sugar-{name}".replace(".", "-") for name in found}
    assert set(ids(searched.search("Observation", *query))) == expected


@pytest.mark.parametrize("value", ["much", "|", "5,much", "1e999", "nan", "5..4"])
def test_what_is_no_number_is_refused(searched: Client, value: str) -> None:
    refusal(searched.search("Observation", ("value-quantity", value)), 400)


def group() -> dict[str, Any]:
    return {
        "resourceType": "Group",
        "id": "household",
        "type": "person",
        "actual": True,
        "code": coded("http://a.example", "household"),
        "member": [{"entity": to("Patient", "li-na")}, {"entity": to("Patient", "latin")}],
        "managingEntity": to("Organization", "station-1"),
    }


VISIT = {"li-na-8480-6", "li-na-8462-4"}
REFERENCES: list[tuple[str, str, str, set[str]]] = [
    ("Observation", "patient", "li-na", VISIT),
    ("Observation", "patient", "Patient/li-na", VISIT),
    ("Observation", "patient", f"{BASE}/Patient/li-na", VISIT),
    ("Observation", "subject", "Patient/li-na", VISIT),
    ("Observation", "subject", "li-na", VISIT),
    ("Observation", "subject:Patient", "li-na", VISIT),
    ("Observation", "subject:Group", "li-na", set()),
    ("Observation", "subject", "Group/household", {"of-a-group"}),
    ("Observation", "subject:Group", "household", {"of-a-group"}),
    ("Observation", "subject", "household", {"of-a-group"}),
    ("Observation", "subject:Patient", "household", set()),
    ("Observation", "subject", "Group/li-na", set()),
    ("Observation", "patient", "Patient/zhao-lei", set()),
    ("Observation", "encounter", "li-na-visit", VISIT),
    ("Observation", "encounter", "Encounter/li-na-visit", VISIT),
    ("Observation", "encounter", f"{BASE}/Encounter/li-na-visit/_history/1", VISIT),
    ("Observation", "encounter", "Encounter/li-na-visit,Encounter/none", VISIT),
    ("Group", "member", "Patient/latin", {"household"}),
    ("Group", "member:Patient", "latin", {"household"}),
    ("Group", "member:Practitioner", "latin", set()),
    ("Group", "managing-entity", "Organization/station-1", {"household"}),
    ("Organization", "partof", "Organization/centre-1", {f"station-{n}" for n in (1, 2, 3)}),
    ("Patient", "organization", "station-2", set()),
]


@pytest.mark.parametrize(("type_", "name", "value", "found"), REFERENCES)
def test_references(searched: Client, type_: str, name: str, value: str, found: set[str]) -> None:
    assert set(ids(searched.search(type_, (name, value), ("_count", "50")))) == found


CHAINS: list[tuple[str, str, str, set[str]]] = [
    ("Observation", "patient.name", "李", VISIT),
    ("Observation", "patient.name", "ln", VISIT),
    ("Observation", "subject:Patient.family", "李", VISIT),
    ("Observation", "patient.birthdate", "1962-11-30", VISIT),
    ("Observation", "patient.identifier", RESIDENTS["li-na"]["identifier"][0]["value"], VISIT),
    (
        "Observation",
        "encounter.date",
        "2026-11-20",
        {f"{r}-{c}" for r in ("wang-xiaoming", "li-na", "zhang-wei") for c in ("8480-6", "8462-4")},
    ),
    ("Observation", "encounter.patient", "Patient/li-na", VISIT),
    ("Observation", "patient._id", "li-na", VISIT),
    ("Observation", "patient.organization", "Organization/station-2", set()),
    ("Group", "member:Patient.name", "李", {"household"}),
    ("Observation", "subject:Group.code", "household", {"of-a-group"}),
    ("Organization", "partof.name", "x", set()),
    ("PractitionerRole", "practitioner.name", "于海宁", {"role-station-1-gp"}),
    ("PractitionerRole", "organization.partof", "Organization/none", set()),
]


@pytest.mark.parametrize(("type_", "name", "value", "found"), CHAINS)
def test_chains(searched: Client, type_: str, name: str, value: str, found: set[str]) -> None:
    query = [(name, value), ("_count", "50")]
    if name == "encounter.date":
        query.append(("patient", "wang-xiaoming,li-na,zhang-wei"))
    assert set(ids(searched.search(type_, *query))) == found


def test_missing_references(searched: Client) -> None:
    seen = ids(searched.search("Observation", ("encounter:missing", "false"), ("_count", "50")))
    assert set(seen) >= VISIT
    assert all("8480" in id_ or "8462" in id_ for id_ in seen)
    unseen = ids(searched.search("Observation", ("encounter:missing", "true"), ("_count", "50")))
    assert {"day", "undated"} <= set(unseen)
    assert not set(seen) & set(unseen)


def test_uris_are_compared_whole(house: OpenHouse, searched: Client) -> None:
    form = {"resourceType": "Questionnaire", "status": "active", "url": "http://a.example/form|x"}
    house.save({**form, "id": "form"}, as_="platform")
    assert ids(searched.search("Questionnaire", ("url", "http://a.example/form|x"))) == ["form"]
    for other in ("http://a.example/form", "http://A.example/form|x", "http://a.example/form|x/"):
        assert ids(searched.search("Questionnaire", ("url", other))) == []


def test_last_updated(house: OpenHouse, searched: Client) -> None:
    house.clock.advance(days=1)
    house.save(
        {
            **numbered(
                draft(patient("新来", "male", "2000-01-01")), "37990020000101004", "13900010009"
            ),
            "id": "newcomer",
        }
    )
    assert ids(searched.search("Patient", ("_lastUpdated", "gt2026-11-23"))) == ["newcomer"]
    assert ids(searched.search("Patient", ("_lastUpdated", "2026-11-24"))) == ["newcomer"]
    assert "newcomer" not in ids(searched.search("Patient", ("_lastUpdated", "le2026-11-23")))
    assert searched.delete("Patient/newcomer").status_code == 204


WRONG = (
    "name:like gender:exact birthdate:exact subject:Nothing code:in code:text _id:contains "
    "name: name. name:exact:exact gender: _id: subject:.name subject:Patient.name:"
)


@pytest.mark.parametrize("modifiers", WRONG.split())
def test_unknown_modifiers_are_refused(searched: Client, modifiers: str) -> None:
    type_ = "Observation" if modifiers.startswith(("code", "subject")) else "Patient"
    for prefer in ("handling=lenient", "handling=strict"):
        answer = searched.search(type_, (modifiers, "x"), headers={"Prefer": prefer})
        assert refusal(answer, 400)[0]["code"] in ("not-supported", "invalid")


REFUSED = [
    ("Patient", "name:missing", "perhaps"),
    ("Patient", "name.family", "x"),
    ("Observation", "patient.organization.name", "x"),
    ("Observation", "subject:Nothing.name", "x"),
    ("Observation", "patient.nothing", "x"),
    ("Observation", "patient.name:nothing", "x"),
]


@pytest.mark.parametrize(("type_", "name", "value"), REFUSED)
def test_searches_that_cannot_be_done(searched: Client, type_: str, name: str, value: str) -> None:
    refusal(searched.search(type_, (name, value)), 400)


@pytest.mark.parametrize("name", ["nonsense", "nickname", "_nothing", "_text", "_has:X:y:z"])
def test_unknown_parameters_are_ignored_or_refused(searched: Client, name: str) -> None:
    everybody = set(ids(searched.search("Patient", ("_count", "50"))))
    lenient = searched.search("Patient", (name, "x"), ("_count", "50"))
    assert set(ids(lenient)) == everybody
    assert name not in lenient.json()["link"][0]["url"]
    strict = searched.search("Patient", (name, "x"), headers={"Prefer": "handling=strict"})
    assert name in refusal(strict, 400)[0]["diagnostics"]
