"""The one place where somebody acts further than his account sees, and why he may.

Everything is still audited under the real account: only how far it sees is changed, for a `Work`
that is handed to exactly one act.
"""

from dataclasses import replace

from kernel.security.actor import Reach
from kernel.work import Work


def across(work: Work, *organisation_ids: str) -> Work:
    """The same transaction, in which the actor also sees what these institutions keep.

    For handing a file over, which both sides have agreed to, and for nothing else.
    """
    if work.actor.reach is Reach.EVERYTHING:
        return work
    seen = tuple(dict.fromkeys((*work.actor.organisations, *organisation_ids)))
    return _as(work, reach=Reach.ORGANISATIONS, organisations=seen, scopes=None)


def keeping_days(work: Work) -> Work:
    """The same transaction, in which the actor may write the residence of a Patient just saved.

    Who may write a Patient writes the days that follow from it, even with a token for less.
    """
    return _as(work, reach=Reach.EVERYTHING, scopes=None)


def looking_up(work: Work) -> Work:
    """The same transaction, in which a file of the city is found by who knows name and number."""
    return _as(work, reach=Reach.EVERYTHING, scopes=None)


def keeping_households(work: Work) -> Work:
    """The same transaction, in which the actor sees every household, whoever keeps it.

    Who may write that somebody died or moved writes the end of the membership that follows from
    it, and a household's number is compared with all others of the city.
    """
    return _as(work, reach=Reach.EVERYTHING, scopes=None)


def _as(work: Work, **changes: object) -> Work:
    wider = replace(work, actor=replace(work.actor, **changes), touched=work.touched)  # type: ignore[arg-type]  # fields of Actor by name
    wider.now, wider.today = work.now, work.today
    return wider
