"""Staff: who works where, in which role, and how to reach them."""

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.canonical import code_system
from kernel.declare.roles import TITLES, Role
from kernel.fhir import json
from kernel.fhir.interactions import reader_of
from kernel.fhir.search.query import read_query
from kernel.fhir.search.run import Page, load, search
from kernel.fhir.store.references import Target
from kernel.web.i18n import _
from kernel.web.listing import Directory, Listing, Row, arrange, asked, institution_choices, matches
from kernel.web.pages import Pages
from kernel.web.spreadsheet import Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork

PAGES = Pages()
STAFF_ROLE = code_system("staff-role")
READ = "kernel:staff:read"
_SORTS = ("name", "role_title", "organisation_name")
_ALL = 500
_UNKNOWN_ROLE = _("其他人员")


def _cells(visit: Visit, row: Row) -> Sequence[Cell]:
    return (
        row["name"],
        visit.translate(row["role_title"]),
        row["organisation_name"],
        row["phone"],
        visit.translate(_("在用") if row["active"] else _("已停用")),
    )


def _listing(visit: Visit, work: ReadWork) -> Listing:
    chosen = asked(visit, "q", "organisation", "role")
    pairs = [("_count", str(_ALL))]
    if chosen["organisation"]:
        pairs.append(("organization", f"Organization/{chosen['organisation']}"))
    if chosen["role"]:
        pairs.append(("role", f"{STAFF_ROLE}|{chosen['role']}"))
    organisations = visit.site.authenticator.tree(work.connection).organisations
    rows: list[Row] = []
    after: Sequence[Any] | None = None
    while True:
        found = _search(work, pairs, after)
        rows += _rows(work, found, organisations)
        after = found.after
        if after is None:
            break
    named = [row for row in rows if matches(chosen["q"], row["name"])]
    return arrange(visit, "/staff", named, chosen, _SORTS)


Directory(
    path="/staff",
    permission=READ,
    subject="PractitionerRole",
    title=_("工作人员"),
    headings=(_("姓名"), _("角色"), _("机构"), _("电话"), _("状态")),
    listing=_listing,
    cells=_cells,
    choices=lambda visit, work: {
        "organisations": institution_choices(visit, work),
        "roles": [(role.value, title) for role, title in TITLES.items() if role != Role.PLATFORM],
    },
).declare(PAGES)


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
