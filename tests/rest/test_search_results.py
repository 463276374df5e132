"""How the results of a search come: order, pages, totals, what is included (R4 3.1.1.5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from sqlalchemy import event

from kernel.db.prepared import Prepared
from tests.cast import RESIDENTS, observation, patient
from tests.support.answers import all_ids, entries, ids, link, refusal
from tests.support.house import Client, OpenHouse

PEOPLE = {
    "p1": patient("安一", "male", "1960-01-01"),
    "p2": patient("白二", "female", "1950-01-01"),
    "p3": patient("蔡三", "male", "1950-01-01"),
    "p4": patient("丁四", "female", "1970-01-01"),
    "p5": patient("方五", "other", "1940-01-01"),
    "p6": {k: v for k, v in patient("高六", "male", "x").items() if k != "birthDate"},
}


@pytest.fixture(scope="module")
def sorted_people(house: OpenHouse) -> Client:
    """gp1, with people to sort and a hundred and one measurements of 李娜."""
    for id_, body in PEOPLE.items():
        house.clock.advance(minutes=1)
        house.save({**body, "id": id_})
    values = [
        observation("li-na", "paged", n % 7, "1", f"2026-01-{n % 28 + 1:02d}", id=f"paged-{n:03d}")
        for n in range(101)
    ]
    house.save(*values)
    return house.client("gp1")


ONLY = ("_id", ",".join(PEOPLE))
SORTS: list[tuple[str, list[str]]] = [
    ("birthdate,_id", ["p6", "p5", "p2", "p3", "p1", "p4"]),
    ("-birthdate,_id", ["p4", "p1", "p2", "p3", "p5", "p6"]),
    ("gender,-birthdate", ["p4", "p2", "p1", "p3", "p6", "p5"]),
    ("name", ["p1", "p2", "p3", "p4", "p5", "p6"]),
    ("-name", ["p6", "p5", "p4", "p3", "p2", "p1"]),
    ("_id", ["p1", "p2", "p3", "p4", "p5", "p6"]),
    ("-_id", ["p6", "p5", "p4", "p3", "p2", "p1"]),
    ("_lastUpdated", ["p1", "p2", "p3", "p4", "p5", "p6"]),
    ("-_lastUpdated", ["p6", "p5", "p4", "p3", "p2", "p1"]),
]


@pytest.mark.parametrize(("sort", "order"), SORTS)
def test_results_come_in_the_order_asked_for(
    sorted_people: Client, sort: str, order: list[str]
) -> None:
    if "name" in sort:  # by characters or by pinyin: one direction is the other's reverse
        found = ids(sorted_people.search("Patient", ONLY, ("_sort", sort)))
        back = "-" + sort if not sort.startswith("-") else sort[1:]
        assert found == ids(sorted_people.search("Patient", ONLY, ("_sort", back)))[::-1]
        assert sorted(found) == sorted(order)
        return
    assert ids(sorted_people.search("Patient", ONLY, ("_sort", sort))) == order


@pytest.mark.parametrize(("sort", "_order"), SORTS)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_pages_follow_the_order(
    sorted_people: Client, sort: str, _order: list[str], count: int
) -> None:
    whole = ids(sorted_people.search("Patient", ONLY, ("_sort", sort)))
    first = f"Patient?_id={ONLY[1]}&_sort={sort}&_count={count}"
    assert all_ids(sorted_people, first) == whole


@pytest.mark.parametrize("sort", ["nonsense", "identifier", "organization", "", "birthdate,,name"])
def test_what_cannot_be_sorted_by_is_refused(sorted_people: Client, sort: str) -> None:
    refusal(sorted_people.search("Patient", ("_sort", sort)), 400)


PAGED = "Observation?patient=li-na&code=paged"


@pytest.mark.parametrize("count", [1, 7, 100, 101, 500])
@pytest.mark.parametrize("sort", ["", "&_sort=date", "&_sort=-date,value-quantity"])
def test_every_row_comes_exactly_once(sorted_people: Client, count: int, sort: str) -> None:
    if count == 1 and sort:
        count = 13
    found = all_ids(sorted_people, f"{PAGED}{sort}&_count={count}")
    assert len(found) == 101
    assert set(found) == {f"paged-{n:03d}" for n in range(101)}


def test_rows_inserted_while_paging_disturb_nobody(house: OpenHouse, sorted_people: Client) -> None:
    found: list[str] = []
    url: str | None = "Observation?patient=zhang-wei&code=growing&_sort=-date&_count=5"
    for n in range(20):
        when = f"2026-02-{n + 1:02d}"
        house.save(observation("zhang-wei", "growing", 1, "1", when, id=f"grow-{n:02d}"))
    page = 0
    while url:
        answer = sorted_people.get(url)
        found += ids(answer)
        url = link(answer, "next")
        page += 1
        for edge, when in (("new", "2026-03-01"), ("old", "2026-02-10")):
            body = observation("zhang-wei", "growing", 1, "1", when, id=f"{edge}-{page}")
            house.save(body)
    assert len(found) == len(set(found))
    assert {f"grow-{n:02d}" for n in range(20)} <= set(found)


def cursor_of(client: Client, url: str) -> str:
    following = link(client.get(url), "next")
    assert following is not None
    return parse_qs(urlsplit(following).query)["_cursor"][0]


def test_a_cursor_that_was_tampered_with_is_refused(sorted_people: Client) -> None:
    cursor = cursor_of(sorted_people, f"{PAGED}&_count=5")
    turned = {n: "A" if cursor[n] != "A" else "B" for n in (0, 5, 30, len(cursor) // 2)}
    for n, letter in turned.items():
        spoilt = cursor[:n] + letter + cursor[n + 1 :]
        refusal(sorted_people.search("Observation", ("_cursor", spoilt)), 400)
    for text in ("", "x", "AAAA", "ÄÖ", cursor[:-9], "=" * 20):
        refusal(sorted_people.search("Observation", ("_cursor", text)), 400)


def test_a_cursor_of_another_type_is_refused(sorted_people: Client) -> None:
    cursor = cursor_of(sorted_people, f"{PAGED}&_count=5")
    for path in ("Patient", "Condition", "AuditEvent", "Observation/_history"):
        answer = sorted_people.search(path, ("_cursor", cursor))
        assert answer.status_code in (400, 403), (path, answer.text)


def test_a_cursor_gives_nobody_what_they_may_not_see(
    house: OpenHouse, sorted_people: Client
) -> None:
    cursor = cursor_of(sorted_people, f"{PAGED}&_count=5")
    assert ids(house.client("gp2").search("Observation", ("_cursor", cursor))) == []


def test_a_posted_search_finds_the_same_and_its_links_hide_what_was_asked(
    sorted_people: Client,
) -> None:
    number = RESIDENTS["li-na"]["identifier"][0]["value"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"patient.identifier={number}&code=paged&_count=10".encode()
    answer = sorted_people.post("Observation/_search", body, headers=form)
    assert len(ids(answer)) == 10
    following = link(answer, "next")
    assert following is not None
    assert number not in answer.text
    assert number[:8] not in following
    rest = all_ids(sorted_people, following)
    assert len({*ids(answer), *rest}) == 101
    got = sorted_people.search("Observation", ("patient.identifier", number), ("code", "paged"))
    assert number not in (link(got, "next") or "")


def test_a_posted_search_joins_what_its_address_asks(sorted_people: Client) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    path = f"Patient/_search?_id={ONLY[1]}"
    found = ids(sorted_people.post(path, b"gender=male", headers=form))
    assert sorted(found) == ["p1", "p3", "p6"]
    empty = sorted_people.request("POST", "Patient/_search", b"", headers=form)
    assert empty.status_code == 200
    wrong = sorted_people.post("Patient/_search", b"{}", headers={"Content-Type": "text/plain"})
    refusal(wrong, 415)
    chinese = sorted_people.post("Patient/_search", "name=安".encode(), headers=form)
    assert ids(chinese) == ["p1"]
    encoded = f"name={quote('安')}".encode()
    assert ids(sorted_people.post("Patient/_search", encoded, headers=form)) == ["p1"]


@contextmanager
def statements(house: OpenHouse) -> Iterator[list[str]]:
    """The SELECTs that are sent to the records' database meanwhile."""
    seen: list[str] = []
    plain = Prepared.rows

    def watched(self: Prepared, connection: Any, values: Any) -> Any:
        seen.append(self._text(connection)[0])
        return plain(self, connection, values)

    def executed(_c: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        seen.append(statement)

    Prepared.rows = watched  # type: ignore[method-assign] # the driver's cursor has no events
    event.listen(house.database.engine, "before_cursor_execute", executed)
    try:
        yield seen
    finally:
        Prepared.rows = plain  # type: ignore[method-assign] # as it was
        event.remove(house.database.engine, "before_cursor_execute", executed)


TOTALS: list[tuple[list[tuple[str, str]], int | None]] = [
    ([], None),
    ([("_total", "none")], None),
    ([("_count", "5")], None),
    ([("_total", "accurate")], 101),
    ([("_total", "estimate")], 101),
    ([("_count", "0")], 101),
    ([("_count", "0"), ("_total", "accurate")], 101),
    ([("_summary", "count")], 101),
    ([("_count", "5"), ("_total", "accurate")], 101),
]


@pytest.mark.parametrize(("params", "total"), TOTALS)
def test_totals_are_counted_only_when_asked_for(
    house: OpenHouse, sorted_people: Client, params: list[tuple[str, str]], total: int | None
) -> None:
    query = [("patient", "li-na"), ("code", "paged"), *params]
    with statements(house) as seen:
        answer = sorted_people.search("Observation", *query)
    assert answer.json().get("total") == total
    assert any("search_observation" in s for s in seen), "the watch saw nothing"
    assert any("count(" in s.lower() for s in seen) == (total is not None)
    if ("_count", "0") in params:
        assert "entry" not in answer.json()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_count", "-1"),
        ("_count", "many"),
        ("_count", ""),
        ("_total", "perhaps"),
        ("_summary", "x"),
    ],
)
def test_result_parameters_must_make_sense(sorted_people: Client, name: str, value: str) -> None:
    refusal(sorted_people.search("Patient", (name, value)), 400)


