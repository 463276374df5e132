"""Teams and family doctors' contracts: one team at a time, ended by death or move."""

from datetime import date

import pytest

from kernel.errors import Refused
from kernel.fhir.store import get_head
from kernel.ids import uuid7
from records.life.closing import Closing
from records.life.contracts import Terms, end_contract, list_contracts, sign_contract
from records.life.moves import Answer, Asked, accept_move, request_move
from records.life.services import close_file, reopen_file
from records.life.teams import Wanted, get_team, keep_team, list_teams
from tests.life.people import TODAY, days_ago, filed, working
from tests.support.house import OpenHouse

GP, NURSE = "practitioner-station-1-gp", "practitioner-station-1-nurse"
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def team(house: OpenHouse, name: str, *, active: bool = True) -> str:
    with working(house) as work:
        id_ = uuid7(work.now)
        keep_team(work, id_, Wanted("station-1", name, (GP, NURSE), active), expect=None)
        return id_


def sign(house: OpenHouse, id_: str, team_id: str, days: tuple[date, date] = YEAR) -> list[str]:
    with working(house) as work:
        return sign_contract(work, id_, Terms(team_id, *days))


def contracts(house: OpenHouse, id_: str) -> list[tuple[str, date, date | None]]:
    with house.station.read() as work:
        return [(c.team_id, c.from_on, c.to_on) for c in list_contracts(work, id_)]


def refused(house: OpenHouse, id_: str, team_id: str, days: tuple[date, date]) -> str:
    with pytest.raises(Refused) as caught:
        sign(house, id_, team_id, days)
    assert caught.value.status == 422
    return caught.value.issues[0].expression


def test_a_team_is_kept_by_its_institution(house: OpenHouse) -> None:
    id_ = team(house, "海棠团队")
    with house.station.read(house.actor("gp1")) as work:
        found = get_team(work, id_)
        assert [m[0] for m in found.members] == [GP, NURSE]
        assert id_ in [one.id for one in list_teams(work, "station-1")]
        assert id_ not in [one.id for one in list_teams(work, "station-2")]
    with working(house) as work:
        changed = Wanted("station-1", "海棠团队", (GP,), active=False)
        keep_team(work, id_, changed, expect=found.version)
    with house.station.read(house.actor("gp1")) as work:
        assert id_ not in [one.id for one in list_teams(work, "station-1")]
    with house.station.read(house.actor("gp2")) as work:
        assert get_head(work, work.registry.specs["CareTeam"], id_) is None


@pytest.mark.parametrize(
    ("name", "members", "field"),
    [
        ("队", (GP,), "name"),
        ("重名团队", (GP,), "name"),
        ("空团队", (), "member"),
        ("外来团队", ("practitioner-station-2-gp",), "member"),
    ],
)
def test_a_team_says_what_is_wrong(
    fresh_house: OpenHouse, name: str, members: tuple[str, ...], field: str
) -> None:
    team(fresh_house, "重名团队")
    with pytest.raises(Refused) as caught, working(fresh_house) as work:
        keep_team(work, uuid7(work.now), Wanted("station-1", name, members), expect=None)
    assert [i.expression for i in caught.value.issues] == [field]


def test_one_team_at_a_time(house: OpenHouse) -> None:
    id_ = filed(house, on=date(2025, 1, 1))
    one, other = team(house, "一队"), team(house, "二队")
    sign(house, id_, one)
    for days in (YEAR, (date(2026, 12, 31), date(2027, 12, 31)), (date(2025, 6, 1), YEAR[0])):
        assert refused(house, id_, other, days) == "from_on"
    sign(house, id_, other, (date(2027, 1, 1), date(2027, 12, 31)))
    assert contracts(house, id_) == [
        (one, date(2026, 1, 1), date(2027, 1, 1)), (other, date(2027, 1, 1), date(2028, 1, 1)),
    ]  # fmt: skip


