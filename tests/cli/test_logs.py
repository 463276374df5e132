"""Logs: one JSON object a line, without what identifies a person."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from kernel.logs import HIDDEN, configure, redacted


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What is logged, with the process's logging as it was before afterwards."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    stream = io.StringIO()
    configure("info", stream)
    yield stream
    root.handlers, root.level = before
    structlog.reset_defaults()


def logged(stream: io.StringIO) -> list[dict[str, Any]]:
    """The lines, each of which must be JSON by itself."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    "secret",
    [
        "379900198503120012",
        "37990019850312001X",
        "379900 19850312 001X",
        "379900850312001",
        "13900010001",
        "139-0001-0001",
        "+86 13900010001",
        "0631-5200001",
        "station_GBP-WF6xUK8AEv-w-R8nN_ELnurmTwV5oDf7ThBYGPo",
        "Bearer abc.def-ghi",
    ],
)
def test_shapes_are_hidden_in_any_text(secret: str) -> None:
    text = redacted(f"value {secret}, and more")
    assert secret.removeprefix("Bearer ") not in text
    assert HIDDEN in text
    assert text.endswith("and more")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("GET /Patient?name=王小明&_count=1", "王小明"),
        ("GET /Patient?family:exact=Wang", "Wang"),
        ("GET /Patient?identifier=urn|abc", "abc"),
        ("postgresql://station:s3cret@db/x", "s3cret"),
    ],
)
def test_parameters_that_identify_are_hidden(text: str, secret: str) -> None:
    assert secret not in redacted(text)


@pytest.mark.parametrize(
    "harmless",
    ["took 1234 ms", "2026-11-23T09:05:00.123456Z", "port 8080", "Observation/abc-12345"],
)
def test_the_rest_stays_readable(harmless: str) -> None:
    assert redacted(harmless) == harmless


def test_values_are_hidden_by_their_name_also_inside(stream: io.StringIO) -> None:
    log = structlog.get_logger("station.test")
    log.info("saved", name="王小明", count=3, detail={"phone": "x", "deep": [{"token": "t"}]})
    (line,) = logged(stream)
    assert line["event"] == "saved"
    assert line["name"] == HIDDEN
    assert line["count"] == 3
    assert line["detail"] == {"phone": HIDDEN, "deep": [{"token": HIDDEN}]}


def test_a_number_that_is_a_phone_is_hidden(stream: io.StringIO) -> None:
    structlog.get_logger("station.test").info("dialled", called=13900010001, other=42)
    (line,) = logged(stream)
    assert (line["called"], line["other"]) == (HIDDEN, 42)


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\u2028", "\x1b[2J", "\u202e", "\x85"])
def test_nothing_that_is_logged_begins_a_line(stream: io.StringIO, sign: str) -> None:
    fake = f'x{sign}{{"event": "signed in", "level": "info"}}'
    logging.getLogger("station.test").warning("unknown user %s", fake)
    (line,) = logged(stream)
    assert line["level"] == "warning"
    assert "\x1b" not in stream.getvalue()
    assert "\u202e" not in stream.getvalue()


def test_tracebacks_are_one_line_without_secrets(stream: io.StringIO) -> None:
    try:
        int("379900198503120012 is no number")
    except ValueError:
        logging.getLogger("station.test").exception("failed for %s", "13900010001")
    (line,) = logged(stream)
    assert "ValueError" in line["exception"]
    assert "379900198503120012" not in stream.getvalue()
    assert "13900010001" not in stream.getvalue()


def test_levels_below_the_chosen_one_are_left_out(stream: io.StringIO) -> None:
    configure("error", stream)
    logging.getLogger("station.test").warning("quiet")
    logging.getLogger("uvicorn.error").error("loud")
    assert [line["event"] for line in logged(stream)] == ["loud"]
