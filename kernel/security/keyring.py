"""The key ring: a file outside the database, with versioned keys for bodies, indexes and audit.

The file is JSON: `{"current": 1, "keys": {"1": {"cipher": "aes-256-gcm", "secret": "<base64>"}}}`.
One 256-bit secret a version; the keys for each purpose are derived from it (HKDF-SHA256), so a
version is rotated as a whole and one file is all that must be kept safe with the backups.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel.security.sm4 import SM4GCM


class KeysMissing(Exception):
    """The key file is absent, unreadable, or does not belong to this database."""


class Aead(Protocol):
    """An authenticated cipher."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


_CIPHERS: dict[str, tuple[Callable[[bytes], Aead], int]] = {
    "aes-256-gcm": (AESGCM, 32),
    "sm4-gcm": (SM4GCM, 16),
}


@dataclass(frozen=True)
class Key:
    """One version of the keys, derived per purpose."""

    version: int
    body: Aead = field(repr=False)
    index: bytes = field(repr=False)
    audit: bytes = field(repr=False)
    cursor: bytes = field(repr=False)


class KeyRing:
    """All key versions; `current` is used for writing, the others only for reading."""

    def __init__(self, current: int, keys: dict[int, Key]) -> None:
        self.keys = keys
        self.current = keys[current]

    def check_value(self) -> str:
        """A print of the current key, kept in the database to notice a foreign key file."""
        return _print(self.current)

    def check_values(self) -> frozenset[str]:
        """The prints of all key versions."""
        return frozenset(_print(key) for key in self.keys.values())

    def blind(self, text: str) -> bytes:
        """The keyed digest by which an identifier is found: version byte and 15 of HMAC-SHA256."""
        return _blind(self.current, text)

    def blinds(self, text: str) -> tuple[bytes, ...]:
        """The digests of `text` under every key version, current first."""
        others = [k for k in self.keys.values() if k is not self.current]
        return tuple(_blind(key, text) for key in [self.current, *others])

    def sign(self, data: bytes) -> bytes:
        """A MAC over `data` for cursors and other things that come back to us (16 bytes)."""
        return hmac.digest(self.current.cursor, data, hashlib.sha256)[:16]

    def verify(self, data: bytes, mac: bytes) -> bool:
        """Whether `sign(data)` under any key version gave `mac`."""
        return any(
            hmac.compare_digest(hmac.digest(key.cursor, data, hashlib.sha256)[:16], mac)
            for key in self.keys.values()
        )


def _print(key: Key) -> str:
    return hmac.digest(key.audit, b"key check", hashlib.sha256).hex()


def _blind(key: Key, text: str) -> bytes:
    return bytes([key.version]) + hmac.digest(key.index, text.encode(), hashlib.sha256)[:15]


def _derive(version: int, cipher: str, secret: bytes) -> Key:
    def key(purpose: str, length: int = 32) -> bytes:
        info = f"station/{version}/{purpose}".encode()
        return HKDF(hashes.SHA256(), length, salt=None, info=info).derive(secret)

    make, length = _CIPHERS[cipher]
    return Key(version, make(key("body", length)), key("index"), key("audit"), key("cursor"))


def load(path: Path) -> KeyRing:
    """Read the key ring. Raises KeysMissing, naming the file and what would be right."""
    try:
        data = json.loads(path.read_text())
        keys = {
            int(version): _derive(
                int(version), entry["cipher"], base64.b64decode(entry["secret"], validate=True)
            )
            for version, entry in data["keys"].items()
        }
        return KeyRing(int(data["current"]), keys)
    except FileNotFoundError:
        raise KeysMissing(
            f"key file {path} is missing; restore it from its backup, or set STATION_KEY_FILE"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeysMissing(f"key file {path} cannot be used: {error}") from error


def create(path: Path, *, cipher: str = "aes-256-gcm") -> KeyRing:
    """Make a new key ring with one fresh key, readable by its owner only.

    Raises FileExistsError where there is one already: keys are added by `rotate`, never replaced.
    """
    _write(path, {"current": 1, "keys": {"1": _fresh(cipher)}}, exclusive=True)
    return load(path)


def rotate(path: Path, *, cipher: str = "aes-256-gcm") -> KeyRing:
    """Add a key and make it the current one; what the others wrote stays readable."""
    load(path)
    data = json.loads(path.read_text())
    version = max(map(int, data["keys"])) + 1
    data["keys"][str(version)] = _fresh(cipher)
    data["current"] = version
    _write(path, data, exclusive=False)
    return load(path)


def _fresh(cipher: str) -> dict[str, str]:
    return {"cipher": cipher, "secret": base64.b64encode(secrets.token_bytes(32)).decode()}


def _write(path: Path, data: object, *, exclusive: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if exclusive and path.exists():
        raise FileExistsError(path)
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(data, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
