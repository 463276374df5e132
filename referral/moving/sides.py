"""On which side of a referral somebody acts, and who is its owner there."""

from kernel.declare.roles import Role
from kernel.security.actor import SYSTEM, Actor, Reach
from referral.permissions import SUBMIT
from referral.states import OWNERS, Event, Side, State
from referral.task import Facts

SIGNED = frozenset(
    {
        Event.SUBMIT,
        Event.CANCEL,
        Event.ACCEPT_BACK,
        Event.DECLINE_BACK,
        Event.ACKNOWLEDGE,
        Event.CLOSE_WITHOUT_LETTER,
        Event.RESEND,
    }
)
"""What a nurse prepares and a doctor decides."""


def sides_of(actor: Actor, facts: Facts) -> frozenset[Side]:
    """The sides on which an actor acts in a referral; empty for a stranger.

    The exchange platform carries the moves of both; a centre acts for its stations.
    """
    if actor.user_id == SYSTEM.user_id:
        return frozenset({Side.SYSTEM, Side.COMMUNITY, Side.HEAD})
    if Role.PLATFORM in actor.roles and not actor.elevated:
        return frozenset({Side.COMMUNITY, Side.HEAD, Side.HOSPITAL})
    if actor.elevated:
        return frozenset(Side)
    found = set()
    if actor.reach is Reach.ORGANISATIONS and facts.community_id in actor.organisations:
        found.add(Side.COMMUNITY)
        if actor.roles & {Role.STATION_HEAD, Role.CENTRE_MANAGER}:
            found.add(Side.HEAD)
    if Role.REFERRAL_COORDINATOR in actor.roles and actor.organisation_id == facts.hospital_id:
        found.add(Side.HOSPITAL)
    return frozenset(found)


def may_sign(actor: Actor, event: Event) -> bool:
    """Whether somebody may do what a doctor decides; everything else his side may do."""
    return event not in SIGNED or actor.elevated or actor.may(SUBMIT) or not actor.organisation_id


def owner_side(state: State) -> Side | None:
    """On whose list a referral in a state stands; None for a closed one."""
    return OWNERS.get(state)
