"""Backups: whole or not at all, proved, unreadable to others, and restored to the same answers."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from kernel.backup import BackupDamaged, back_up, verify_backup
from kernel.backup.envelope import MAGIC
from kernel.db.engine import Database
from kernel.db.tables import audit_inbox, kernel_session
from tests.cli.conftest import PASSPHRASE, Place
from tests.support.house import OpenHouse, Templates, cloned_house, opened, registry

PATHS = (
    "Patient?_sort=_id&_total=accurate",
    "Patient?name=wxm",
    "Patient/wang-xiaoming",
    "Patient/wang-xiaoming/$everything",
    "Patient/wang-xiaoming/_history",
    "Organization?_sort=_id",
)


def answers(place: Place) -> list[dict[str, Any]]:
    """What a doctor is answered; cursors and instants of the answers themselves left out."""
    with opened(place.settings, place.kind, place.folder) as house:
        found = []
        for path in PATHS:
            response = house.client("gp1").get(path)
            assert response.status_code == 200, response.text
            body = response.json()
            if body["resourceType"] == "Bundle":
                body.pop("link", None)
                body.pop("meta", None)
                body.pop("id", None)
            found.append(body)
        return found


def test_the_restored_station_answers_the_same(place: Place, empty: Place) -> None:
    """Every pair of databases: also from a station's SQLite file into a city's PostgreSQL."""
    before = answers(place)
    file = place.folder / "night.backup"
    assert "verified by restoring it" in place.said("backup", file)
    assert file.stat().st_mode & 0o777 == 0o600
    said = empty.said("restore", file)
    assert "counts, digests and" in said
    assert answers(empty) == before
    assert "the audit is whole" in empty.said("audit", "verify")
    assert "every row is as it is derived" in empty.said("reproject", "--check")


def test_nothing_in_it_is_readable(place: Place) -> None:
    """Not the file's rows, nor the key ring that makes the rows readable."""
    file = place.folder / "night.backup"
    place.run("backup", file)
    content = file.read_bytes()
    secret = place.settings.keys_path().read_bytes()
    for plain in (b"13900010001", b"37990019850312001", "王小明".encode(), secret[40:60]):
        assert plain not in content


