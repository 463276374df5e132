"""Taking a change back while later changes stay: three versions of a body. Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kernel.fhir import json

Body = Mapping[str, Any]
_MISSING: Final = object()


class Irreversible(Exception):
    """Somebody has changed the very thing since; the message is the element's name."""


def reverted(before: Body, changed: Body, current: Body) -> dict[str, Any]:
    """`current` without what the step from `before` to `changed` did; `meta` apart.

    Without later changes that is `before`, member by member. Raises Irreversible where a later
    change touched the same value, so that nobody can say what is right.
    """
    if _same(_content(changed), _content(current)):
        return dict(before)
    found = _mapping(_content(before), _content(changed), _content(current), "")
    return {**found, "meta": current.get("meta", {})} if "meta" in current else found


def _content(body: Body) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "meta"}


def _same(one: Any, other: Any) -> bool:
    """Compared as they are written: 6.30 is not 6.3."""
    if one is _MISSING or other is _MISSING:
        return one is other
    return json.dumps({"v": one}) == json.dumps({"v": other})


def _mapping(before: Body, changed: Body, current: Body, path: str) -> dict[str, Any]:
    names = dict.fromkeys([*current, *before, *changed])
    values = {
        name: _value(
            before.get(name, _MISSING),
            changed.get(name, _MISSING),
            current.get(name, _MISSING),
            f"{path}.{name}".lstrip("."),
        )
        for name in names
    }
    return {name: value for name, value in values.items() if value is not _MISSING}


def _value(before: Any, changed: Any, current: Any, path: str) -> Any:
    if _same(before, changed):
        return current
    if _same(changed, current):
        return before
    if all(isinstance(value, Mapping) for value in (before, changed, current)):
        return _mapping(before, changed, current, path)
    parts = (before, changed, current)
    lists = [[] if value is _MISSING else value for value in parts]
    if all(isinstance(value, list) for value in lists):
        return _items(lists[0], lists[1], lists[2], path) or _MISSING
    raise Irreversible(path)


def _items(before: list[Any], changed: list[Any], current: list[Any], path: str) -> list[Any]:
    """A list in which what was put in is taken out again, and what was taken out comes back.

    Where the list is as long as it was, its members are compared one by one.
    """
    if len(before) == len(changed) == len(current):
        parts = zip(before, changed, current, strict=True)
        return [_value(*part, f"{path}[{n}]") for n, part in enumerate(parts)]
    came, went = _without(changed, before), _without(before, changed)
    if _without(came, current):
        raise Irreversible(path)
    return [*_without(current, came), *went]


def _without(items: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The members of the first that are not in the second, each as often as it is there more."""
    rest = [json.dumps({"v": one}) for one in others]
    found = []
    for one in items:
        text = json.dumps({"v": one})
        if text in rest:
            rest.remove(text)
        else:
            found.append(one)
    return found
