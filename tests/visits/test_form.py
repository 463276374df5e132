"""The visit's form: every field survives, hard limits refuse, soft ones ask."""

from decimal import Decimal
from random import Random

import pytest

from kernel.fhir import json
from kernel.fhir.validate import check
from records.reading import Body
from records.visits import bodies, form, note
from records.visits.bodies import Author, Resource, to
from records.visits.contents import VisitFile, note_of
from records.visits.form import form_of, missing_for_signature, read_form
from records.visits.note import (
    DOSE_UNITS,
    FREQUENCIES,
    ROUTES,
    TEXTS,
    VITALS,
    Diagnosis,
    Prescription,
    VisitNote,
    arms_differ,
    by_code,
    mass_index,
)
from tests.support.house import registry

ENCOUNTER: Resource = {
    "resourceType": "Encounter",
    "id": "visit-1",
    "status": "in-progress",
    "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
    "subject": to("Patient", "li-na"),
}
AUTHOR = Author(
    {**to("Practitioner", "p1"), "display": "于海宁"},
    to("Organization", "station-1"),
    "2026-11-23T09:05:00+08:00",
    1_795_395_900_000_000,
)
ODD = (
    "头晕3天",
    "a <b> & \"c\" 'd'",
    "第一行\n第二行\n\n  第四行",
    "&amp; &#x41; <br/>",
    "🙂 μ ㎜Hg",
)


def some_note(random: Random) -> VisitNote:
    """Any valid note: each field there or not, values anywhere within the hard limits."""
    vitals: dict[str, Decimal] = {}
    for vital in VITALS:
        if not vital.arm and vital.key not in ("weight", "height") and random.random() < 0.6:
            low, high = (int(Decimal(end) * 10**vital.decimals) for end in vital.hard)
            digits = random.randint(0, vital.decimals)
            value = Decimal(random.randint(low, high)).scaleb(-vital.decimals)
            value = value.quantize(Decimal(1).scaleb(-digits))
            if not Decimal(vital.hard[0]) <= value <= Decimal(vital.hard[1]):
                continue
            vitals[vital.key] = value
    for arm in ("left", "right"):
        if random.random() < 0.6:
            high = random.randint(60, 300)
            vitals[f"{arm}_systolic"] = Decimal(high)
            vitals[f"{arm}_diastolic"] = Decimal(random.randint(20, min(high - 1, 200)))
    if random.random() < 0.6:
        vitals |= {"weight": Decimal("70.0"), "height": Decimal(random.choice(["170", "165.5"]))}
    names = random.sample(
        ["原发性高血压", "高脂血症", "头痛待查", "2型糖尿病"], random.randint(0, 4)
    )
    codes = {"原发性高血压": "I10.x00", "高脂血症": "E78.500", "2型糖尿病": "E11.900"}
    drugs = random.sample(
        ["缬沙坦胶囊", "阿司匹林肠溶片", "自制药水", "胰岛素"], random.randint(0, 4)
    )
    return VisitNote(
        **{name: random.choice(ODD) if random.random() < 0.7 else "" for name in TEXTS},
        vitals={vital.key: vitals[vital.key] for vital in VITALS if vital.key in vitals},
        diagnoses=tuple(Diagnosis(name, codes.get(name, "")) for name in names),
        prescriptions=tuple(
            Prescription(
                drug,
                random.choice(["", "C09CA03"]),
                dose=Decimal(random.choice(["5", "0.50", "12.5", "100", "0.0"]) or "1")
                or Decimal("2.50"),
                unit=random.choice(list(DOSE_UNITS)),
                frequency=random.choice(list(FREQUENCIES)),
                route=random.choice(list(ROUTES)),
                days=random.randint(1, 366),
            )
            for drug in drugs
        ),
    )


def saved(bodies_: list[Resource]) -> list[Body]:
    """Resources as they come back from the database: validated, written and read."""
    kept = []
    for body in bodies_:
        assert check(body, types=registry().specs).type == body["resourceType"]
        kept.append(json.loads(json.dumps(body)))
    return kept


