"""Staff: who works where, in which role, and how to reach them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, false, func, literal, select

from kernel.canonical import code_system
from kernel.db.derived import DELIMITER, search_reference, search_text
from kernel.db.dialect import contains
from kernel.declare.roles import TITLES, Role
from kernel.fhir import json
from kernel.fhir.search.run import load
from kernel.fhir.store.heads import may_read
from kernel.fhir.store.references import Target
from kernel.values.names import search_key
from kernel.web.i18n import _
from kernel.web.listing import Directory, Listing, Row, asked, institution_choices, paged
from kernel.web.pages import Pages
from kernel.web.spreadsheet import Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork

PAGES = Pages()
STAFF_ROLE = code_system("staff-role")
READ = "kernel:staff:read"
_SORTS = ("name", "role_title", "organisation_name")
_MOST = 500
_LAST = "\U0010ffff"
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
    organisations = visit.site.authenticator.tree(work.connection).organisations
    found, columns = _selected(work, chosen)

    def read(sort: str, begin: int, size: int) -> Sequence[Row]:
        column = columns[sort.removeprefix("-") or "organisation_name"]
        order = column.desc() if sort.startswith("-") else column.asc()
        ordered = found.order_by(order, columns["name"], columns["id"])
        ids = work.connection.scalars(ordered.offset(begin).limit(size)).all()
        return _rows(work, ids, organisations)

    total = work.connection.scalar(select(func.count()).select_from(found.subquery())) or 0
    return paged(visit, "/staff", chosen, _SORTS, total=total, read=read)


def _selected(
    work: ReadWork, chosen: Mapping[str, str]
) -> tuple[Select[Any], Mapping[str, ColumnElement[str]]]:
    """The ids of the roles of staff that are asked for, and what they are sorted by.

    Names are sorted by their pinyin, which the search tables keep; what is missing comes last.
    """
    may_read(work, work.registry.specs["PractitionerRole"], "s")
    tables = work.registry.search
    role, person, place = (tables[t] for t in ("PractitionerRole", "Practitioner", "Organization"))
    who, where = _reference(role, "practitioner"), _reference(role, "organization")
    statement = (
        select(role.c.id)
        .outerjoin(*who)
        .outerjoin(person, person.c.id == who[0].c.target_id)
        .outerjoin(*where)
        .outerjoin(place, place.c.id == where[0].c.target_id)
    )
    if chosen["organisation"]:
        statement = statement.where(where[0].c.target_id == chosen["organisation"])
    if chosen["role"]:
        code = f"{DELIMITER}{STAFF_ROLE}|{chosen['role']}{DELIMITER}"
        statement = statement.where(contains(role.c.role, literal(code)))
    if chosen["q"]:
        statement = statement.where(who[0].c.target_id.in_(_named(chosen["q"])))
    return statement, {
        "id": role.c.id,
        "name": func.coalesce(person.c.name, _LAST),
        "role_title": func.coalesce(role.c.role, _LAST),
        "organisation_name": func.coalesce(place.c.name, _LAST),
    }


def _named(typed: str) -> Select[Any]:
    """Whose name, or a part of it, begins with what was typed; with signs alone nobody's does."""
    side, key = search_text.c, search_key(typed)
    name = and_(side.type == "Practitioner", side.param == "name")
    begins = and_(side.key >= key, side.key < key + _LAST) if key else false()
    return select(side.id).where(name, begins)


def _reference(role: FromClause, path: str) -> tuple[FromClause, ColumnElement[bool]]:
    """What a role of staff refers to in an element, and how that is joined to it."""
    side = search_reference.alias(path)
    return side, and_(
        side.c.type == "PractitionerRole", side.c.id == role.c.id, side.c.path == path
    )


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
    """The staff of one institution by name, as rows."""
    found, columns = _selected(work, {"q": "", "organisation": organisation_id, "role": ""})
    ids = work.connection.scalars(found.order_by(columns["name"], columns["id"]).limit(_MOST)).all()
    return _rows(work, ids, {})


def _rows(
    work: ReadWork, ids: Sequence[str], organisations: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """A row a role, in the order of their ids; roles and persons are loaded together."""
    roles = _bodies(work, "PractitionerRole", ids)
    people = _bodies(
        work, "Practitioner", (_id_of(body.get("practitioner")) for body in roles.values())
    )
    return [
        _row(roles[id_], people.get(_id_of(roles[id_].get("practitioner")), {}), organisations)
        for id_ in ids
        if id_ in roles
    ]


def _bodies(work: ReadWork, type_: str, ids: Iterable[str]) -> dict[str, Any]:
    targets = [Target(type_, id_) for id_ in dict.fromkeys(ids) if id_]
    return {one.id: json.loads(one.body) for one in load(work, targets)}


def _row(
    role: Mapping[str, Any], person: Mapping[str, Any], organisations: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": role["id"],
        "name": _name(person) or role.get("practitioner", {}).get("display", ""),
        "role_title": _role_title(role),
        "organisation_name": _organisation_name(role, organisations),
        "phone": _phone(role) or _phone(person),
        "active": role.get("active", True) and person.get("active", True),
    }


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
