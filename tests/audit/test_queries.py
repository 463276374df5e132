"""The auditor's questions, and the same as FHIR AuditEvents."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from sqlalchemy import Connection, insert, text, update

from kernel.audit.entry import Action, Entry, Outcome
from kernel.audit.events import to_audit_event
from kernel.audit.queries import Key, Person, Query, Sealed, count, find, get, people
from kernel.audit.sealer import seal_all
from kernel.clock import FixedClock
from kernel.db.engine import Database
from kernel.db.tables import audit_entry, kernel_user
from kernel.security.keyring import KeyRing
from tests.audit.entries import MORNING, entry, tampering, waiting_accesses

MINUTE = 60_000_000


@pytest.fixture
def entries(database: Database, keys: KeyRing, clock: FixedClock) -> list[Entry]:
    """Seven entries, one a minute, the fourth and fifth at the same instant."""
    made = [
        entry(MORNING, action=Action.SIGN_IN, patient_id=None, resource_type=None),
        entry(MORNING + MINUTE, patient_id="p1"),
        entry(
            MORNING + 2 * MINUTE,
            action=Action.SEARCH,
            patient_id=None,
            patients=("p1", "p2", "p3"),
            detail={"query": "name=王"},
        ),
        entry(MORNING + 3 * MINUTE, patient_id="p2", user_id="user-2"),
        entry(MORNING + 3 * MINUTE, patient_id="p1", action=Action.UPDATE, user_id="user-2"),
        entry(MORNING + 4 * MINUTE, patient_id="p3", outcome=Outcome.SERIOUS),
        entry(MORNING + 5 * MINUTE, patient_id="p4", resource_type="Patient", resource_id="p4"),
    ]
    waiting_accesses(database, keys, *made)
    seal_all(database, keys, clock)
    return made


def found(database: Database, keys: KeyRing, query: Query) -> list[str]:
    with database.reading_audit() as connection:
        page = find(connection, keys, query)
        assert count(connection, query) == len(page.entries)
    return [one.entry.id for one in page.entries]


ANSWERS: list[tuple[Query, list[int]]] = [
    (Query(), [6, 5, 4, 3, 2, 1, 0]),
    (Query(patient_id="p1"), [4, 2, 1]),
    (Query(patient_id="p3"), [5, 2]),
    (Query(patient_id="nobody"), []),
    (Query(patient_id="*"), [2]),
    (Query(user_id="user-2"), [4, 3]),
    (Query(user_id="user-2", patient_id="p1"), [4]),
    (Query(organisation_id="station-2"), []),
    (Query(actions=(Action.SEARCH, Action.SIGN_IN)), [2, 0]),
    (Query(outcomes=(Outcome.SERIOUS, Outcome.MAJOR)), [5]),
    (Query(resource_type="Patient", resource_id="p4"), [6]),
    (Query(patient_id="p1", oldest_first=True), [1, 2, 4]),
    (Query(since=MORNING + 3 * MINUTE, until=MORNING + 5 * MINUTE), [5, 4, 3]),
]


def test_what_is_asked_for_is_found_newest_first(
    database: Database, keys: KeyRing, entries: list[Entry]
) -> None:
    for query, expected in ANSWERS:
        assert found(database, keys, query) == [entries[n].id for n in expected], query


def test_an_entry_comes_back_as_it_was(
    database: Database, keys: KeyRing, entries: list[Entry]
) -> None:
    with database.reading_audit() as connection:
        for made in entries:
            sealed = get(connection, keys, made.id)
            assert sealed is not None
            assert sealed.entry == made
            assert not sealed.damaged
        assert get(connection, keys, "unknown") is None


def test_pages_follow_each_other(database: Database, keys: KeyRing, entries: list[Entry]) -> None:
    with database.reading_audit() as connection:
        for limit in (1, 2, 3, 7):
            pages = list(all_pages(connection, keys, limit))
            assert max(map(len, pages)) == limit
            seen = [one.entry.id for page in pages for one in page]
            assert seen == [one.id for one in reversed(entries)]


def all_pages(connection: Connection, keys: KeyRing, limit: int) -> Iterator[list[Sealed]]:
    after: Key | None = None
    while True:
        page = find(connection, keys, Query(), after=after, limit=limit)
        yield page.entries
        after = page.next
        if after is None:
            return


def test_pages_from_the_oldest_on_lose_nothing(
    database: Database, keys: KeyRing, entries: list[Entry]
) -> None:
    after: Key | None = None
    seen: list[str] = []
    with database.reading_audit() as connection:
        while not seen or after:
            page = find(connection, keys, Query(oldest_first=True), after=after, limit=4)
            seen += [one.entry.id for one in page.entries]
            after = page.next
    assert seen == [one.id for one in entries]


def test_a_damaged_entry_is_listed_as_damaged(
    database: Database, keys: KeyRing, entries: list[Entry]
) -> None:
    with tampering(database) as connection:
        third = audit_entry.c.position == 3
        changed = {"detail": b"\x01nothing of ours", "action": "nothing", "outcome": 3}
        connection.execute(update(audit_entry).where(third).values(changed))
    with database.reading_audit() as connection:
        page = find(connection, keys, Query(patient_id="p2"))
    assert [(one.entry.id, one.damaged) for one in page.entries] == [
        (entries[3].id, False),
        (entries[2].id, True),
    ]


def test_who_looked_at_a_person_is_answered_by_indexes(sqlite: Database) -> None:
    question = (
        "EXPLAIN QUERY PLAN SELECT * FROM audit_entry WHERE patient_id = 'p' OR id IN "
        "(SELECT entry_id FROM audit_patient WHERE patient_id = 'p') ORDER BY at DESC LIMIT 50"
    )
    with sqlite.reading_audit() as connection:
        plan = " / ".join(row.detail for row in connection.execute(text(question)))
    assert "ix_audit_entry_patient_id" in plan
    assert "uq_audit_entry_id" in plan
    assert "SCAN" not in plan


def test_the_accounts_of_a_list(database: Database, keys: KeyRing, entries: list[Entry]) -> None:
    account = {
        "id": "user-2",
        "name": "zhang",
        "display": "张医生",
        "organisation_id": "station-1",
        "practitioner_id": "practitioner-2",
        "machine": False,
        "disabled": False,
        "must_change": False,
        "failures": 0,
        "locked_until": 0,
        "language": "zh_CN",
        "created_at": 0,
    }
    with database.writing() as connection:
        known = {c.name for c in kernel_user.columns}
        connection.execute(
            insert(kernel_user), {name: value for name, value in account.items() if name in known}
        )
    with database.reading_audit() as connection:
        page = find(connection, keys, Query())
    with database.reading() as connection:
        known_people = people(connection, page.entries)
    assert known_people == {"user-2": Person("zhang", "张医生", "practitioner-2")}


@pytest.mark.parametrize("action", Action)
def test_every_action_is_a_valid_audit_event(
    sqlite: Database, keys: KeyRing, clock: FixedClock, action: Action
) -> None:
    made = entry(action=action, outcome=Outcome.MINOR, detail={"reason": "because"})
    waiting_accesses(sqlite, keys, made)
    seal_all(sqlite, keys, clock)
    with sqlite.reading_audit() as connection:
        sealed = get(connection, keys, made.id)
    assert sealed is not None
    body = to_audit_event(sealed)
    event = AuditEvent.model_validate(body)
    assert event.id == made.id
    assert event.recorded == datetime(2026, 11, 23, 1, 5, tzinfo=UTC)
    assert (event.outcome, event.outcomeDesc) == ("4", "because")
    assert body["subtype"][-1]["code"] == action.value


def test_an_audit_event_says_who_what_and_whose(
    database: Database, keys: KeyRing, entries: list[Entry]
) -> None:
    with database.reading_audit() as connection:
        page = find(connection, keys, Query(user_id="user-2", actions=(Action.UPDATE,)))
    doctor = Person("zhang", "张医生", "practitioner-2")
    event = to_audit_event(page.entries[0], doctor)
    assert event["type"]["code"] == "rest"
    assert (event["subtype"][0]["code"], event["action"]) == ("update", "U")
    user, client, server = event["agent"]
    assert user["who"]["reference"] == "Practitioner/practitioner-2"
    assert (user["altId"], user["requestor"]) == ("zhang", True)
    assert client["network"] == {"address": "10.0.0.7", "type": "2"}
    assert (client["type"]["coding"][0]["code"], server["type"]["coding"][0]["code"]) == (
        "110153",
        "110152",
    )
    patient, resource = event["entity"]
    assert (patient["what"], patient["role"]["code"]) == ({"reference": "Patient/p1"}, "1")
    assert resource["what"] == {"reference": "Observation/observation-1/_history/1"}


def test_an_audit_event_of_a_search_lists_the_persons_and_the_query(
    database: Database, keys: KeyRing, entries: list[Entry]
) -> None:
    with database.reading_audit() as connection:
        sealed = get(connection, keys, entries[2].id)
    assert sealed is not None
    event = to_audit_event(sealed)
    AuditEvent.model_validate(event)
    assert (event["subtype"][0]["code"], event["action"]) == ("search", "E")
    whose = [e["what"]["reference"] for e in event["entity"] if e["role"]["code"] == "1"]
    assert whose == ["Patient/p1", "Patient/p2", "Patient/p3"]
    assert base64.b64decode(event["entity"][-1]["query"]).decode() == "name=王"


def test_a_sign_in_is_a_user_authentication(
    database: Database, keys: KeyRing, entries: list[Entry]
) -> None:
    with database.reading_audit() as connection:
        sealed = get(connection, keys, entries[0].id)
    assert sealed is not None
    event = to_audit_event(sealed)
    assert (event["type"]["code"], event["subtype"][0]["code"]) == ("110114", "110122")
    assert "entity" not in event
    assert event["agent"][0]["who"]["identifier"]["value"] == "user-1"