def kept_as(note_: VisitNote, file: VisitFile, *, final: bool = False) -> VisitFile:
    """What a save of a note makes of a visit."""
    pages = bodies.written_down(file, note_, AUTHOR, [], final=final)
    composition = bodies.composition(file, note_, AUTHOR, pages)
    stored = {
        (one["resourceType"], one["id"]): one
        for one in [*file.observations, *file.conditions, *file.requests]
    }
    for one in saved([*pages.changed, composition]):
        stored[one["resourceType"], one["id"]] = one
    reasons = {"reasonCode": [{"text": note_.complaint}]} if note_.complaint else {}
    named = [
        {"condition": to("Condition", id_), "rank": rank}
        for rank, id_ in enumerate(pages.conditions, start=1)
    ]
    encounter = {**ENCOUNTER, **reasons, **({"diagnosis": named} if named else {})}

    def of(type_: str) -> tuple[Body, ...]:
        return tuple(body for (kind, _id), body in stored.items() if kind == type_)

    return VisitFile(
        saved([encounter])[0],
        note=of("Composition")[0],
        observations=of("Observation"),
        conditions=of("Condition"),
        requests=of("MedicationRequest"),
    )


@pytest.mark.parametrize("seed", range(60))
def test_every_field_survives_form_resources_form(seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- cases, no secret
    first, second = some_note(random), some_note(random)
    typed = form_of(first)
    reading = read_form(lambda name: typed.get(name, ""))
    assert reading.errors == {}
    assert form_of(reading.note) == typed
    file = kept_as(reading.note, VisitFile(ENCOUNTER))
    assert form_of(note_of(file)) == typed
    again = kept_as(note_of(file), file)
    assert again == file, "keeping the same once more writes nothing new"
    changed = kept_as(second, file)  # everything is written over
    assert form_of(note_of(changed)) == form_of(second)


HARD = [
    ("temperature", "29.9", "体温应在 30–45 ℃ 之间"), ("temperature", "30", ""),
    ("temperature", "45", ""), ("temperature", "45.1", "体温应在"),
    ("temperature", "36.55", "体温最多写 1 位小数"), ("temperature", "三十七", "体温应在"),
    ("pulse", "19", "脉率应在 20–250 次/分 之间"), ("pulse", "250", ""), ("pulse", "251", "脉率"),
    ("pulse", "76.5", "脉率应为整数"), ("respiration", "3", "呼吸频率应在 4–80 次/分 之间"),
    ("respiration", "80", ""), ("height", "39.9", "身高应在 40–250 cm 之间"), ("height", "250", ""),
    ("weight", "0.9", "体重应在 1–300 kg 之间"), ("weight", "300.1", "体重应在"),
    ("waist", "29", "腰围应在 30–200 cm 之间"), ("waist", "200", ""),
    ("fasting", "0.4", "空腹血糖（指尖）应在 0.5–50 mmol/L 之间"), ("fasting", "6.30", ""),
    ("random", "50.1", "随机血糖（指尖）应在"), ("oxygen", "101", "血氧饱和度应在 50–100 % 之间"),
    ("pulse", "-5", "脉率应在"), ("pulse", "1e2", "脉率应在"), ("pulse", "７６", ""),
]  # fmt: skip


@pytest.mark.parametrize(("key", "typed", "sentence"), HARD)
def test_hard_limits_refuse(key: str, typed: str, sentence: str) -> None:
    """health-record.md §6.1 and §6.5; the ends themselves are allowed."""
    reading = read_form(lambda name: typed if name == key else "")
    told = reading.errors
    if sentence:
        assert told[key].startswith(sentence)
    else:
        assert told == {}


PRESSURES = [
    ("49", "30", "left_systolic"), ("301", "90", "left_systolic"), ("120", "19", "left_diastolic"),
    ("300", "201", "left_diastolic"), ("120", "120", "left_diastolic"),
    ("120", "", "left_diastolic"), ("", "80", "left_systolic"), ("50", "20", ""),
    ("300", "200", ""),
]  # fmt: skip


@pytest.mark.parametrize(("high", "low", "wrong"), PRESSURES)
def test_pressures_come_in_pairs_and_the_diastolic_is_lower(
    high: str, low: str, wrong: str
) -> None:
    typed = {"left_systolic": high, "left_diastolic": low}
    assert set(read_form(lambda name: typed.get(name, "")).errors) == ({wrong} if wrong else set())


SOFT = [
    ("temperature", "35.4", 40, True), ("temperature", "35.5", 40, False),
    ("temperature", "38", 40, False), ("temperature", "38.1", 40, True),
    ("pulse", "49", 40, True), ("pulse", "50", 40, False), ("pulse", "111", 40, True),
    ("respiration", "9", 40, True), ("respiration", "26", 40, False), ("waist", "131", 40, True),
    ("height", "129", 40, True), ("height", "129", 17, False), ("height", "129", None, True),
    ("weight", "34", 18, True), ("weight", "34", 17, False), ("oxygen", "93", 40, True),
]  # fmt: skip


@pytest.mark.parametrize(("key", "typed", "age", "asks"), SOFT)
def test_soft_limits_ask(key: str, typed: str, age: int | None, asks: bool) -> None:
    """health-record.md §6.1: height and weight of adults only."""
    reading = read_form(lambda name: typed if name == key else "", age=age)
    assert reading.errors == {}
    assert (key in reading.doubts) is asks


def test_pressures_ask_too() -> None:
    for high, low, asked in (("181", "90", {"left_systolic"}), ("180", "110", set()),
                             ("79", "49", {"left_systolic", "left_diastolic"})):  # fmt: skip
        typed = {"left_systolic": high, "left_diastolic": low}
        assert set(read_form(lambda name, typed=typed: typed.get(name, "")).doubts) == asked  # type: ignore[misc]  # a default binds the loop's value


def test_a_prescription_is_whole_or_refused() -> None:
    typed = {"drug_1": "缬沙坦胶囊", "dose_1": "0", "days_1": "400", "unit_1": "斤", "dose_2": "5"}
    errors = read_form(lambda name: typed.get(name, "")).errors
    assert set(errors) == {"dose_1", "days_1", "unit_1", "frequency_1", "route_1", "drug_2"}
    usual = {**typed, "dose_1": "80", "unit_1": "mg", "frequency_1": "qd", "route_1": "po",
             "dose_2": ""}  # fmt: skip
    for days, asks in (("84", False), ("85", True), ("366", True)):
        reading = read_form(lambda name, form={**usual, "days_1": days}: form.get(name, ""))  # type: ignore[misc]  # a default binds the loop's value
        assert reading.errors == {}
        assert ("days_1" in reading.doubts) is asks


def test_a_diagnosis_without_a_code_is_asked_about_and_twice_the_same_refused() -> None:
    typed = {"diagnosis_1": "头痛待查", "diagnosis_2": "高脂血症", "diagnosis_code_2": "E78.500",
             "diagnosis_3": "高脂血症", "diagnosis_code_3": "E78.500"}  # fmt: skip
    reading = read_form(lambda name: typed.get(name, ""))
    assert set(reading.doubts) == {"diagnosis_1"}
    assert set(reading.errors) == {"diagnosis_3"}


def test_texts_have_an_end_and_hold_nothing_that_xml_cannot() -> None:
    typed = {"complaint": "头" * 201, "history": "一\r\n二\x00\x07三\ufffe"}
    reading = read_form(lambda name: typed.get(name, ""))
    assert reading.errors["complaint"] == "主诉最多 200 个字"
    assert reading.note.history == "一\n二三"


def test_a_signature_wants_a_complaint_and_a_diagnosis() -> None:
    assert set(missing_for_signature(VisitNote())) == {"complaint", "diagnosis_1"}
    assert missing_for_signature(VisitNote(complaint="头晕", assessment="体检未见异常")) == {}


def test_what_other_modules_are_told() -> None:
    vitals = {
        "left_systolic": Decimal(138), "left_diastolic": Decimal(88),
        "right_systolic": Decimal(160), "right_diastolic": Decimal(86), "pulse": Decimal(76),
        "weight": Decimal("70.0"), "height": Decimal("170"), "fasting": Decimal("6.30"),
    }  # fmt: skip
    told = by_code(vitals)
    assert told == {
        "8480-6": 160, "8462-4": 86, "8867-4": 76, "29463-7": 70, "8302-2": 170,
        "14770-2": Decimal("6.3"), "39156-5": Decimal("24.22"),
    }  # fmt: skip
    assert f"{told['14770-2']}" == "6.30"
    assert arms_differ(vitals)
    assert not arms_differ({**vitals, "right_systolic": Decimal(157)})
    assert mass_index({"weight": Decimal(70)}) is None


def test_a_diagnosis_that_is_a_problem_already_is_not_made_twice() -> None:
    problem: Resource = {
        "resourceType": "Condition",
        "id": "problem-1",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": bodies.diagnosis_concept(Diagnosis("原发性高血压", "I10.x00")),
        "subject": to("Patient", "li-na"),
    }
    written = VisitNote(diagnoses=(Diagnosis("原发性高血压", "I10.x00"), Diagnosis("高脂血症")))
    pages = bodies.written_down(VisitFile(ENCOUNTER), written, AUTHOR, [problem], final=False)
    assert pages.conditions[0] == "problem-1"
    assert [one["code"]["text"] for one in pages.changed] == ["高脂血症"]


def test_the_form_names_all_its_fields() -> None:
    full = form_of(some_note(Random(3)))  # noqa: S311 -- cases, no secret
    assert set(full) <= form.FIELDS
    assert {vital.key for vital in note.VITALS} <= form.FIELDS
