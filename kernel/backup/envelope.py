r"""The backup file: a header line in JSON, then encrypted chunks.

    STATION-BACKUP\n{"format":1,"salt":"…","check":"…",…}\n
    (4 bytes length, ciphertext) × n, the last of which says that it is the last

The key comes from a passphrase by scrypt (RFC 7914; N=2^16, r=8, p=1: 64 MiB of memory a guess).
Each chunk is compressed, then sealed by AES-256-GCM under the nonce of its number, with the header
as associated data: a chunk that is changed, moved, left out or brought from elsewhere is noticed.
"""

import base64
import hashlib
import hmac
import json
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"STATION-BACKUP\n"
FORMAT = 1
MAX_HEADER = 4096
MAX_CHUNK = 1 << 30
_SCRYPT = {"n": 1 << 16, "r": 8, "p": 1, "maxmem": 1 << 27, "dklen": 64}
_LENGTH = 4

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder().decode


class BackupDamaged(Exception):
    """The file is not a whole backup of ours, or the passphrase is another one; says which."""


@dataclass(frozen=True, slots=True)
class _Keys:
    cipher: AESGCM
    bound: bytes

    def nonce(self, number: int) -> bytes:
        """The key is fresh for each file (its salt), so counting makes nonces unique."""
        return number.to_bytes(12)


def _derive(passphrase: str, salt: bytes) -> tuple[bytes, bytes]:
    material = hashlib.scrypt(passphrase.encode(), salt=salt, **_SCRYPT)
    return material[:32], material[32:]


def _check(proof: bytes) -> str:
    return hmac.digest(proof, b"passphrase", "sha256").hex()


class Writer:
    """Writes a backup to an open file. Call `chunk` for each message, `close` after the last."""

    def __init__(self, file: BinaryIO, passphrase: str, about: dict[str, Any]) -> None:
        salt = secrets.token_bytes(16)
        secret, proof = _derive(passphrase, salt)
        header = {
            "format": FORMAT,
            "salt": base64.b64encode(salt).decode(),
            "check": _check(proof),
            **about,
        }
        line = json.dumps(header, ensure_ascii=False).encode() + b"\n"
        file.write(MAGIC + line)
        self._file = file
        self._keys = _Keys(AESGCM(secret), hashlib.sha256(line).digest())
        self._number = 0

    def chunk(self, message: Any) -> None:
        """Append a message: anything that MessagePack holds."""
        self._append(message, last=False)

    def close(self, message: Any) -> None:
        """Append the last message. Without it the file is not a backup."""
        self._append(message, last=True)

    def _append(self, message: Any, *, last: bool) -> None:
        data = zlib.compress(_pack(message), 1)
        sealed = self._keys.cipher.encrypt(
            self._keys.nonce(self._number), data, self._keys.bound + bytes([last])
        )
        self._file.write(len(sealed).to_bytes(_LENGTH) + sealed)
        self._number += 1


class Reader:
    """Reads a backup. Raises BackupDamaged naming the chunk that is not what was written."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        self.about, line = _header(file)
        try:
            salt = base64.b64decode(self.about["salt"], validate=True)
            secret, proof = _derive(passphrase, salt)
            expected = str(self.about["check"])
        except (KeyError, TypeError, ValueError):
            raise BackupDamaged("the header of the backup is damaged") from None
        if not hmac.compare_digest(_check(proof), expected):
            raise BackupDamaged("the passphrase is not the one of this backup")
        self._keys = _Keys(AESGCM(secret), hashlib.sha256(line).digest())

    def chunks(self) -> Iterator[Any]:
        """Every message in order; only a file that ends where it was ended comes to the end."""
        number, last = 0, False
        while not last:
            sealed = self._next(number)
            message, last = self._open(sealed, number)
            yield message
            number += 1
        if self._file.read(1):
            raise BackupDamaged(f"something was added behind the last chunk ({number - 1})")

    def _next(self, number: int) -> bytes:
        length = int.from_bytes(self._file.read(_LENGTH))
        sealed = self._file.read(length) if 0 < length <= MAX_CHUNK else b""
        if len(sealed) != length or not length:
            raise BackupDamaged(f"the backup is cut off or damaged at chunk {number}")
        return sealed

    def _open(self, sealed: bytes, number: int) -> tuple[Any, bool]:
        for last in (False, True):
            try:
                data = self._keys.cipher.decrypt(
                    self._keys.nonce(number), sealed, self._keys.bound + bytes([last])
                )
            except InvalidTag:
                continue
            return _unpack(zlib.decompress(data)), last
        raise BackupDamaged(f"chunk {number} of the backup is not what was written")


def _header(file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    if file.read(len(MAGIC)) != MAGIC:
        raise BackupDamaged("this file is not a backup of Station")
    line = file.readline(MAX_HEADER)
    try:
        header = json.loads(line)
    except ValueError:
        raise BackupDamaged("the header of the backup is damaged") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise BackupDamaged(f"the backup is not of format {FORMAT}: use the program that wrote it")
    return header, line
