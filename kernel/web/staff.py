"""Staff: who works where, in which role, and how to reach them."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from kernel.canonical import code_system
from kernel.declare.roles import TITLES, Role
from kernel.fhir import json
from kernel.fhir.interactions import reader_of
from kernel.fhir.search.query import read_query
from kernel.fhir.search.run import Page, load, search
from kernel.fhir.store.references import Target
from kernel.web.i18n import _
from kernel.web.page import FormState, ListState, Pager
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import page
from kernel.web.visit import Visit
from kernel.work import ReadWork

PAGES = Pages()
STAFF_ROLE = code_system("staff-role")
PAGE_SIZE = 50
_CURSOR = "staff"
_ALL = 500
_UNKNOWN_ROLE = _("其他人员")


@PAGES.reads("/staff", permission="kernel:staff:read")
def staff(visit: Visit, work: ReadWork) -> Response:
    """Staff by institution and role."""
    organisation, role = visit.query.get("organisation", ""), visit.query.get("role", "")
    pairs = [("_count", str(PAGE_SIZE))]
    if organisation:
        pairs.append(("organization", f"Organization/{organisation}"))
    if role:
        pairs.append(("role", f"{STAFF_ROLE}|{role}"))
    cursor = visit.query.get("cursor", "")
    after = unsealed(work, _CURSOR, cursor) if cursor else None
    found = _search(work, pairs, after)
    chosen = {"organisation": organisation, "role": role}
    state = ListState("/staff", chosen)
    next_href = ""
    if found.after is not None:
        next_href = state.href(cursor=sealed(work, _CURSOR, found.after))
    tree = visit.site.authenticator.tree(work.connection)
    return page(
        visit,
        "staff/list.html",
        rows=_rows(work, found, tree.organisations),
        list_state=state,
        pager_state=Pager(len(found.matches), next_href, state.href() if cursor else ""),
        filter_state=FormState(chosen),
        organisations=[(one.id, one.name) for one in tree.organisations.values()],
        roles=[(role.value, title) for role, title in TITLES.items() if role is not Role.PLATFORM],
    )


def staff_of(work: ReadWork, organisation_id: str) -> list[dict[str, Any]]:
    """The staff of one institution, as rows."""
    pairs = [("organization", f"Organization/{organisation_id}"), ("_count", str(_ALL))]
    return _rows(work, _search(work, pairs, None), {})


def _search(work: ReadWork, pairs: Sequence[tuple[str, str]], after: Sequence[Any] | None) -> Page:
    spec = work.registry.specs["PractitionerRole"]
    return search(work, spec, read_query(reader_of(work, strict=True), spec, pairs), after=after)


def _rows(work: ReadWork, found: Page, organisations: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row a role; the persons are loaded together."""
    bodies = [json.loads(match.body) for match in found.matches]
    ids = [_id_of(body.get("practitioner")) for body in bodies]
    targets = [Target("Practitioner", id_) for id_ in dict.fromkeys(ids) if id_]
    people = {one.id: json.loads(one.body) for one in load(work, targets)}
    return [
        {
            "id": body["id"],
            "name": _name(people.get(id_, {})) or body.get("practitioner", {}).get("display", ""),
            "role_title": _role_title(body),
            "organisation_name": _organisation_name(body, organisations),
            "phone": _phone(body) or _phone(people.get(id_, {})),
            "active": body.get("active", True) and people.get(id_, {}).get("active", True),
        }
        for body, id_ in zip(bodies, ids, strict=True)
    ]


def _id_of(reference: Mapping[str, str] | None) -> str:
    return (reference or {}).get("reference", "").rpartition("/")[2]


def _name(body: Mapping[str, Any]) -> str:
    name: Mapping[str, Any] = next(iter(body.get("name", ())), {})
    written: str = name.get("text") or name.get("family", "") + "".join(name.get("given", ()))
    return written


def _role_title(body: Mapping[str, Any]) -> str:
    codings = [c for concept in body.get("code", ()) for c in concept.get("coding", ())]
    for coding in codings:
        if coding.get("system") == STAFF_ROLE and coding.get("code") in set(Role):
            return TITLES[Role(coding["code"])]
    texts = [c.get("display") for c in codings] + [c.get("text") for c in body.get("code", ())]
    return next((text for text in texts if text), _UNKNOWN_ROLE)


def _organisation_name(body: Mapping[str, Any], organisations: Mapping[str, Any]) -> str:
    reference = body.get("organization")
    known = organisations.get(_id_of(reference))
    return str(known.name if known else (reference or {}).get("display", ""))


def _phone(body: Mapping[str, Any]) -> str:
    return next((t["value"] for t in body.get("telecom", ()) if t.get("value")), "")
