"""What becomes of the demo's referrals: every way a referral can go, with its times. Pure data.

Ages and pauses are hours of the hospital's working time (8 a day) unless said, so that what is at
risk, late or fresh is so on any day of the week.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from demo.referral_words import EMERGENCY, ROUTINE, URGENT

BOTH: Final = 0
"""Hospitals take turns; else the number of the one that is meant."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step, and how many working hours after the one before it was taken.

    `what` is the name of a step of `demo.referral_players`.
    """

    what: str
    after: float


@dataclass(frozen=True, slots=True)
class Course:
    """One way: how long ago it began (working hours), how urgent it is, to which hospital."""

    begun: float
    steps: tuple[Taken, ...]
    urgency: str = ROUTINE
    hospital: int = BOTH
    station: int = BOTH


_SENT: Final = (Taken("send", 0),)
_ACCEPTED: Final = (*_SENT, Taken("accept", 3))
_BOOKED: Final = (*_ACCEPTED, Taken("book", 1))
_COME: Final = (*_BOOKED, Taken("arrive", 10))
_SEEN: Final = (*_COME, Taken("start", 0.5))
_OFFERED: Final = (*_SEEN, Taken("offer", 16))
_TAKEN: Final = (*_OFFERED, Taken("take_back", 4))
_CONTACTED: Final = (*_TAKEN, Taken("contact", 12))
_CLOSED: Final = (*_CONTACTED, Taken("close", 3))
_REPORTED: Final = (*_SEEN, Taken("report", 14))


def courses() -> Iterator[Course]:
    """All ways; the first ones are those that every city has, however small."""
    first, others = zip(*_WAYS, strict=True)
    yield from (course for ways in first for course in ways)
    yield from (course for ways in others for course in ways)


def _ways(
    steps: tuple[Taken, ...],
    first: tuple[float, ...],
    *more: float,
    urgency: str = ROUTINE,
    hospital: int = BOTH,
    station: int = BOTH,
) -> tuple[tuple[Course, ...], tuple[Course, ...]]:
    """The same way several times: so long ago was the last step; first those of every city."""
    length = sum(one.after for one in steps)
    first_ones, others = (
        tuple(Course(length + age, steps, urgency, hospital, station) for age in ages)
        for ages in (first, more)
    )
    return first_ones, others


_EXPIRED: Final = (*_SENT, Taken("escalate", 8), Taken("expire", 8))
_REJECTED: Final = (*_SENT, Taken("reject", 3))
_RESENT: Final = (*_REJECTED, Taken("resend", 4), Taken("accept", 3), Taken("book", 1))
_NO_SHOW: Final = (*_ACCEPTED, Taken("book_tomorrow", 1), Taken("no_show", 17))
_REDIRECTED: Final = (*_SENT, Taken("redirect", 2), *_BOOKED[1:])
_DECLINED: Final = (*_OFFERED, Taken("decline_back", 4))
_WITHOUT_LETTER: Final = (*_SEEN, Taken("contact", 60), Taken("close", 4))
_RUSHED: Final = (*_SENT, Taken("rush_in", 0.2), Taken("start", 0.1))
_WAYS: Final = (
    # the coordinator's list: fresh, at risk, overdue and told
    _ways(_SENT, (1.5, 4), 0.5, 2, 3, 5),
    _ways(_SENT, (6.5,), 7, 7.5, hospital=1),
    _ways(_SENT, (10,), 12),
    _ways(_SENT, (1,), 0.5, 3.5, urgency=URGENT, hospital=2),
    _ways((Taken("draft", 0),), (1,), 2, 3),
    _ways((*_SENT, Taken("ask", 2)), (1,), 3, 5),
    _ways(_ACCEPTED, (4,), 8, 20, 30),
    _ways(_ACCEPTED, (14,), 2, urgency=URGENT, hospital=1),
    # expected: later, and today
    _ways((*_ACCEPTED, Taken("book_later", 1)), (2, 5), 4, 6, 8, 10, 3, 7),
    _ways((*_ACCEPTED, Taken("book_today", 1)), (3, 9), 12, 6, hospital=1),
    # who did not come, and who came
    _ways(_NO_SHOW, (0.5,), 1, 2),
    _ways((*_NO_SHOW, Taken("rebook", 2)), (1,), 2),
    _ways(_COME, (0.5, 1), 2, 3, 0.7),
    _ways(_SEEN, (2, 6), 4, 8, 10, 12, 1, 3),
    _ways(_SEEN, (20,), 21, hospital=1),
    _ways(_SEEN, (44,), hospital=1, station=1),  # the overdue return
    _ways(_RUSHED, (1,), 2, urgency=EMERGENCY, hospital=2),
    _ways((*_SEEN, Taken("transfer", 3), *_BOOKED[1:]), (3,)),
    _ways((*_REDIRECTED,), (4,), 6),
    # back, or on the way back
    _ways(_REPORTED, (8,), 16, 30, hospital=1, station=1),
    _ways(_OFFERED, (2,), 6, 12, 1),
    _ways(_OFFERED, (3,), hospital=1, station=1),
    _ways((Taken("offer_first", 0),), (2,), 5, 9, hospital=1, station=1),
    _ways(_DECLINED, (3,), 6),
    _ways(_TAKEN, (6, 20), 2, 30, hospital=1, station=1),
    _ways(_TAKEN, (12,), 3, 8),
    _ways(_TAKEN, (56,), hospital=2, station=1),  # nobody called within seven days
    _ways(_TAKEN, (4,), 6, urgency=URGENT),
    _ways(_CONTACTED, (3,), 6, 9, 2),
    # ended, one way or another
    _ways(_REJECTED, (6,), 20, 60),
    _ways(_RESENT, (4,), 8, 12),
    _ways((*_SENT, Taken("cancel", 2)), (5,), 30, 70, 120),
    _ways((*_BOOKED, Taken("cancel", 3)), (9,), 50),
    _ways(_EXPIRED, (10,), 40),
    _ways(_WITHOUT_LETTER, (20,), 90, 150, 240),
    _ways((*_RUSHED, Taken("offer", 40), *_CLOSED[6:]), (30,), 120, urgency=EMERGENCY),
    _ways(
        _CLOSED, (10, 60), *range(20, 640, 48), urgency=ROUTINE,
    ),
    _ways(_CLOSED, (30,), *range(50, 500, 100), urgency=URGENT),
)  # fmt: skip