def test_the_api_cannot_sign_twice_either(house: OpenHouse) -> None:
    id_, team_id = filed(house, on=date(2025, 1, 1)), team(house, "三队")
    first = sign(house, id_, team_id)[0]
    gp = house.client("gp1")
    body = gp.get(f"EpisodeOfCare/{first}").json()
    twin = {name: value for name, value in body.items() if name not in ("id", "meta")}
    assert gp.post("EpisodeOfCare", twin).status_code == 422
    assert len(contracts(house, id_)) == 1


def test_terms_say_what_is_wrong(house: OpenHouse) -> None:
    id_, team_id = filed(house, on=date(2025, 1, 1)), team(house, "四队")
    idle = team(house, "歇业团队", active=False)
    assert refused(house, id_, team_id, (date(2026, 2, 1), date(2026, 1, 31))) == "last_on"
    assert refused(house, id_, team_id, (date(2026, 1, 1), date(2031, 1, 6))) == "last_on"
    assert refused(house, id_, team_id, (date(2024, 12, 31), date(2025, 12, 30))) == "from_on"
    for wrong in (idle, ""):
        assert refused(house, id_, wrong, YEAR) == "team"


def test_a_contract_ends_before_its_time(house: OpenHouse) -> None:
    id_, team_id = filed(house, on=date(2025, 1, 1)), team(house, "五队")
    sign(house, id_, team_id)
    for on in (date(2026, 11, 24), date(2025, 12, 31)):
        with pytest.raises(Refused) as caught, working(house) as work:
            end_contract(work, id_, on=on)
        assert [i.expression for i in caught.value.issues] == ["on"]
    with working(house) as work:
        end_contract(work, id_, on=TODAY)
    assert contracts(house, id_) == [(team_id, date(2026, 1, 1), TODAY)]
    with pytest.raises(Refused) as caught, working(house) as work:
        end_contract(work, id_, on=TODAY)
    assert caught.value.status == 409


def test_death_ends_it_and_being_opened_again_does_not_bring_it_back(house: OpenHouse) -> None:
    id_, team_id = filed(house, on=date(2025, 1, 1)), team(house, "六队")
    sign(house, id_, team_id)
    sign(house, id_, team_id, (date(2027, 1, 1), date(2027, 12, 31)))
    with working(house) as work:
        close_file(work, id_, Closing("1", days_ago(4)))
    assert contracts(house, id_) == [(team_id, date(2026, 1, 1), days_ago(4))]
    with working(house) as work:
        reopen_file(work, id_, on=TODAY, reason="死亡登记有误")
    assert contracts(house, id_) == [(team_id, date(2026, 1, 1), days_ago(4))]


def test_a_death_over_the_api_ends_it_too(house: OpenHouse) -> None:
    id_, team_id = filed(house, on=date(2025, 1, 1)), team(house, "七队")
    sign(house, id_, team_id)
    gp = house.client("gp1")
    body = gp.get(f"Patient/{id_}").json()
    extensions = [e for e in body["extension"] if not e["url"].endswith("/record-state")]
    dead = {**body, "extension": extensions, "deceasedDateTime": "2026-11-01"}
    assert gp.put(f"Patient/{id_}", dead).status_code == 200
    assert contracts(house, id_) == [(team_id, date(2026, 1, 1), date(2026, 11, 1))]


def test_a_move_ends_it(house: OpenHouse) -> None:
    id_, team_id = filed(house, on=date(2025, 1, 1)), team(house, "八队")
    sign(house, id_, team_id)
    with working(house) as work:
        move = request_move(work, id_, Asked("station-2", "搬家到二站"))
    with working(house, "gp2") as work:
        accept_move(work, move, Answer("practitioner-station-2-gp", days_ago(1)))
    assert contracts(house, id_) == [(team_id, date(2026, 1, 1), days_ago(1))]


def test_drafts_and_closed_files_sign_nothing(house: OpenHouse) -> None:
    id_, team_id = filed(house, draft=True), team(house, "九队")
    with pytest.raises(Refused) as caught:
        sign(house, id_, team_id)
    assert caught.value.status == 409
