"""What an address of the station's list asks for, and what its filters offer."""

from typing import Any, Final, NamedTuple

from health.api import search_token, sought_in
from kernel.errors import bad_request
from kernel.messages import _
from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import catalogue, load_all, name_of
from referral.requests.choosing import disease_choices
from referral.states import STATE_TITLES, State
from referral.station.queries import StationQuery, list_hospitals, list_referring
from referral.station.tabs import Tab

__all__ = ["Chosen", "choices", "chosen", "search_token"]

UNKNOWN: Final = _("筛选条件无效，请从列表上方重新选择")
_FREE: Final = ("hospital", "doctor", "organisation")
_DAYS: Final = ("first", "last")


class Chosen(NamedTuple):
    """The query of an address, and the parameters that lead to the same list again."""

    query: StationQuery
    params: dict[str, str]


def chosen(visit: Visit, work: ReadWork) -> Chosen:
    """What the address asks for. Raises Refused (400) for what there is not."""
    visit.subject = "Patient"
    known = {
        "tab": {"", *Tab},
        "state": {"", *State},
        "urgency": {"", *dict(catalogue.choices("referral-urgency"))},
        "direction": {"", *dict(catalogue.choices("referral-direction"))},
        "disease": {"", *dict(disease_choices())},
        "late": {"", "1"},
    }
    names = (*known, *_FREE, *_DAYS)
    params = {name: visit.query.get(name, "").strip()[:64] for name in names}
    if any(params[name] not in codes for name, codes in known.items()):
        raise bad_request(UNKNOWN)
    try:
        days = {name: parse_date(params[name]) if params[name] else None for name in _DAYS}
    except InvalidValue:
        raise bad_request(UNKNOWN) from None
    params["search"] = visit.query.get("search", "")
    query = StationQuery(
        tab=Tab(params["tab"] or Tab.WAITING),
        late=bool(params["late"]),
        sought=sought_in(visit, work),
        first=days["first"],
        last=days["last"],
        state=params["state"],
        urgency=params["urgency"],
        direction=params["direction"],
        disease=params["disease"],
        hospital=params["hospital"],
        doctor=params["doctor"],
        organisation=params["organisation"],
    )
    return Chosen(query, {**params, "tab": query.tab.value})


def choices(visit: Visit, work: ReadWork, query: StationQuery) -> dict[str, Any]:
    """What the filters offer: pairs of code or id and title; the Chinese is translated here."""
    said, tree = visit.translate, visit.site.authenticator.tree(work.connection)
    doctors = load_all(work, "Practitioner", list_referring(work))
    scope = [(id_, tree.name(id_) or id_) for id_ in work.actor.organisations]

    def titled(name: str) -> list[tuple[str, str]]:
        return [(code, said(title)) for code, title in catalogue.choices(name)]

    return {
        "states": [(state.value, said(title)) for state, title in STATE_TITLES.items()],
        "urgencies": titled("referral-urgency"),
        "directions": titled("referral-direction"),
        "diseases": [(key, said(title)) for key, title in disease_choices()],
        "hospitals": [(id_, tree.name(id_) or id_) for id_ in list_hospitals(work)],
        "doctors": [(id_, name_of(body)) for id_, body in doctors.items()],
        "organisations": scope if len(scope) > 1 else [],
        "search_text": query.sought.typed if query.sought else "",
        "more_filters": any(
            (query.disease, query.doctor, query.first, query.last, query.organisation,
             query.direction)
        ),
    }  # fmt: skip
