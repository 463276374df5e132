"""The ground: ids that only grow, bodies that stay where they were put, keys that are kept."""

import stat
from pathlib import Path

import pysqlite3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kernel.clock import SECOND, FixedClock, iso_instant, local_date
from kernel.db.dialect import SAFE_WAL
from kernel.db.engine import Database, journal_mode
from kernel.ids import uuid7
from kernel.security import keyring
from kernel.security.codec import Damaged, place_of, seal, unseal
from kernel.security.keyring import KeysMissing
from kernel.settings import Settings


def test_ids_only_grow() -> None:
    now = 1_795_000_000 * SECOND
    ids = [uuid7(now) for _ in range(5_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert all(id_[14] == "7" and id_[19] in "89ab" for id_ in ids)


def test_half_past_midnight_in_beijing_is_that_day() -> None:
    instant = FixedClock(1_795_366_200 * SECOND).now()  # 2026-11-22T16:50:00Z
    assert iso_instant(instant) == "2026-11-22T16:50:00.000Z"
    assert local_date(instant).isoformat() == "2026-11-23"


@pytest.fixture(params=["aes-256-gcm", "sm4-gcm"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> keyring.KeyRing:
    return keyring.create(tmp_path / "k.keys", cipher=request.param)


def test_a_body_opens_only_in_its_own_place(keys: keyring.KeyRing) -> None:
    body = b'{"resourceType":"Patient","id":"a"}' * 20
    sealed = seal(keys, place_of("Patient", "a", 1), body)
    assert unseal(keys, "Patient/a/1", sealed) == body
    assert b"Patient" not in sealed
    for place in ("Patient/a/2", "Patient/b/1", "Observation/a/1"):
        with pytest.raises(Damaged, match=place):
            unseal(keys, place, sealed)
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    with pytest.raises(Damaged, match="changed or moved"):
        unseal(keys, "Patient/a/1", changed)
    with pytest.raises(Damaged, match="key version 9"):
        unseal(keys, "Patient/a/1", b"\x09" + sealed[1:])


@given(st.binary(max_size=3000))
def test_any_bytes_come_back(data: bytes) -> None:
    ring = _ring()
    assert unseal(ring, "x/y/1", seal(ring, "x/y/1", data)) == data


_made: list[keyring.KeyRing] = []


def _ring() -> keyring.KeyRing:
    if not _made:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            _made.append(keyring.create(Path(folder) / "k.keys"))
    return _made[0]


def test_a_rotated_ring_reads_what_the_old_key_wrote(tmp_path: Path) -> None:
    path = tmp_path / "k.keys"
    old = keyring.create(path)
    sealed, blind = seal(old, "a/b/1", b"text"), old.blind("identifier")
    new = keyring.rotate(path)
    assert new.current.version == 2
    assert unseal(new, "a/b/1", sealed) == b"text"
    assert blind in new.blinds("identifier")
    assert new.blind("identifier") != blind
    assert old.check_value() in new.check_values()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keys_are_never_replaced_and_their_loss_is_named(tmp_path: Path) -> None:
    path = tmp_path / "k.keys"
    keyring.create(path)
    with pytest.raises(FileExistsError):
        keyring.create(path)
    with pytest.raises(KeysMissing, match="missing"):
        keyring.load(tmp_path / "other.keys")
    path.write_text('{"current": 1}')
    with pytest.raises(KeysMissing, match="cannot be used"):
        keyring.load(path)


def test_sqlite_is_a_release_without_the_wal_bug_and_writes_durably(tmp_path: Path) -> None:
    assert pysqlite3.sqlite_version_info >= SAFE_WAL
    settings = Settings.model_validate({"database_url": f"sqlite:///{tmp_path}/a.db"})
    database = Database(settings)
    with database.reading() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "recursive_triggers", "foreign_keys")
        }
    database.close()
    assert pragma == {
        "journal_mode": "wal",
        "synchronous": 2,
        "recursive_triggers": 1,
        "foreign_keys": 1,
    }


def test_wal_is_refused_below_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pysqlite3, "sqlite_version_info", (3, 51, 2))
    assert journal_mode() == "DELETE"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("database_url", "mysql://x", "sqlite:///FILE or postgresql://"),
        ("port", 70000, "less than or equal to 65535"),
        ("audit_retention_months", 3, "greater than or equal to 6"),
        ("cipher", "des", "aes-256-gcm"),
    ],
)
def test_settings_are_checked_at_start(name: str, value: object, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings.model_validate({name: value})
