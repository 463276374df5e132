"""What is done with households: every invariant of the household record (health-record.md §5)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from kernel.canonical import HEALTH_RECORD_NUMBER
from kernel.errors import Refused
from kernel.fhir import json
from kernel.fhir.store import read
from kernel.work import Work
from records.households import services
from records.households.codes import MOVED, NUMBER_SYSTEM
from records.households.group import (
    active_members,
    former_numbers,
    head_of,
    is_open,
    members_of,
    number_of,
)
from records.households.tables import records_household, records_household_member
from tests.cast import to
from tests.households.homes import FAMILY, RELATIONS, moved_in
from tests.support.house import OpenHouse

TODAY = date(2026, 11, 23)
MONTH = date(2026, 11, 1)


def doing(
    house: OpenHouse, act: Callable[..., Any], *args: Any, as_: str = "gp1", **kw: Any
) -> Any:
    """One act in one transaction."""
    with house.station.write(house.actor(as_)) as work:
        return act(work, *args, **kw)


def founded(house: OpenHouse) -> str:
    """The family in one household, the father its head."""
    moved_in(house)
    id_: str = doing(house, services.new_household, "father", on=MONTH)
    for person, relation in RELATIONS.items():
        if relation != "02":
            doing(house, services.join, id_, person, relation=relation, on=MONTH)
    return id_


def stored(house: OpenHouse, id_: str) -> dict[str, Any]:
    with house.station.read() as work:
        return dict(json.loads(read(work, work.registry.specs["Group"], id_).body))


def relations(house: OpenHouse, id_: str) -> dict[str, str]:
    return {one.patient_id: one.relation for one in active_members(stored(house, id_))}


def refused(house: OpenHouse, act: Callable[..., Any], *args: Any, **kw: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        doing(house, act, *args, **kw)
    return caught.value


def test_a_new_household_has_number_address_and_head(fresh_house: OpenHouse) -> None:
    house = fresh_house
    moved_in(house)
    id_ = doing(house, services.new_household, "father", phone="0640-6681234")
    body = stored(house, id_)
    assert number_of(body) == "3718020010000001"
    assert [(one.patient_id, one.relation) for one in members_of(body)] == [("father", "02")]
    assert body["managingEntity"] == to("Organization", "station-1")
    assert body["name"] == "周建军家庭"
    second = doing(house, services.new_household, "girl")
    assert number_of(stored(house, second)) == "3718020010000002"


def test_a_number_that_came_with_an_import_is_passed_over(fresh_house: OpenHouse) -> None:
    house = fresh_house
    first = founded(house)
    body = {**stored(house, first), "identifier": [
        {"system": NUMBER_SYSTEM, "value": "3718020010000002"}
    ]}  # fmt: skip
    house.save(body)
    doing(house, services.leave, first, "girl")
    second = doing(house, services.new_household, "girl")
    assert number_of(stored(house, second)) == "3718020010000003"


def test_without_an_address_the_record_number_tells_the_street(fresh_house: OpenHouse) -> None:
    house = fresh_house
    number = {"system": HEALTH_RECORD_NUMBER, "value": "37180400300100007"}
    house.save({**FAMILY[0], "address": [], "identifier": [number]} | {"address": [{"text": "x"}]})
    id_ = doing(house, services.new_household, "grandfather")
    assert number_of(stored(house, id_)).startswith("371804003")
    wrong = refused(house, services.new_household, "wang-xiaoming")
    assert (wrong.status, wrong.issues[0].expression) == (422, "committee")
    named = doing(house, services.new_household, "wang-xiaoming", committee="371802009001")
    assert number_of(stored(house, named)) == "3718020090000001"


def test_the_facts_follow_the_group(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    doing(house, services.leave, id_, "son", on=date(2026, 11, 20))
    with house.database.reading() as connection:
        home = connection.execute(select(records_household)).mappings().one()
        rows = connection.execute(select(records_household_member)).mappings().all()
    assert (home["source_id"], home["head_id"], home["members"]) == (id_, "father", 6)
    assert home["active"]
    assert home["address"].endswith("3号楼2单元501室")
    facts = {r["patient_id"]: (r["relation"], r["from_on"], r["to_on"]) for r in rows}
    assert len(facts) == 7
    assert facts["son"] == ("22", MONTH, date(2026, 11, 20)), "the day of the change"
    assert facts["boy"] == ("41", MONTH, None)


def test_one_household_a_person(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    twice = refused(house, services.new_household, "girl")
    assert twice.status == 422
    assert twice.issues[0].expression == "Group.member[0].entity"
    assert "另一个家庭" in twice.issues[0].diagnostics
    again = refused(house, services.join, id_, "girl", relation="42")
    assert (again.status, again.issues[0].expression) == (409, "patient")
    doing(house, services.leave, id_, "girl", on=TODAY)
    other = doing(house, services.new_household, "girl")
    assert relations(house, other) == {"girl": "02"}
    assert "girl" not in relations(house, id_)


@pytest.mark.parametrize("relation", ["02", "01", "98", "2", "", "x"])
def test_who_joins_is_related_to_the_head(fresh_house: OpenHouse, relation: str) -> None:
    house = fresh_house
    moved_in(house)
    id_ = doing(house, services.new_household, "father")
    wrong = refused(house, services.join, id_, "mother", relation=relation)
    assert (wrong.status, wrong.issues[0].expression) == (422, "relation")
    assert "户主" in wrong.issues[0].diagnostics


def test_days_are_neither_to_come_nor_before_the_beginning(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    late = date(2026, 11, 24)
    for act, more in (
        (services.join, {"relation": "97"}),
        (services.leave, {}),
    ):
        wrong = refused(house, act, id_, "son", on=late, **more)
        assert (wrong.status, wrong.issues[0].expression) == (422, "on")
    early = refused(house, services.leave, id_, "son", on=date(2026, 10, 31))
    assert (early.status, early.issues[0].expression) == (422, "on")
    assert "son" in relations(house, id_)


def test_a_head_with_others_cannot_just_leave(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    stays = refused(house, services.leave, id_, "father")
    assert (stays.status, stays.issues[0].expression) == (409, "head")
    assert head_of(stored(house, id_)).patient_id == "father"  # type: ignore[union-attr]  # there


def test_a_new_head_and_everybodys_relation_to_him(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    told = {
        "father": "51", "mother": "52", "grandfather": "61", "wife": "12", "girl": "30",
        "boy": "20",
    }  # fmt: skip
    some = {who: told[who] for who in told if who != "boy"}
    missing = refused(house, services.change_head, id_, "son", relations=some)
    assert (missing.status, missing.issues[0].expression) == (422, "relation-boy")
    doing(house, services.change_head, id_, "son", relations=told)
    assert relations(house, id_) == {**told, "son": "02"}
    assert stored(house, id_)["name"] == "周磊家庭"
    assert len(members_of(stored(house, id_))) == 7, "nobody has left for it"


def test_the_old_head_may_leave_with_the_change(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    told = {"grandfather": "53", "son": "22", "wife": "38", "girl": "42", "boy": "41"}
    doing(house, services.change_head, id_, "mother", relations=told, left_for=MOVED, on=TODAY)
    assert relations(house, id_) == {**told, "mother": "02"}
    past = [one for one in members_of(stored(house, id_)) if not one.active]
    assert [(one.patient_id, one.left_for) for one in past] == [("father", "moved")]
    outsider = refused(house, services.change_head, id_, "li-na", relations=told)
    assert outsider.status == 409


def test_the_last_one_who_leaves_ends_the_household(fresh_house: OpenHouse) -> None:
    house = fresh_house
    moved_in(house)
    id_ = doing(house, services.new_household, "father", on=MONTH)
    doing(house, services.leave, id_, "father", on=TODAY)
    assert not is_open(stored(house, id_))
    shut = refused(house, services.join, id_, "mother", relation="12")
    assert shut.status == 409


def test_merged_households_move_the_members_and_keep_both_numbers(fresh_house: OpenHouse) -> None:
    house = fresh_house
    moved_in(house)
    first = doing(house, services.new_household, "father", on=MONTH)
    second = doing(house, services.new_household, "son", on=MONTH)
    doing(house, services.join, second, "wife", relation="12", on=MONTH)
    numbers = [number_of(stored(house, one)) for one in (first, second)]
    missing = refused(house, services.merge_households, first, second, relations={"son": "22"})
    assert missing.issues[0].expression == "relation-wife"
    doing(
        house, services.merge_households, first, second,
        relations={"son": "22", "wife": "38"}, on=TODAY,
    )  # fmt: skip
    assert relations(house, first) == {"father": "02", "son": "22", "wife": "38"}
    body, gone = stored(house, first), stored(house, second)
    assert (number_of(body), former_numbers(body)) == (numbers[0], [numbers[1]])
    assert number_of(gone) == numbers[1]
    assert not is_open(gone)
    ends = [(one.left_for, one.to_on) for one in members_of(gone)]
    assert ends == [("merged", TODAY)] * 2, "not a day in both"
    for wrong in (first, second):
        assert refused(house, services.merge_households, first, wrong, relations={}).status in (
            409,
            422,
        )


def days(house: OpenHouse, person: str) -> list[tuple[str, date | None, date | None]]:
    """(household, from, until) of a person as the fact table tells it, the earliest first."""
    table = records_household_member
    with house.database.reading() as connection:
        found = connection.execute(
            select(table.c.source_id, table.c.from_on, table.c.to_on)
            .where(table.c.patient_id == person)
            .order_by(table.c.from_on, table.c.to_on)
        )
        return [(row.source_id, row.from_on, row.to_on) for row in found]


def test_the_day_of_a_change_belongs_to_the_new_household(fresh_house: OpenHouse) -> None:
    house = fresh_house
    old = founded(house)
    doing(house, services.leave, old, "son")
    new = doing(house, services.new_household, "son")
    doing(house, services.leave, old, "wife")
    doing(house, services.join, new, "wife", relation="12")
    for person in ("son", "wife"):
        assert days(house, person) == [(old, MONTH, TODAY), (new, TODAY, None)]
    past = [one for one in stored(house, old)["member"] if one["inactive"]]
    assert [one["period"]["end"] for one in past] == ["2026-11-22"] * 2, "FHIR's end is a day in it"


def test_who_comes_and_goes_on_one_day_was_never_there(fresh_house: OpenHouse) -> None:
    house = fresh_house
    right = founded(house)
    wrong = doing(house, services.new_household, "li-na", committee="371802001001", on=MONTH)
    doing(house, services.leave, right, "boy")
    doing(house, services.join, wrong, "boy", relation="97")
    doing(house, services.leave, wrong, "boy")
    doing(house, services.join, right, "boy", relation="41")
    assert days(house, "boy") == [(right, MONTH, TODAY), (right, TODAY, None)]
    assert [one.patient_id for one in members_of(stored(house, wrong))] == ["li-na"]
    before = house.client("gp1").get(f"Group/{wrong}/_history/2")
    assert "Patient/boy" in before.text, "the version before tells what was written by mistake"


def test_a_household_of_one_day_has_no_members(fresh_house: OpenHouse) -> None:
    house = fresh_house
    moved_in(house)
    first, second, third = (
        doing(house, services.new_household, head) for head in ("father", "son", "girl")
    )
    doing(house, services.leave, first, "father")
    doing(house, services.close, second)
    doing(house, services.new_household, "son")
    fourth = doing(house, services.new_household, "father")
    doing(house, services.merge_households, fourth, third, relations={"girl": "42"})
    for gone in (first, second, third):
        body = house.client("gp1").get(f"Group/{gone}").json()
        assert (body["active"], "member" in body) == (False, False)
    assert days(house, "girl") == [(fourth, TODAY, None)]
    for person in ("father", "son", "girl"):
        assert len(days(house, person)) == 1


def test_nobody_joins_before_having_left(fresh_house: OpenHouse) -> None:
    house = fresh_house
    old = founded(house)
    doing(house, services.leave, old, "son", on=date(2026, 11, 20))
    doing(house, services.leave, old, "wife", on=date(2026, 11, 21))
    early = date(2026, 11, 19)
    for wrong in (
        refused(house, services.new_household, "son", on=early),
        refused(house, services.join, old, "son", relation="22", on=early),
    ):
        assert (wrong.status, wrong.issues[0].expression) == (422, "on")
        assert "还属于另一个家庭" in wrong.issues[0].diagnostics
    new = doing(house, services.new_household, "son", on=date(2026, 11, 20))
    doing(house, services.join, new, "wife", relation="12", on=date(2026, 11, 21))
    assert days(house, "son") == [(old, MONTH, date(2026, 11, 20)), (new, date(2026, 11, 20), None)]
    told = {"son": "22", "wife": "38"}
    for day in (date(2026, 11, 20), date(2026, 10, 31)):
        late = refused(house, services.merge_households, old, new, relations=told, on=day)
        assert (late.status, late.issues[0].expression) == (422, "on")
    doing(house, services.merge_households, old, new, relations=told, on=date(2026, 11, 22))
    assert [one[2] for one in days(house, "wife")][1:] == [date(2026, 11, 22), None]


def test_a_household_with_members_cannot_be_deleted(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    kept = refused(house, services.delete, id_)
    assert kept.status == 409
    answer = house.client("gp1").delete(f"Group/{id_}")
    assert answer.status_code in (409, 422)
    assert "在册成员" in answer.text
    assert house.client("gp1").get(f"Group/{id_}").status_code == 200
    doing(house, services.close, id_, on=TODAY)
    assert relations(house, id_) == {}
    doing(house, services.delete, id_)
    assert house.client("gp1").get(f"Group/{id_}").status_code == 410


def test_the_api_deletes_one_without_members(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    doing(house, services.close, id_)
    assert house.client("gp1").delete(f"Group/{id_}").status_code == 204


def died(house: OpenHouse, id_: str, on: str = "2026-11-20") -> None:
    body = next(one for one in FAMILY if one["id"] == id_)
    house.save({**body, "deceasedDateTime": on})


def test_who_dies_leaves_the_household_that_day(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    died(house, "grandfather")
    assert "grandfather" not in relations(house, id_)
    ends = {m.patient_id: (m.left_for, m.to_on) for m in members_of(stored(house, id_))}
    assert ends["grandfather"] == ("dead", date(2026, 11, 21)), "the day of death was here"


def test_who_dies_on_the_first_day_was_there_that_day(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    doing(house, services.leave, id_, "grandfather", on=date(2026, 11, 20))
    doing(house, services.join, id_, "grandfather", relation="51", on=date(2026, 11, 20))
    died(house, "grandfather")
    first, last = date(2026, 11, 20), date(2026, 11, 21)
    assert days(house, "grandfather") == [(id_, MONTH, first), (id_, first, last)]


def test_a_dead_head_demands_a_new_one(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    died(house, "father")
    assert "father" in relations(house, id_), "somebody has to say who comes next"
    waits = refused(house, services.leave, id_, "boy")
    assert "户主" in waits.issues[0].diagnostics
    told = {"grandfather": "53", "son": "22", "wife": "38", "girl": "42", "boy": "41"}
    doing(
        house, services.change_head, id_, "mother",
        relations=told, left_for="dead", on=date(2026, 11, 20),
    )  # fmt: skip
    assert relations(house, id_) == {**told, "mother": "02"}


def test_the_household_of_the_last_one_ends_with_his_death(fresh_house: OpenHouse) -> None:
    house = fresh_house
    moved_in(house)
    id_ = doing(house, services.new_household, "grandfather", on=MONTH)
    died(house, "grandfather")
    assert not is_open(stored(house, id_))


def test_of_a_strangers_household_nothing_is_known(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    for act, args in (
        (services.leave, (id_, "boy")),
        (services.close, (id_,)),
        (services.delete, (id_,)),
    ):
        assert refused(house, act, *args, as_="gp2").status == 404
    assert refused(house, services.join, id_, "zhao-lei", relation="97", as_="gp2").status == 404
    assert refused(house, services.join, id_, "zhao-lei", relation="97").status == 404


def test_two_writers_of_one_household_do_not_lose_anything(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)

    def both(work: Work) -> None:
        services.leave(work, id_, "boy")
        services.leave(work, id_, "girl")

    doing(house, both)
    assert {"boy", "girl"} & set(relations(house, id_)) == set()


def test_two_desks_cannot_take_in_the_same_person_at_once(fresh_house: OpenHouse) -> None:
    house = fresh_house
    moved_in(house)
    homes = [doing(house, services.new_household, head) for head in ("father", "mother")]
    actor, start = house.actor("gp1"), Barrier(2)

    def taken(home: str, person: str) -> int:
        start.wait()
        try:
            with house.station.write(actor) as work:
                services.join(work, home, person, relation="97")
        except Refused as refused:
            return refused.status
        return 0

    for person in ("son", "wife", "girl", "boy"):
        with ThreadPoolExecutor(2) as desks:
            found = sorted(desks.map(taken, homes, [person] * 2))
        assert found == [0, 422], person
        assert sum(person in relations(house, home) for home in homes) == 1
