"""The codec keeps every digit, and what is not JSON is refused with a reason."""

import copy
import pickle
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.fhir.json import Digits, JsonError, dumps, dumps_pretty, loads, loads_unique

LITERALS = ["6.30", "1e2", "0.000000001", "1.10E5", "-0.0", "1E+2", "1e-7", "100.000", "0e0"]


@pytest.mark.parametrize("literal", LITERALS)
def test_decimals_come_out_as_they_went_in(literal: str) -> None:
    text = f'{{"value":[{literal}],"unit":"毫克"}}'.encode()
    value = loads(text)
    assert isinstance(value["value"][0], Digits)
    assert value["value"][0] == Decimal(literal)
    assert dumps(value) == text
    assert dumps(copy.deepcopy(value)) == text
    assert dumps(copy.copy(value["value"][0])) == literal.encode()
    assert dumps(pickle.loads(pickle.dumps(value))) == text  # noqa: S301 - our own bytes
    assert literal.encode() in dumps_pretty(value)


def test_integers_are_integers() -> None:
    value = loads(b"[0,-1,2147483648,123456789012345678901234567890]")
    assert value == [0, -1, 2147483648, 123456789012345678901234567890]
    assert all(type(item) is int for item in value)
    assert dumps(value) == b"[0,-1,2147483648,123456789012345678901234567890]"


def test_plain_decimals_are_written_as_numbers() -> None:
    assert dumps([Decimal("6.30"), loads("1.5") + 1]) == b"[6.30,2.5]"


def test_pretty_is_indented() -> None:
    assert dumps_pretty({"a": [Digits("1.10E5")]}) == b'{\n  "a": [\n    1.10E5\n  ]\n}'


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        (b"", "truncated", None),
        (b'{"a":1,}', "trailing comma", 7),
        (b"NaN", "invalid character", 0),
        (b"[01]", "invalid number", 2),
        (b"{} x", "trailing characters", 4),
        (b'"a\xff"', "UTF-8", None),
        (b'["\\ud800x"]', "", None),
        ('"\ud800"', "UTF-8", 1),
        (b"[" * 200_000, "nested too deeply", None),
        (b'{"a":' * 200_000, "nested too deeply", None),
        (b"1e9999999999999999999", "too large", None),
        (b"1" * 5000, "out of range", None),
        (b"\xef\xbb\xbf{}", "invalid character", 0),
    ],
)
def test_what_is_not_json_is_refused(text: bytes | str, message: str, position: int | None) -> None:
    with pytest.raises(JsonError) as caught:
        loads(text)
    assert message in caught.value.message
    if position is not None:
        assert caught.value.position == position


def test_writing_refuses_what_json_cannot_hold() -> None:
    deep: list[object] = []
    for _ in range(200_000):
        deep = [deep]
    with pytest.raises(JsonError, match="deeply"):
        dumps(deep)
    with pytest.raises(JsonError, match="UTF-8"):
        dumps("\ud800")
    with pytest.raises(TypeError, match="object"):
        dumps(object())
    while deep:  # taken apart by hand, so that freeing it does not recurse
        deep = deep.pop()  # type: ignore[assignment]  # each level holds exactly one list


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'{"x":[{"b":{"c":1,"d":2,"c":3}}]}',
        b'{"a":":","\\u0061":":"}',
        b'{"a":"\\u003a","a":1}',
        '{"姓名":1,"姓名":1}',
    ],
)
def test_repeated_keys_are_refused_at_the_door(text: bytes | str) -> None:
    loads(text)
    with pytest.raises(JsonError, match="more than once"):
        loads_unique(text)


def test_equal_keys_in_different_objects_are_fine() -> None:
    text = b'{"a":{"a":":"},"b":[{"a":"\\u003A:"},{"a":2.0}]}'
    assert loads_unique(text) == loads(text)
    assert loads_unique(text.decode()) == loads(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(JSON)
def test_whatever_is_written_reads_back(value: object) -> None:
    assert loads_unique(dumps(value)) == value
    assert loads_unique(dumps_pretty(value)) == value


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60))
def test_rubbish_raises_nothing_else(data: bytes | str) -> None:
    try:
        value = loads_unique(data)
    except JsonError:
        return
    assert loads(dumps(value)) == value