def test_pages_have_a_limit(house: OpenHouse, sorted_people: Client) -> None:
    answer = sorted_people.search("Observation", ("_count", "999999999"))
    assert len(ids(answer)) <= house.station.settings.max_page


INCLUDES: list[tuple[str, tuple[str, str], tuple[str, str], set[str]]] = [
    (
        "Observation",
        ("_id", "li-na-8480-6"),
        ("_include", "Observation:patient"),
        {"Patient/li-na"},
    ),
    (
        "Observation",
        ("_id", "li-na-8480-6"),
        ("_include", "Observation:encounter"),
        {"Encounter/li-na-visit"},
    ),
    (
        "Observation",
        ("_id", "li-na-8480-6"),
        ("_include", "Observation:subject:Patient"),
        {"Patient/li-na"},
    ),
    ("Observation", ("_id", "li-na-8480-6"), ("_include", "Observation:subject:Group"), set()),
    (
        "Encounter",
        ("_id", "li-na-visit"),
        ("_revinclude", "Observation:encounter"),
        {"Observation/li-na-8480-6", "Observation/li-na-8462-4"},
    ),
    ("Patient", ("_id", "li-na"), ("_include", "Patient:organization"), {"Organization/station-1"}),
    (
        "Patient",
        ("_id", "li-na"),
        ("_revinclude", "AllergyIntolerance:patient"),
        {"AllergyIntolerance/li-na-allergy"},
    ),
    ("Patient", ("_id", "li-na"), ("_revinclude", "Condition:subject"), {"Condition/li-na-i10"}),
    (
        "Organization",
        ("_id", "centre-1"),
        ("_revinclude", "Organization:partof"),
        {f"Organization/station-{n}" for n in (1, 2, 3)},
    ),
]


