"""Logs: one JSON object a line, without anything that identifies a person or opens a door.

Redaction is by name of the value (`name`, `token`, …) and by shape (identity numbers, phones,
bearer tokens) in whatever text is logged, tracebacks included (ASVS 16.2.5). A value can never
begin a line of its own: JSON escapes line breaks, and other control signs are taken out (16.4.1).
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

HIDDEN = "***"

SECRET_NAMES = frozenset(
    {
        "name", "names", "display", "patient_name", "given", "family", "text", "address", "phone",
        "mobile", "telecom", "identifier", "id_number", "identity_number", "birth_date",
        "birthdate", "token", "password", "passphrase", "secret", "code", "cookie",
        "authorization", "csrf", "session", "body", "query",
    }
)  # fmt: skip
"""Names of values that are never written."""

_SHAPES = (
    # GB 11643: 17 digits and a check character, or the old 15 digits; spaces may stand between.
    re.compile(
        r"(?<![0-9A-Za-z])\d{6}[ -]?(?:18|19|20)\d{2}[ -]?\d{4}[ -]?\d{3}[\dXx](?![0-9A-Za-z])"
    ),
    re.compile(r"(?<![0-9A-Za-z])\d{15}(?:\d{2}[\dXx])?(?![0-9A-Za-z])"),
    re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"),
    re.compile(r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"),
    re.compile(r"station_[A-Za-z0-9_-]{16,}"),
    re.compile(r"(?i)(?<=bearer )[A-Za-z0-9._~+/=-]+"),
    re.compile(r"(?i)(?<=://)[^/@\s]*:[^/@\s]*(?=@)"),
)
_NAMED = re.compile(
    r"(?i)\b(name|family|given|identifier|phone|telecom|address|birthdate|password|token|code)"
    r"((?::[a-z-]+)?=)[^&\s\"']+"
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

EventDict = MutableMapping[str, Any]


def redacted(text: str) -> str:
    """A text without identity numbers, phone numbers, tokens and passwords."""
    for shape in _SHAPES:
        text = shape.sub(HIDDEN, text)
    return _CONTROL.sub("\ufffd", _NAMED.sub(rf"\1\2{HIDDEN}", text))


def _redact(value: Any, name: str = "") -> Any:
    if name.lower() in SECRET_NAMES:
        return HIDDEN
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {redacted(str(key)): _redact(part, str(key)) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redact(part) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return _redact_number(value)
    return redacted(str(value))


def _redact_number(value: float | None) -> Any:
    if value is None or isinstance(value, bool) or redacted(str(value)) == str(value):
        return value
    return HIDDEN


def redact_event(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The structlog processor: every value of an event without what must not be in a log."""
    kept = ("level", "logger", "timestamp")
    return {k: v if k in kept else _redact(v, "" if k == "event" else k) for k, v in event.items()}


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send the logs of the whole process, uvicorn's included, to `stream` (stderr) as JSON lines.

    `level` is debug, info, warning or error.
    """
    before: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of every look at a database
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
