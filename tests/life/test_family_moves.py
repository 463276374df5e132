"""A family moves together, or one of them leaves it, and the household follows (§5, §13.4)."""

from typing import Any

import pytest

from kernel.errors import Refused
from kernel.fhir import json
from kernel.fhir.store import read
from records.households.group import active_members
from records.households.services import change_head, join, new_household
from records.life.closing import Closing
from records.life.contracts import Terms, list_contracts, sign_contract
from records.life.moves import Answer, Asked, accept_move, get_move, request_move
from records.life.services import close_file
from tests.life.people import days_ago, filed, intervals, working
from tests.life.test_contracts import YEAR, team
from tests.support.answers import ids, refusal
from tests.support.house import OpenHouse

GP2 = "practitioner-station-2-gp"
WHOLE = Asked("station-2", "全家搬到二站辖区", household=True)
ALONE = Asked("station-2", "本人搬到二站辖区")


@pytest.fixture
def family(house: OpenHouse) -> dict[str, str]:
    """A head, a wife, a child; the household's Group is `home`."""
    found = {name: filed(house, name, on=days_ago(500)) for name in ("户主甲", "妻子乙", "孩子丙")}
    with working(house) as work:
        home = new_household(work, found["户主甲"], on=days_ago(400))
        join(work, home, found["妻子乙"], relation="12", on=days_ago(400))
        join(work, home, found["孩子丙"], relation="20", on=days_ago(400))
    return {**found, "home": home}


def move(house: OpenHouse, id_: str, asked: Asked) -> None:
    with working(house) as work:
        move_id = request_move(work, id_, asked)
    with working(house, "gp2") as work:
        accept_move(work, move_id, Answer(GP2, days_ago(2)))


def group(house: OpenHouse, id_: str) -> dict[str, Any]:
    with house.station.read() as work:
        body: dict[str, Any] = json.loads(read(work, work.registry.specs["Group"], id_).body)
        return body


def test_a_family_moves_with_its_household(house: OpenHouse, family: dict[str, str]) -> None:
    with working(house) as work:
        move_id = request_move(work, family["妻子乙"], WHOLE)
        assert get_move(work, move_id).people == 3
    with working(house, "gp2") as work:
        accept_move(work, move_id, Answer(GP2, days_ago(2)))
    gp1, gp2 = house.client("gp1"), house.client("gp2")
    for name in ("户主甲", "妻子乙", "孩子丙"):
        refusal(gp1.get(f"Patient/{family[name]}"), 404)
        assert gp2.get(f"Patient/{family[name]}").status_code == 200
        assert intervals(house, family[name])[-1] == ("station-2", days_ago(2), None)
    refusal(gp1.get(f"Group/{family['home']}"), 404)
    body = gp2.get(f"Group/{family['home']}").json()
    assert len(active_members(body)) == 3
    assert ids(gp2.search("Group", ("member", family["孩子丙"]))) == [family["home"]]


def test_one_who_moves_alone_leaves_the_household(house: OpenHouse, family: dict[str, str]) -> None:
    move(house, family["孩子丙"], ALONE)
    body = group(house, family["home"])
    assert {one.patient_id for one in active_members(body)} == {family["户主甲"], family["妻子乙"]}
    assert body["managingEntity"]["reference"] == "Organization/station-1"
    with working(house) as work:
        relations = {family["户主甲"]: "11"}
        change_head(work, family["home"], family["妻子乙"], relations=relations)
    assert house.client("gp1").get(f"Group/{family['home']}").status_code == 200


def test_a_head_does_not_leave_the_others_without_one(
    house: OpenHouse, family: dict[str, str]
) -> None:
    with pytest.raises(Refused) as caught, working(house) as work:
        request_move(work, family["户主甲"], ALONE)
    assert [i.expression for i in caught.value.issues] == ["head"]
    with working(house) as work:
        change_head(
            work, family["home"], family["妻子乙"],
            relations={family["户主甲"]: "11", family["孩子丙"]: "20"},
        )  # fmt: skip
    move(house, family["户主甲"], ALONE)
    assert intervals(house, family["户主甲"])[-1][0] == "station-2"


def test_who_died_or_is_kept_elsewhere_does_not_move_with_the_family(
    house: OpenHouse, family: dict[str, str]
) -> None:
    with working(house) as work:
        close_file(work, family["孩子丙"], Closing("1", days_ago(10)))
    move(house, family["户主甲"], WHOLE)
    assert house.client("gp1").get(f"Patient/{family['孩子丙']}").status_code == 200
    assert intervals(house, family["妻子乙"])[-1][0] == "station-2"


def test_a_family_signs_together_and_who_has_a_contract_keeps_it(
    house: OpenHouse, family: dict[str, str]
) -> None:
    old, new = team(house, f"旧队{family['home'][-4:]}"), team(house, f"新队{family['home'][-4:]}")
    with working(house) as work:
        sign_contract(work, family["孩子丙"], Terms(old, *YEAR))
        signed = sign_contract(work, family["户主甲"], Terms(new, *YEAR), household=True)
        assert len(signed) == 2
        assert [c.team_id for c in list_contracts(work, family["孩子丙"])] == [old]
        assert [c.team_id for c in list_contracts(work, family["妻子乙"])] == [new]
