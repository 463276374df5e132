"""What is legal for a referral, written down once more by hand from referral.md §5 to §7.

Nothing of the table that the product judges by is used here.
"""

from collections.abc import Iterator
from itertools import product
from typing import Final

from referral.states import Event, State
from tests.referrals.playing import SYSTEM_NAME

TABLE: Final = """
none | create | draft | community
none draft | submit | submitted | community
none draft | submit | pending-approval | community
pending-approval | approve | submitted | head
pending-approval | return | draft | head
submitted | request-info | info-requested | hospital
info-requested | supply | submitted | community
submitted | accept | accepted | hospital
submitted | reject | rejected | hospital
submitted | expire | expired | system
submitted info-requested accepted scheduled no-show | cancel | cancelled | community
submitted info-requested accepted | redirect | submitted | hospital
accepted | book | scheduled | hospital
scheduled no-show | rebook | scheduled | hospital
accepted scheduled no-show | arrive | arrived | hospital
submitted info-requested | emergency-override | arrived | hospital
scheduled | no-show | no-show | hospital system
arrived | start | in-care | hospital
arrived in-care | transfer | submitted | hospital
in-care feedback-sent | send-outcome | feedback-sent | hospital
back-offered | send-outcome | back-offered | hospital
back-accepted | send-outcome | back-accepted | hospital
followed-up | send-outcome | followed-up | hospital
closed | send-outcome | closed | hospital
none in-care feedback-sent | offer-back | back-offered | hospital
back-offered | accept-back | back-accepted | community
back-offered | decline-back | in-care | community
back-offered | decline-back | feedback-sent | community
submitted info-requested accepted rejected scheduled | follow-up | followed-up | system
arrived no-show in-care feedback-sent back-offered | follow-up | followed-up | system
back-accepted cancelled expired | follow-up | followed-up | system
followed-up | acknowledge | closed | community
followed-up | close-without-letter | closed | community
rejected | resend | rejected | community
"""
"""From (several), event, to, who (several)."""
CLAIMED: Final = frozenset(State) - {
    State.DRAFT, State.PENDING_APPROVAL, State.REJECTED, State.CANCELLED, State.EXPIRED,
    State.CLOSED,
}  # fmt: skip
"""Where somebody may say that it is his: all that is sent, and not ended."""
TOLD: Final = frozenset(State) - {State.CLOSED}
"""Where the system tells that a deadline was overrun: wherever there is an owner."""
SIGNED: Final = {
    "submit", "cancel", "accept-back", "decline-back", "acknowledge", "close-without-letter",
    "resend",
}  # fmt: skip
"""What a doctor decides and a nurse does not."""
SIDES: Final = {
    "gp1": {"community"},
    "nurse1": {"community"},
    "head1": {"community", "head"},
    "centre1": {"community", "head"},
    "gp2": set[str](),
    "coord1": {"hospital"},
    "coord2": set[str](),
    "bureau": set[str](),
    "platform": {"community", "head", "hospital"},
    SYSTEM_NAME: {"community", "head", "system"},
}
"""On which sides somebody acts in a referral of station-1 to hospital-1."""


def expected() -> Iterator[tuple[str, str, str, str]]:
    """(from, event, to, who) of everything that is legal."""
    for line in TABLE.strip().splitlines():
        sources, event, target, sides = (part.split() for part in line.split("|"))
        for source, side in product(sources, sides):
            yield source, event[0], target[0], side
    for state, side in product(CLAIMED, ("community", "hospital")):
        yield state.value, "claim", state.value, side
    for state in TOLD:
        yield state.value, "escalate", state.value, "system"


LEGAL: Final = frozenset(expected())


def lawful(as_: str, source: State, event: Event, target: State) -> bool:
    """Whether somebody may make a move, by the table above."""
    if as_ == "nurse1" and event in SIGNED:
        return False
    return any((source, event, target, side) in LEGAL for side in SIDES[as_])


def known(source: State, event: Event, target: State) -> bool:
    """Whether anybody may make a move."""
    return any(one[:3] == (source, event, target) for one in LEGAL)


STATIONS: Final = {
    "gp1": "station-1",
    "nurse1": "station-1",
    "head1": "station-1",
    "gp2": "station-2",
}
HOSPITALS: Final = {"coord1": "hospital-1", "coord2": "hospital-2"}


def sides(as_: str, community: str, hospital: str) -> set[str]:
    """On which sides somebody acts in a referral of a station to a hospital."""
    found = set[str]()
    if STATIONS.get(as_) == community:
        found |= {"community", "head"} if as_ == "head1" else {"community"}
    if HOSPITALS.get(as_) == hospital:
        found.add("hospital")
    return SIDES[SYSTEM_NAME] if as_ == SYSTEM_NAME else found


_COMMUNITY: Final = (
    "draft info-requested no-show feedback-sent back-offered back-accepted followed-up rejected "
    "expired cancelled"
)
_HOSPITAL: Final = "submitted accepted scheduled arrived in-care"
OWNED_BY: Final = {
    **dict.fromkeys(_COMMUNITY.split(), "community"),
    **dict.fromkeys(_HOSPITAL.split(), "hospital"),
    "pending-approval": "head",
}
"""On whose list a referral in a state stands; a closed one on nobody's."""
TASK_STATUS: Final = {
    "draft": "draft", "pending-approval": "requested", "submitted": "requested",
    "info-requested": "on-hold", "accepted": "accepted", "rejected": "rejected",
    "scheduled": "accepted", "no-show": "on-hold", "cancelled": "cancelled",
    "arrived": "in-progress", "in-care": "in-progress", "feedback-sent": "in-progress",
    "back-offered": "in-progress", "back-accepted": "in-progress", "followed-up": "in-progress",
    "closed": "completed", "expired": "failed",
}  # fmt: skip
"""Task.status of a state (§7)."""
REQUEST_STATUS: Final = {
    **{state: {"active"} for state in TASK_STATUS},
    "draft": {"draft"},
    "pending-approval": {"draft"},
    "cancelled": {"revoked"},
    "expired": {"revoked"},
    # What was called off was not carried out, also when its outcome was found out afterwards.
    "followed-up": {"active", "revoked"},
    "closed": {"completed", "revoked"},
}
"""ServiceRequest.status of a state (§7)."""
ENDED: Final = {"rejected", "cancelled", "expired", "closed"}
"""What is terminal for the hospital's side (§5)."""
