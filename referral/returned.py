"""What a letter planned, where the station takes it up: on the follow-up form and the referral."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import select

from health.api import health_enrolment, programme_of
from kernel.declare.module import Panel
from kernel.messages import _
from kernel.work import ReadWork
from records.api import id_of
from referral.due import OUTCOME, RETURNED, takes_up
from referral.letters.reading import get_letter
from referral.moving.services import get_task
from referral.permissions import STATION
from referral.tables import referral_case
from referral.task import letters_of, state_of

Row = dict[str, Any]
_PARTS: Final = ("next_plan", "rehabilitation")
_TITLES: Final = {"next_plan": _("下一步治疗方案"), "rehabilitation": _("康复建议")}


def planned(work: ReadWork, patient_id: str) -> list[Row] | None:
    """What the hospitals planned that sent a person back who has not been contacted since."""
    case = referral_case.c
    returned = work.connection.scalars(
        select(case.request_id)
        .where(
            case.patient_id == patient_id,
            case.state.in_([one.value for one in RETURNED]),
        )
        .order_by(case.since_at.desc())
    )
    return [row for id_ in returned for row in _letters(work, id_)] or None


def _letters(work: ReadWork, request_id: str) -> Iterator[Row]:
    """The last letter of a referral that has parts of its own."""
    task, _version = get_task(work, request_id)
    ids = [one.removeprefix("Composition/") for one in letters_of(task)]
    if not letters_of(task) or ids[-1].count("/"):
        return
    told = get_letter(work, request_id, ids[-1])
    yield {
        "href": f"/referrals/{request_id}/letter/{told.id}",
        "hospital": told.hospital,
        "on": told.on,
        "parts": [
            (_TITLES[name], told.letter.texts[name])
            for name in _PARTS
            if told.letter.texts.get(name)
        ],
        "drugs": [
            (one.name, one.dose, one.frequency_title, one.until) for one in told.letter.drugs
        ],
        "follow_up_on": told.letter.follow_up_on,
    }


def taken_up(work: ReadWork, request_id: str) -> Row | None:
    """In which programme the first contact after a return can be, and whether the person is in."""
    task, _version = get_task(work, request_id)
    if state_of(task) not in RETURNED:
        return None
    name, patient_id = takes_up(task), id_of(task["for"], "Patient")
    if name == OUTCOME:
        return None
    place = health_enrolment.c
    statement = select(place.source_id).where(
        place.patient_id == patient_id, place.programme == name, place.status == "active"
    )
    managed = work.connection.execute(statement).first() is not None
    begin = f"/residents/{patient_id}"
    return {
        "programme": programme_of(name).short,
        "managed": managed,
        "href": f"{begin}/follow-ups/new?programmes={name}"
        if managed
        else f"{begin}/programmes/{name}/enrol",
    }


_FOLDER: Final = "referrals/panels"
PANELS: Final = (
    Panel(
        "follow-up-entry", "returned", _("医院转回后的安排"), f"{_FOLDER}/planned.html", planned,
        STATION, 10,
    ),
    Panel(
        "referral", "returned", _("转回后首次随访"), f"{_FOLDER}/taken_up.html", taken_up,
        STATION, 5,
    ),
)  # fmt: skip