@pytest.fixture(scope="module")
def night(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A good backup, for those who try what a restore refuses."""
    folder = tmp_path_factory.mktemp("night")
    with cloned_house(templates, "sqlite", folder) as house:
        back_up(house.station, folder / "night.backup", PASSPHRASE)
    return (folder / "night.backup").read_bytes()


def elsewhere(place: Place) -> Place:
    """A place for another SQLite station, with nothing in it."""
    folder = place.folder / "new"
    values = {"database_url": f"sqlite:///{folder}/station.db", "key_file": folder / "station.keys"}
    return Place("sqlite", place.settings.model_copy(update=values), folder)


def flipped(at: float) -> Callable[[bytes], bytes]:
    """Changes one bit somewhere."""

    def change(content: bytes) -> bytes:
        place = int(len(content) * at)
        return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]

    return change


def swapped(content: bytes) -> bytes:
    """Exchanges the first two chunks."""
    start = content.index(b"\n", len(MAGIC)) + 1
    first = start + 4 + int.from_bytes(content[start : start + 4])
    second = first + 4 + int.from_bytes(content[first : first + 4])
    return content[:start] + content[first:second] + content[start:first] + content[second:]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (flipped(0.3), "chunk"),
        (flipped(0.9), "chunk"),
        (swapped, "chunk 0 of the backup is not what was written"),
        (lambda content: content[:-200], "cut off or damaged at chunk"),
        (lambda content: content + b"more", "something was added behind the last chunk"),
        (lambda content: content.replace(b'"made_at": "2', b'"made_at": "3'), "chunk 0"),
        (lambda _content: b"SQLite format 3\0", "not a backup of Station"),
        (lambda _content: MAGIC + b"{}\n", "not of format 1"),
        (lambda _content: b"", "not a backup of Station"),
    ],
)
def test_a_damaged_backup_is_refused_and_leaves_nothing(
    sqlite: Place, night: bytes, change: Callable[[bytes], bytes], message: str
) -> None:
    file = sqlite.folder / "night.backup"
    file.write_bytes(change(night))
    new = elsewhere(sqlite)
    assert message in new.said("restore", file, code=1)
    assert not list(new.folder.glob("*"))


def test_another_passphrase_opens_nothing(sqlite: Place, night: bytes) -> None:
    file = sqlite.folder / "night.backup"
    file.write_bytes(night)
    new = elsewhere(sqlite)
    new.environment["STATION_BACKUP_PASSPHRASE"] = "wrong horse battery staple"
    assert "the passphrase is not the one" in new.said("restore", file, code=1)


def test_a_short_passphrase_is_refused(sqlite: Place) -> None:
    sqlite.environment["STATION_BACKUP_PASSPHRASE"] = "short"
    assert "12 characters or more" in sqlite.said("backup", sqlite.folder / "x", code=1)


def test_a_failed_backup_keeps_the_old_one(sqlite: Place) -> None:
    """The disk fills up in the middle: no half file under the final name, none beside it."""
    file = sqlite.folder / "night.backup"
    file.write_bytes(b"the old one")
    with opened(sqlite.settings, "sqlite", sqlite.folder) as house:

        def full(done: int, _total: int) -> None:
            if done > 100:
                raise OSError(28, os.strerror(28))

        with pytest.raises(OSError, match="No space left"):
            back_up(house.station, file, PASSPHRASE, tell=full)
    assert file.read_bytes() == b"the old one"
    assert not list(sqlite.folder.glob("*.part"))


def test_a_station_that_is_there_is_not_overwritten(empty: Place, night: bytes) -> None:
    file = empty.folder / "night.backup"
    file.write_bytes(night)
    empty.run("db", "upgrade")
    assert "already" in empty.said("restore", file, code=1)


def test_replace_keeps_the_old_station_aside(sqlite: Place) -> None:
    file = sqlite.folder / "night.backup"
    sqlite.run("backup", file, "--no-verify")
    sqlite.run("user", "disable", "gp2")
    said = sqlite.said("restore", file, "--replace")
    assert said.count("kept aside:") == 3
    assert "gp2\tactive" in sqlite.run("user", "list").stdout
    old = next(sqlite.folder.glob("station.db.before-*"))
    aside = sqlite.settings.model_copy(
        update={
            "database_url": f"sqlite:///{old}",
            "audit_file": next(sqlite.folder.glob("station-audit.db.before-*")),
        }
    )
    place = Place("sqlite", aside, sqlite.folder)
    place.environment["STATION_AUDIT_FILE"] = str(aside.audit_file)
    assert "gp2\tdisabled" in place.run("user", "list").stdout


def test_a_backup_is_of_one_moment_while_others_write(fresh_house: OpenHouse) -> None:
    """What is written after it began is not in it, and what is in it agrees with itself."""
    file = fresh_house.folder / "busy.backup"
    wrote: list[int] = []

    def write(done: int, _total: int) -> None:
        if len(wrote) < 5:
            wrote.append(done)
            body = {"resourceType": "Organization", "name": f"写于备份之时 {len(wrote)}"}
            fresh_house.save(body, as_="platform")

    back_up(fresh_house.station, file, PASSPHRASE, tell=write)
    assert len(wrote) == 5
    verify_backup(registry(), file, PASSPHRASE)


def test_sessions_are_not_restored(sqlite: Place) -> None:
    """Nobody is signed in after a restore whose session ended between backup and restore."""
    row = {"digest": b"x" * 32, "user_id": "u", "csrf": "c", "source": "192.0.2.1"}
    database = Database(sqlite.settings)
    with database.writing() as connection:
        connection.execute(insert(kernel_session), {**row, "created_at": 1, "seen_at": 1})
    database.close()
    file, new = sqlite.folder / "night.backup", elsewhere(sqlite)
    sqlite.run("backup", file, "--no-verify")
    new.run("restore", file)
    database = Database(new.settings)
    with database.reading() as connection:
        assert connection.execute(kernel_session.select()).all() == []
    database.close()


def test_a_changed_audit_is_found_by_the_trial(sqlite: Place) -> None:
    """A backup of a station whose audit was tampered with is said to be of no use."""
    database = Database(sqlite.settings)
    with database.writing() as connection:
        connection.execute(update(audit_inbox).values(user_id="somebody"))
    database.close()
    file = sqlite.folder / "night.backup"
    assert "the audit has" in sqlite.said("backup", file, code=1)
    with pytest.raises(BackupDamaged):
        verify_backup(registry(), Path(file), PASSPHRASE)
