"""A family that wants to move: station-1 has asked station-2, which has not answered yet."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from demo.cast import CAST
from demo.population import Household
from kernel.security.actor import SYSTEM, Actor, Reach
from kernel.work import Work
from records.api import Asked, request_move

ASKING: Final = "station-1"
_ASKED: Final = Asked("station-2", "全家搬到该站辖区居住，今后在那里看病", household=True)


def doctor() -> Actor:
    """The first station's doctor, in whose name the request is made."""
    account = next(one for one in CAST if one.user_name == "gp1")
    return replace(
        SYSTEM,
        display=account.display_name,
        practitioner_id=account.practitioner_id,
        organisation_id=account.organisation_id,
        organisations=(account.organisation_id,),
        reach=Reach.ORGANISATIONS,
    )


def ask(work: Work, homes: Iterable[Household]) -> bool:
    """Ask for the first family that can move; whether there was one."""
    family = next(filter(_can_move, homes), None)
    if family is None:
        return False
    request_move(work, family.patients[0]["id"], _ASKED, id="move-1")
    return True


def _can_move(home: Household) -> bool:
    """Two or more live there, and everybody's record is confirmed and not closed."""
    if home.station_id != ASKING or len(home.patients) < 2:
        return False
    days = [one for one in home.episodes if one["id"].startswith("kept-")]
    return len(days) == len(home.patients) and all("end" not in one["period"] for one in days)