@pytest.mark.parametrize(("type_", "condition", "include", "brought"), INCLUDES)
def test_what_is_referred_to_comes_along(
    sorted_people: Client,
    type_: str,
    condition: tuple[str, str],
    include: tuple[str, str],
    brought: set[str],
) -> None:
    answer = sorted_people.search(type_, condition, include)
    assert len(entries(answer)) == 1
    found = entries(answer, "include")
    assert {f"{r['resourceType']}/{r['id']}" for r in found} == brought
    assert len(found) == len(brought)
    posted = f"{condition[0]}={condition[1]}&{include[0]}={include[1]}".encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert entries(sorted_people.post(f"{type_}/_search", posted, headers=form), "include") == found


def test_what_is_included_twice_comes_once(sorted_people: Client) -> None:
    answer = sorted_people.search(
        "Observation",
        ("encounter", "li-na-visit"),
        ("_include", "Observation:patient"),
        ("_include", "Observation:subject"),
        ("_include", "Observation:encounter"),
    )
    assert len(entries(answer)) == 2
    assert sorted(r["id"] for r in entries(answer, "include")) == ["li-na", "li-na-visit"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_include", "Observation:nothing"),
        ("_include", "Observation:code"),
        ("_include", "Patient:organization"),
        ("_include", "*"),
        ("_include", ""),
        ("_revinclude", "Nothing:patient"),
        ("_include:iterate", "Observation:patient"),
    ],
)
def test_includes_that_make_no_sense_are_refused(
    sorted_people: Client, name: str, value: str
) -> None:
    refusal(sorted_people.search("Observation", (name, value)), 400)


def test_the_self_link_repeats_what_was_understood(sorted_people: Client) -> None:
    answer = sorted_people.search("Patient", ("gender", "male"), ("nonsense", "1"), ("_count", "2"))
    own = link(answer, "self")
    assert own is not None
    assert parse_qs(urlsplit(own).query) == {"gender": ["male"], "_count": ["2"]}
