"""Merging and undoing as somebody of the cast, and what is answered to who must not."""

from collections.abc import Callable

import pytest

from kernel.errors import Refused
from kernel.work import Work
from records.duplicates.services import merge, undo_merge
from tests.duplicates.people import GONE, KEEP
from tests.support.house import OpenHouse


def act(house: OpenHouse, what: Callable[[Work], object], as_: str = "gp1") -> object:
    with house.station.write(house.actor(as_)) as work:
        return what(work)


def merged(house: OpenHouse, *, taken: tuple[str, ...] = (), as_: str = "gp1") -> str:
    return str(act(house, lambda work: merge(work, KEEP, GONE, taken=taken), as_))


def undo(house: OpenHouse, provenance_id: str, as_: str = "gp1") -> None:
    act(house, lambda work: undo_merge(work, provenance_id), as_)


def refusal(house: OpenHouse, what: Callable[[Work], object], as_: str = "gp1") -> Refused:
    with pytest.raises(Refused) as caught:
        act(house, what, as_)
    return caught.value


def told(refused: Refused) -> str:
    return refused.issues[0].diagnostics
