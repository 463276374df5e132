"""Where somebody lives now and where before: the addresses of a Patient. Pure functions."""

import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from records.duplicates.addresses import address_key
from records.extensions import GRID_ADDRESS

Body = Mapping[str, Any]
Element = dict[str, Any]
_BLANKS_AND_STOPS = str.maketrans("", "", " \t\u3000,，.。、;；:：()（）-－#＃")


def home_of(text: str, place: Mapping[str, str]) -> Element:
    """An Address: in words, and its place in the territory by the parts of `grid-address`."""
    home: Element = {"text": text}
    parts = [{"url": name, "valueString": told} for name, told in place.items() if told]
    if parts:
        home["extension"] = [{"url": GRID_ADDRESS, "extension": parts}]
    return home


def rehomed(person: Body, home: Body, on: date) -> Element:
    """The Patient whose home is another one from the day `on`.

    The home before stays in `address` as `old`, until the day before (not before its first).
    """
    before = [
        {**one, "use": "old", "period": _until(one.get("period", {}), on)}
        if one.get("use", "home") == "home"
        else one
        for one in person.get("address", ())
    ]
    now = {**home, "use": "home", "type": "physical", "period": {"start": on.isoformat()}}
    return {**person, "address": [now, *before]}


def _until(period: Body, on: date) -> Element:
    last = (on - timedelta(days=1)).isoformat()
    return {**period, "end": max(last, str(period.get("start", ""))[:10])}


def same_home(one: str, other: str) -> bool:
    """Whether two addresses in words are the same home, however they are written.

    Either letter by letter, blanks and stops apart, or the same estate or street and the same
    numbers (`records.duplicates.addresses.address_key`).
    """
    if _plain(one) == _plain(other):
        return True
    key = address_key(one)
    return not key.startswith("|") and key != "" and key == address_key(other)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_BLANKS_AND_STOPS)
