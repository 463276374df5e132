"""One row of the audit, and how it is made unreadable and unchangeable.

The detail is encrypted for its own row. The MAC covers every column, the ciphertext included:
HMAC-SHA256 over the MessagePack array of the columns in the order of `COLUMNS`, behind one byte
that names the key's version (等保2.0 安全审计; ASVS 16.4.2).
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import msgspec

from kernel.clock import Instant
from kernel.ids import uuid7
from kernel.security.actor import Actor
from kernel.security.codec import seal, unseal
from kernel.security.keyring import KeyRing

SEVERAL = "*"
"""Stands in `patient_id` of an entry that touched several persons; the detail lists them."""

COLUMNS = (
    "id",
    "at",
    "action",
    "outcome",
    "user_id",
    "organisation_id",
    "patient_id",
    "resource_type",
    "resource_id",
    "version",
    "source",
    "detail",
)
"""The columns that the MAC covers, in its order."""

_DIGEST = "sha256"
_pack = msgspec.msgpack.Encoder().encode
_write = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(dict[str, Any]).decode


class Action(StrEnum):
    """Everything that is audited."""

    SIGN_IN = "sign-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGN_OUT = "sign-out"
    READ = "read"
    VREAD = "vread"
    SEARCH = "search"
    HISTORY = "history"
    REVEAL = "reveal"
    CREATE = "create"
    UPDATE = "update"
    PATCH = "patch"
    DELETE = "delete"
    PRINT = "print"
    EXPORT = "export"
    IMPORT = "import"
    OPERATION = "operation"
    DENIED = "denied"
    ACCOUNT = "account"
    TOKEN = "token"  # noqa: S105 - the making or revoking of one
    GRANT = "grant"
    CONFIG = "config"
    BACKUP = "backup"
    RESTORE = "restore"
    PURGE = "purge"


class Outcome(IntEnum):
    """FHIR AuditEvent.outcome (R4 6.4, value set audit-event-outcome)."""

    SUCCESS = 0
    MINOR = 4
    SERIOUS = 8
    MAJOR = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened. `at` is an instant, `id` a UUID of version 7.

    A request that touched one person names it in `patient_id`; one that touched several lists them
    in `patients`. `detail` is JSON that is stored encrypted; what identifies a person (a search's
    parameters) belongs there and nowhere else.
    """

    id: str
    at: Instant
    action: Action
    outcome: Outcome = Outcome.SUCCESS
    user_id: str | None = None
    organisation_id: str | None = None
    patient_id: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    version: int | None = None
    source: str | None = None
    detail: Mapping[str, Any] | None = None
    patients: tuple[str, ...] = ()


def entry_of(
    actor: Actor,
    now: Instant,
    action: Action,
    *,
    outcome: Outcome = Outcome.SUCCESS,
    patients: Sequence[str] = (),
    resource_type: str | None = None,
    resource_id: str | None = None,
    version: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Entry:
    """The entry of something that `actor` did at the instant `now` to the records of `patients`."""
    touched = tuple(dict.fromkeys(patients))
    alone = touched[0] if len(touched) == 1 else None
    return Entry(
        id=uuid7(now),
        at=now,
        action=action,
        outcome=outcome,
        user_id=actor.user_id,
        organisation_id=actor.organisation_id or None,
        patient_id=alone,
        resource_type=resource_type,
        resource_id=resource_id,
        version=version,
        source=actor.source or None,
        detail=detail,
        patients=() if alone else touched,
    )


def row(keys: KeyRing, entry: Entry) -> dict[str, Any]:
    """The columns of `entry` with its encrypted detail and its MAC, for an inbox.

    What a client sent is cut to the columns' width and freed of NUL, which PostgreSQL cannot store.
    Raises TypeError for a detail that is not JSON.
    """
    detail: Mapping[str, Any] | None = entry.detail
    patient_id = entry.patient_id
    if entry.patients:
        patient_id = SEVERAL
        detail = {**(detail or {}), "patients": sorted(set(entry.patients))}
    values = {
        "id": entry.id,
        "at": entry.at,
        "action": entry.action.value,
        "outcome": int(entry.outcome),
        "user_id": entry.user_id,
        "organisation_id": entry.organisation_id,
        "patient_id": patient_id,
        "resource_type": _clean(entry.resource_type, 40),
        "resource_id": _clean(entry.resource_id, 64),
        "version": entry.version,
        "source": _clean(entry.source, 64),
        "detail": None if detail is None else seal(keys, f"audit/{entry.id}", _write(detail)),
    }
    values["mac"] = mac(keys, keys.current.version, b"entry", _pack(tuple(values.values())))
    return values


def _clean(text: str | None, width: int) -> str | None:
    return None if text is None else text.replace("\0", "")[:width]


def detail_of(keys: KeyRing, id_: str, sealed: bytes | None) -> dict[str, Any] | None:
    """The detail of the entry `id_`. Raises codec.Damaged if it was changed or moved."""
    return None if sealed is None else _read(unseal(keys, f"audit/{id_}", bytes(sealed)))


def mac(keys: KeyRing, version: int, purpose: bytes, *parts: bytes) -> bytes:
    """The version byte and HMAC-SHA256 of a statement of the audit, under that key version.

    Raises KeyError if the ring lacks the version. Parts other than the last are of fixed length.
    """
    key = keys.keys[version].audit
    return bytes([version]) + hmac.digest(key, b"\0".join((purpose, b"".join(parts))), _DIGEST)


def holds(keys: KeyRing, claimed: bytes, purpose: bytes, *parts: bytes) -> bool:
    """Whether `mac` made `claimed` of these parts, under the key version that it names."""
    if not claimed or claimed[0] not in keys.keys:
        return False
    return hmac.compare_digest(mac(keys, claimed[0], purpose, *parts), claimed)


def packed(values: Sequence[Any]) -> bytes:
    """The bytes of column values that a MAC covers."""
    return _pack(values)


def chained(keys: KeyRing, before: bytes, position: int, entry_mac: bytes) -> bytes:
    """The chain at `position`: what stood before it, the position, and the entry's MAC."""
    parts = (position.to_bytes(8), _pack((before, entry_mac)))
    return mac(keys, keys.current.version, b"chain", *parts)


def follows(keys: KeyRing, chain: bytes, before: bytes, position: int, entry_mac: bytes) -> bool:
    """Whether `chained` made `chain` of these."""
    return holds(keys, chain, b"chain", position.to_bytes(8), _pack((before, entry_mac)))
