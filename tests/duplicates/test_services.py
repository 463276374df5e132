"""Merging two files of one person, and taking it back: nothing is lost, nothing is guessed."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from kernel.canonical import HEALTH_RECORD_NUMBER
from kernel.db.tables import fhir_resource
from kernel.fhir.store import Draft, save, save_all
from kernel.fhir.store.references import local_target
from records.duplicates.matching import Candidate
from records.duplicates.pairs import find_pair
from records.duplicates.search import find_suspects
from records.duplicates.services import (
    mark_distinct,
    merge,
    propose_merge,
    withdraw_proposal,
)
from records.households.codes import HEAD
from records.life.intervals import list_intervals
from records.life.moves import Asked, get_move, reject_move, request_move
from records.life.states import DEAD, MERGED, TRANSFERRING, VOID, state_of, with_state
from tests.cast import citizen_number, observation, patient, to
from tests.duplicates.merging import act, merged, refusal, told, undo
from tests.duplicates.people import (
    ALL,
    GONE,
    KEEP,
    NUMBER,
    body_of,
    content_of,
    days,
    file_of,
    household,
    refers_to,
    two_files,
)
from tests.support.house import OpenHouse


def test_everything_refers_to_the_one_who_is_kept(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    provenance = merged(house)
    keep, gone = body_of(house, f"Patient/{KEEP}"), body_of(house, f"Patient/{GONE}")
    assert state_of(gone) == MERGED
    assert gone["active"] is False
    assert gone["link"] == [{"other": to("Patient", KEEP), "type": "replaced-by"}]
    assert keep["link"] == [{"other": to("Patient", GONE), "type": "replaces"}]
    assert keep["active"] is True if "active" in keep else True
    for reference in ALL:
        if reference not in (f"Patient/{KEEP}", f"Patient/{GONE}"):
            assert not refers_to(body_of(house, reference), GONE), reference
    with house.database.reading() as connection:
        left = connection.execute(
            select(fhir_resource.c.type, fhir_resource.c.id).where(
                fhir_resource.c.patient_id == GONE
            )
        ).all()
    assert [tuple(row) for row in left] == [("Patient", GONE)]
    record = body_of(house, f"Provenance/{provenance}")
    targets = [one["reference"] for one in record["target"]]
    before = [one["what"]["reference"] for one in record["entity"]]
    assert targets[:2] == [f"Patient/{KEEP}/_history/2", f"Patient/{GONE}/_history/2"]
    assert before[:2] == [f"Patient/{KEEP}/_history/1", f"Patient/{GONE}/_history/1"]
    assert {f"Encounter/{GONE}-visit/_history/2", "Group/home/_history/2"} <= set(targets)
    assert len(record["agent"]) == 1


def test_the_kept_one_has_its_own_and_what_it_lacked(fresh_house: OpenHouse) -> None:
    two_files(fresh_house)
    merged(fresh_house, taken=("name",))
    keep = body_of(fresh_house, f"Patient/{KEEP}")
    assert keep["name"][0]["text"] == "钱金", "chosen"
    assert keep["birthDate"] == "1960-05-06", "its own"
    assert keep["telecom"][0]["value"] == "13900090009", "it had none"
    assert any(one["url"].endswith("/ethnicity") for one in keep["extension"])
    records = [i for i in keep["identifier"] if i["system"] == HEALTH_RECORD_NUMBER]
    assert [(i["value"][-1], i["use"]) for i in records] == [("1", "usual"), ("2", "old")]
    assert [i["value"] for i in keep["identifier"]].count(NUMBER) == 1


def test_the_others_document_may_be_the_right_one(fresh_house: OpenHouse) -> None:
    other = citizen_number("37990019600605003")
    two_files(fresh_house, number=other)
    with fresh_house.station.write(fresh_house.actor("gp1")) as work:
        propose_merge(work, KEEP, GONE, taken=("document", "born"))
    merged(fresh_house, taken=("document", "born"), as_="head1")
    keep = body_of(fresh_house, f"Patient/{KEEP}")
    documents = [i for i in keep["identifier"] if i["system"] != HEALTH_RECORD_NUMBER]
    assert [(i["value"], i["use"]) for i in documents] == [(other, "official"), (NUMBER, "old")]
    assert keep["birthDate"] == "1960-06-05"


def test_one_person_belongs_to_one_institution_on_one_day(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    house.save(days("gone-days", "2012-01-01", of=GONE))
    merged(house)
    with house.station.read() as work:
        found = [(one.from_on, one.to_on) for one in list_intervals(work, KEEP)]
        assert found == [(date(2012, 1, 1), date(2015, 3, 1)), (date(2015, 3, 1), None)]
        assert list_intervals(work, GONE) == []
    assert body_of(house, "EpisodeOfCare/gone-days")["status"] == "finished"


def test_days_on_both_sides_of_a_gap_stay(fresh_house: OpenHouse) -> None:
    """Both are closed by death; the one was kept for two years in the middle of the other."""
    house = fresh_house
    dead = {"deceasedDateTime": "2025-01-01"}
    house.save(
        with_state(
            file_of(KEEP, "钱进", serial=1, opened="2018-01-01", number=NUMBER) | dead, DEAD
        ),
        with_state(
            file_of(GONE, "钱金", serial=2, opened="2015-01-01", number=NUMBER) | dead, DEAD
        ),
        days("keep-days", "2018-01-01", "2019-12-31", of=KEEP),
        days("gone-days", "2015-01-01", "2024-12-31", of=GONE),
    )
    before = [content_of(house, f"EpisodeOfCare/{of}-days") for of in (KEEP, GONE)]
    provenance = merged(house)
    with house.station.read() as work:
        found = [(one.from_on, one.to_on) for one in list_intervals(work, KEEP)]
    assert found == [
        (date(2015, 1, 1), date(2018, 1, 1)),
        (date(2018, 1, 1), date(2020, 1, 1)),
        (date(2020, 1, 1), date(2025, 1, 1)),
    ]
    undo(house, provenance)
    assert [content_of(house, f"EpisodeOfCare/{of}-days") for of in (KEEP, GONE)] == before
    with house.station.read() as work:
        assert len(list_intervals(work, KEEP)) == len(list_intervals(work, GONE)) == 1


def test_covered_days_are_withdrawn_and_come_back(fresh_house: OpenHouse) -> None:
    two_files(fresh_house)
    provenance = merged(fresh_house)
    assert body_of(fresh_house, "EpisodeOfCare/gone-days")["status"] == "entered-in-error"
    undo(fresh_house, provenance)
    assert body_of(fresh_house, "EpisodeOfCare/gone-days")["status"] == "active"


def test_households(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    merged(house)
    [head, _wife] = body_of(house, "Group/home")["member"]
    assert head["entity"]["reference"] == f"Patient/{KEEP}"
    assert head["inactive"] is False


def test_members_of_one_household_become_one(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    house.save(household("home", (GONE, HEAD), (KEEP, "21"), ("li-na", "12")))
    provenance = merged(house)
    first, second, third = body_of(house, "Group/home")["member"]
    assert [one["inactive"] for one in (first, second, third)] == [True, False, False]
    assert second["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == HEAD
    undo(house, provenance)
    assert [one["inactive"] for one in body_of(house, "Group/home")["member"]] == [False] * 3


def test_a_head_does_not_leave_others_behind(fresh_house: OpenHouse) -> None:
    two_files(fresh_house)
    fresh_house.save(household("other", (KEEP, HEAD)))
    refused = refusal(fresh_house, lambda work: merge(work, KEEP, GONE, taken=()))
    assert "更换户主" in told(refused)
    assert state_of(body_of(fresh_house, f"Patient/{GONE}")) != MERGED, "nothing is half done"


def test_the_last_member_moves_with_the_household(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    house.save(household("home", ("li-na", HEAD)))
    house.save(household("mine", (KEEP, HEAD)), household("his", (GONE, HEAD)))
    provenance = merged(house)
    his = body_of(house, "Group/his")
    assert his["active"] is False
    assert his["member"][0]["inactive"] is True
    undo(house, provenance)
    assert body_of(house, "Group/his")["active"] is True


def test_without_a_common_number_two_have_to_agree(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house, number=None)
    assert "另一位" in told(refusal(house, lambda w: merge(w, KEEP, GONE, taken=())))
    act(house, lambda work: propose_merge(work, KEEP, GONE, taken=("born",)))
    own = refusal(house, lambda w: merge(w, KEEP, GONE, taken=("born",)))
    assert "另一位" in told(own), "who proposes does not confirm"
    other = refusal(house, lambda w: merge(w, KEEP, GONE, taken=()), "head1")
    assert "重新提出" in told(other), "another choice is another proposal"
    provenance = merged(house, taken=("born",), as_="head1")
    agents = body_of(house, f"Provenance/{provenance}")["agent"]
    assert [one["who"]["display"] for one in agents] == ["宋志平", "于海宁"]


def test_a_proposal_can_be_taken_back(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house, number=None)
    act(house, lambda work: propose_merge(work, KEEP, GONE, taken=()))
    act(house, lambda work: withdraw_proposal(work, GONE, KEEP), "head1")
    assert refusal(house, lambda w: merge(w, KEEP, GONE, taken=()), "head1").status == 409
    assert refusal(house, lambda w: withdraw_proposal(w, GONE, KEEP)).status == 409


def test_the_old_number_is_the_same_number(fresh_house: OpenHouse) -> None:
    two_files(fresh_house, number=NUMBER[:6] + NUMBER[8:17])
    merged(fresh_house)
    keep = body_of(fresh_house, f"Patient/{KEEP}")
    assert len([i for i in keep["identifier"] if i["system"] != HEALTH_RECORD_NUMBER]) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda body: with_state(body, TRANSFERRING), "迁移"),
        (lambda body: {**body, "deceasedDateTime": "2026-01-01"}, "已故"),
    ],
)
def test_what_stands_against_it(
    fresh_house: OpenHouse, change: Callable[[dict[str, object]], dict[str, object]], words: str
) -> None:
    two_files(fresh_house)
    fresh_house.save(household("home", ("li-na", HEAD)))
    fresh_house.save(change(body_of(fresh_house, f"Patient/{GONE}")))
    refused = refusal(fresh_house, lambda work: merge(work, KEEP, GONE, taken=()))
    assert refused.status == 409
    assert words in told(refused)


def test_a_file_that_is_asked_for_is_not_merged(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    doctor = house.actor("gp2").practitioner_id or ""
    asked = Asked("station-2", "住到这里来了", doctor_id=doctor)
    fresh_house.save(household("home", ("li-na", HEAD)))
    move = str(act(house, lambda work: request_move(work, GONE, asked), "gp2"))
    assert "迁移" in told(refusal(house, lambda w: merge(w, KEEP, GONE, taken=())))
    act(house, lambda work: reject_move(work, move, reason="是同一人，正在合并"))
    merged(house)
    with house.station.read(house.actor("gp2")) as work:
        assert get_move(work, move).patient_id == KEEP, "what was asked for is told of the one left"


def test_a_closed_file_is_not_kept_before_an_open_one(fresh_house: OpenHouse) -> None:
    two_files(fresh_house)
    closed = with_state(body_of(fresh_house, f"Patient/{KEEP}"), "closed-lost")
    fresh_house.save(closed)
    assert "在管" in told(refusal(fresh_house, lambda w: merge(w, KEEP, GONE, taken=())))


def test_nobody_merges_what_he_does_not_see(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    assert refusal(house, lambda w: merge(w, KEEP, "zhao-lei", taken=())).status == 404
    assert refusal(house, lambda w: merge(w, KEEP, GONE, taken=()), "gp2").status == 404
    assert refusal(house, lambda w: propose_merge(w, KEEP, GONE, taken=()), "gp2").status == 404
    assert refusal(house, lambda w: mark_distinct(w, KEEP, GONE), "gp2").status == 404
    elsewhere = refusal(house, lambda w: merge(w, KEEP, "zhao-lei", taken=()), "centre1")
    assert "迁移" in told(elsewhere), "the centre sees both, but they are kept by two stations"


@pytest.mark.parametrize("ids", [(KEEP, KEEP), (KEEP, "nobody")])
def test_nonsense(fresh_house: OpenHouse, ids: tuple[str, str]) -> None:
    two_files(fresh_house)
    assert refusal(fresh_house, lambda w: merge(w, *ids, taken=())).status in (404, 422)
    assert refusal(fresh_house, lambda w: merge(w, KEEP, GONE, taken=("x",))).status == 422


def test_a_void_file_is_not_merged(fresh_house: OpenHouse) -> None:
    two_files(fresh_house)
    fresh_house.save(with_state(patient("钱进", "male", "1960-05-06", id="slip"), VOID))
    assert "作废" in told(refusal(fresh_house, lambda w: merge(w, KEEP, "slip", taken=())))


def test_whoever_looks_for_the_merged_one_is_led_on(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    merged(house)
    with house.station.read(house.actor("gp2")) as work:
        found = find_suspects(work, Candidate(name="钱金", born=date(1960, 6, 5)))
    assert [one.patient_id for one in found] == [KEEP]
    answer = house.client("gp1").get(f"Patient/{GONE}")
    assert answer.status_code == 200
    assert answer.json()["link"][0]["other"]["reference"] == f"Patient/{KEEP}"


def test_nothing_new_is_written_into_a_merged_file(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    provenance = merged(house)
    client, when = house.client("gp1"), "2026-11-23T09:00:00+08:00"
    measured = observation(GONE, "8480-6", 130, "mm[Hg]", when)
    answer = client.post("Observation", measured)
    assert answer.status_code == 422
    assert f"Patient/{KEEP}" in answer.text
    assert client.post("Observation", {**measured, "subject": to("Patient", KEEP)}).status_code == (
        201
    )
    undo(house, provenance)
    assert client.post("Observation", measured).status_code == 201


def test_a_pair_of_two_people_is_remembered(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    act(house, lambda work: mark_distinct(work, GONE, KEEP))
    with house.station.read() as work:
        pair = find_pair(work, KEEP, GONE)
    assert pair is not None
    assert pair.state == "distinct"


def test_a_merge_and_its_undoing_are_audited(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    provenance = merged(house)
    undo(house, provenance)
    answer = house.client("gp1").search("Provenance", ("patient", KEEP))
    activities = [
        entry["resource"].get("activity", {}).get("text") for entry in answer.json()["entry"]
    ]
    assert {"合并档案", "撤销合并"} <= set(activities)
    target = local_target  # the versions in the Provenance are references that resolve
    with house.station.read() as work:
        for one in body_of(house, f"Provenance/{provenance}")["target"]:
            assert target(work, one["reference"]) is not None


def test_a_change_in_between_is_told(fresh_house: OpenHouse) -> None:
    """Who merges what somebody has just changed meets the new version, never overwrites it."""
    house = fresh_house
    two_files(house)
    with house.station.write(house.actor("gp1")) as work:
        save_all(work, [Draft({**body_of(house, f"Patient/{KEEP}"), "active": True}, KEEP)])
        save(work, {**body_of(house, f"Condition/{GONE}-i10")}, id=f"{GONE}-i10")
    provenance = merged(house)
    targets = [one["reference"] for one in body_of(house, f"Provenance/{provenance}")["target"]]
    assert f"Patient/{KEEP}/_history/3" in targets
    assert f"Condition/{GONE}-i10/_history/3" in targets


def test_the_hospital_of_a_referral_sees_the_whole_file(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    house.grant(GONE, "hospital-1")
    hospital = house.client("coord1")
    assert hospital.get(f"Patient/{KEEP}").status_code == 404
    provenance = merged(house)
    assert hospital.get(f"Patient/{KEEP}").status_code == 200
    assert hospital.get(f"Encounter/{GONE}-visit").status_code == 200
    house.clock.advance(minutes=1)
    undo(house, provenance)
    assert hospital.get(f"Patient/{KEEP}").status_code == 404
    assert hospital.get(f"Encounter/{GONE}-visit").status_code == 200
