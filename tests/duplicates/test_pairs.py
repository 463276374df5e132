"""Pairs that wait for a decision: found by the job, listed as far as the actor sees, decided."""

from sqlalchemy import select

from kernel.db.tables import records_pair
from records.duplicates.pairs import (
    SLICE,
    Pair,
    count_pairs,
    find_pair,
    list_merges,
    list_pairs,
    look_for_pairs,
)
from records.duplicates.parameters import UNDO_DAYS
from records.duplicates.services import mark_distinct, merge, undo_merge
from tests.cast import RESIDENTS, patient
from tests.duplicates.people import GONE, KEEP, two_files
from tests.support.house import OpenHouse


def looked(house: OpenHouse) -> int:
    """Let the job run until it is done, a little later; how many slices it took."""
    house.clock.advance(minutes=2)
    slices, more = 0, True
    while more:
        slices += 1
        with house.station.write() as work:
            more = look_for_pairs(work)
    return slices


def shown(house: OpenHouse, as_: str) -> list[Pair]:
    with house.station.read(house.actor(as_)) as work:
        found = list_pairs(work)
        assert count_pairs(work) == len(found)
    return found


def keys(house: OpenHouse, as_: str) -> set[tuple[str, str]]:
    return {(pair.low_id, pair.high_id) for pair in shown(house, as_)}


def test_two_files_of_one_person_are_found(fresh_house: OpenHouse) -> None:
    house = fresh_house
    assert keys(house, "gp1") == set()
    two_files(house)
    looked(house)
    [pair] = shown(house, "gp1")
    assert (pair.low_id, pair.high_id) == (GONE, KEEP)
    assert "证件号码相同" in pair.reasons
    assert keys(house, "head1") == keys(house, "centre1") == {(GONE, KEEP)}
    assert keys(house, "gp2") == set(), "none of the two is theirs"


def test_half_a_pair_at_another_station_is_shown_to_both(fresh_house: OpenHouse) -> None:
    house = fresh_house
    again = patient(
        "赵雷", "male", "1990-07-07", id="again", telecom=RESIDENTS["zhao-lei"]["telecom"]
    )
    house.save(again)
    looked(house)
    assert keys(house, "gp1") == keys(house, "gp2") == {("again", "zhao-lei")}


def test_what_was_corrected_is_no_longer_suspected(fresh_house: OpenHouse) -> None:
    house = fresh_house
    house.save(patient("赵磊", "male", "1990-07-07", id="again"))
    looked(house)
    assert keys(house, "gp1")
    house.save(patient("钱多", "female", "1971-01-02", id="again"))
    looked(house)
    assert keys(house, "gp1") == set()


def test_two_people_stay_two(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    looked(house)
    with house.station.write(house.actor("gp1")) as work:
        mark_distinct(work, GONE, KEEP)
    assert keys(house, "gp1") == set()
    with house.station.read() as work:
        known = find_pair(work, GONE, KEEP)
    assert known is not None
    house.save(*(_touched(house, id_) for id_ in (KEEP, GONE)))
    looked(house)
    assert keys(house, "gp1") == set(), "remembered, whatever is saved later"


def _touched(house: OpenHouse, id_: str) -> dict[str, object]:
    body: dict[str, object] = house.client("gp1").get(f"Patient/{id_}").json()
    return {**body, "language": "zh-CN"}


def test_namesakes_with_numbers_of_their_own_are_no_pair(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two = patient("赵磊", "male", "1990-07-07", id="namesake")
    two["identifier"] = [{"system": "urn:oid:2.16.156.10011.1.3", "value": "379901199007070014"}]
    house.save(two)
    looked(house)
    assert keys(house, "gp1") == set()


def test_merged_and_parted(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    looked(house)
    with house.station.write(house.actor("gp1")) as work:
        provenance = merge(work, KEEP, GONE, taken=())
    looked(house)
    assert keys(house, "gp1") == set()
    with house.station.read(house.actor("gp1")) as work:
        [done] = list_merges(work)
    assert (done.name, done.former, done.pair.provenance_id) == ("钱进", "钱金", provenance)
    with house.station.read(house.actor("gp2")) as work:
        assert list_merges(work) == []
    with house.station.write(house.actor("gp1")) as work:
        undo_merge(work, provenance)
        assert list_merges(work) == []
    looked(house)
    assert keys(house, "gp1") == {(GONE, KEEP)}


def test_old_merges_are_not_offered(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    with house.station.write(house.actor("gp1")) as work:
        merge(work, KEEP, GONE, taken=())
    house.clock.advance(days=UNDO_DAYS + 1)
    with house.station.read(house.actor("gp1")) as work:
        assert list_merges(work) == []


def test_the_job_goes_on_where_it_stopped(fresh_house: OpenHouse) -> None:
    house = fresh_house
    looked(house)
    assert looked(house) == 1, "nothing is looked at twice"
    house.save(patient("钱进", "male", "1960-05-06", id="late"))
    with house.station.write() as work:
        assert not look_for_pairs(work)
    assert keys(house, "gp1") == set(), "it waits for those who are still saving"
    crowd = [patient(f"钱{chr(0x4E10 + n)}", "male", f"19{n + 10}-01-03") for n in range(SLICE)]
    house.save(*crowd, patient("钱进", "male", "1960-05-06", id="more"))
    assert looked(house) == 2, "more than a slice"
    assert keys(house, "gp1") == {("late", "more")}


def test_pages_of_the_list_lose_nobody(fresh_house: OpenHouse) -> None:
    house = fresh_house
    for n in range(4):
        people = [
            patient(f"钱{c}", "male", f"196{n}-05-06", id=f"{k}{n}") for k, c in enumerate("进近")
        ]
        house.save(*people)
    looked(house)
    whole = shown(house, "gp1")
    assert len(whole) == 4
    with house.station.read(house.actor("gp1")) as work:
        pages = [list_pairs(work, limit=3)]
        pages.append(list_pairs(work, after=pages[0][-1].place, limit=3))
    assert [*pages[0], *pages[1]] == whole


def test_nothing_in_the_table_tells_who_they_are(fresh_house: OpenHouse) -> None:
    two_files(fresh_house)
    looked(fresh_house)
    with fresh_house.database.reading() as connection:
        text = repr(connection.execute(select(records_pair)).all())
    assert "钱" not in text
    assert "1960" not in text
