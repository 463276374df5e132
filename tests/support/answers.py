"""What tests look at in an answer."""

from typing import Any
from urllib.parse import urlsplit

from tests.support.house import Client


def refusal(answer: Any, status: int) -> list[dict[str, Any]]:
    """The issues of an OperationOutcome that came with this status."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome", body
    assert body["issue"], body
    assert all(i["severity"] in ("error", "fatal") and i["code"] for i in body["issue"]), body
    issues: list[dict[str, Any]] = body["issue"]
    return issues


def expressions(answer: Any, status: int = 422) -> set[str]:
    """The elements that a refusal points at."""
    return {path for issue in refusal(answer, status) for path in issue.get("expression", ())}


def entries(answer: Any, mode: str = "match") -> list[dict[str, Any]]:
    """The resources of a searchset with this search mode."""
    assert answer.status_code == 200, answer.text
    bundle = answer.json()
    assert bundle["resourceType"] == "Bundle", bundle
    found = bundle.get("entry", [])
    return [e["resource"] for e in found if e["search"]["mode"] == mode]


def ids(answer: Any, mode: str = "match") -> list[str]:
    """The ids in a searchset, in order."""
    return [resource["id"] for resource in entries(answer, mode)]


def link(answer: Any, relation: str) -> str | None:
    """The address of a link of a Bundle."""
    links = answer.json().get("link", [])
    return next((one["url"] for one in links if one["relation"] == relation), None)


def pages(client: Client, first: str) -> list[Any]:
    """All pages from this address on, by their `next` links."""
    found, url = [], first
    while url:
        found.append(client.get(url))
        assert found[-1].status_code == 200, found[-1].text
        url = link(found[-1], "next") or ""
        assert len(found) < 1000, "the pages go round in a circle"
    return found


def all_ids(client: Client, first: str) -> list[str]:
    """The ids of the matches on all pages, in order."""
    return [id_ for page in pages(client, first) for id_ in ids(page)]


def address_of(answer: Any) -> str:
    """`Type/id` of the Location that came with an answer."""
    type_, id_ = urlsplit(answer.headers["Location"]).path.split("/")[3:5]
    return f"{type_}/{id_}"
