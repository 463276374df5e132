"""Institutions: the tree, and one of them with its children and its staff."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from starlette.responses import Response

from kernel.canonical import ORGANISATION_CODE
from kernel.db.derived import search_reference
from kernel.errors import not_found
from kernel.fhir import json
from kernel.fhir.search.compile import bound
from kernel.fhir.store.heads import read
from kernel.security.directory import (
    Organisation,
    OrganisationKind,
    Tree,
    kernel_organisation_edge,
)
from kernel.security.policy import sight, visible
from kernel.web.i18n import _
from kernel.web.listing import Directory, Listing, Row, arrange, asked, matches
from kernel.web.pages import Pages
from kernel.web.shell import page
from kernel.web.spreadsheet import Cell
from kernel.web.staff import staff_of
from kernel.web.visit import Visit
from kernel.work import ReadWork

PAGES = Pages()
READ = "kernel:institution:read"
STAFF = "kernel:staff:read"
KIND_TITLES: Mapping[OrganisationKind | None, str] = {
    OrganisationKind.CITY_BUREAU: _("市卫生健康局"),
    OrganisationKind.DISTRICT_BUREAU: _("区卫生健康局"),
    OrganisationKind.CENTRE: _("社区卫生服务中心"),
    OrganisationKind.STATION: _("社区卫生服务站"),
    OrganisationKind.HOSPITAL: _("医院"),
    None: _("其他机构"),
}
_SORTS = ("name", "kind", "residents", "staff")
_ORDER = {kind: number for number, kind in enumerate(KIND_TITLES)}


def _cells(visit: Visit, row: Row) -> Sequence[Cell]:
    return (
        row["name"],
        visit.translate(row["kind"]),
        row["residents"],
        row["staff"],
        visit.translate(_("在用") if row["active"] else _("已停用")),
    )


def _listing(visit: Visit, work: ReadWork) -> Listing:
    """The tree from the top; what is narrowed down or sorted stands without its levels."""
    chosen = asked(visit, "q", "kind")
    tree = visit.site.authenticator.tree(work.connection)
    figures = residents_by_organisation(work), staff_by_organisation(work)
    roots = [id_ for id_ in tree.organisations if tree.parent(id_) is None]
    rows = [
        row
        for row in _nodes(tree, roots, 0, *figures)
        if matches(chosen["q"], row["name"]) and chosen["kind"] in ("", tree.kind(row["id"]))
    ]
    if any(chosen.values()) or visit.query.get("sort"):
        rows = [{**row, "level": 0} for row in rows]
    return arrange(visit, "/institutions", rows, chosen, _SORTS)


def _nodes(
    tree: Tree,
    ids: Iterable[str],
    level: int,
    residents: Mapping[str, int],
    staff: Mapping[str, int],
) -> Iterator[dict[str, Any]]:
    """These institutions, each followed by what is below it."""
    for one in _sorted(tree, ids):
        yield {
            "id": one.id,
            "name": one.name,
            "kind": KIND_TITLES[one.kind],
            "residents": _together(tree, one.id, residents),
            "staff": staff.get(one.id, 0),
            "active": one.active,
            "level": level,
        }
        yield from _nodes(tree, tree.children(one.id), level + 1, residents, staff)


def _sorted(tree: Tree, ids: Iterable[str]) -> list[Organisation]:
    """By kind, then numbers in ids as numbers (station-2 before station-10)."""
    found = [tree.organisations[id_] for id_ in ids]
    return sorted(found, key=lambda one: (_ORDER[one.kind], len(one.id), one.id))


def _together(tree: Tree, id_: str, residents: Mapping[str, int]) -> int | None:
    """The residents of an institution and all below it; None where the actor does not see them."""
    if id_ not in residents:
        return None
    return sum(residents.get(one, 0) for one in (id_, *tree.descendants(id_)))


def residents_by_organisation(work: ReadWork) -> dict[str, int]:
    """How many persons each institution of the actor's scope keeps."""
    spec = work.registry.spec("Patient")
    if spec is None or not work.actor.organisations or not work.actor.may_read(spec, "s"):
        return {}
    seen = sight(work.actor, spec)
    table = work.registry.search["Patient"]
    statement = select(table.c.organisation_id, func.count()).group_by(table.c.organisation_id)
    clause = visible(seen, table, bound)
    if clause is not None:
        statement = statement.where(clause)
    rows = work.connection.execute(statement, seen.binds(work.now))
    return {**dict.fromkeys(work.actor.organisations, 0), **{row[0]: row[1] for row in rows}}


def staff_by_organisation(work: ReadWork) -> dict[str, int]:
    """How many roles of staff each institution has."""
    side = search_reference.c
    rows = work.connection.execute(
        select(side.target_id, func.count(func.distinct(side.id)))
        .where(side.type == "PractitionerRole", side.path == "organization")
        .group_by(side.target_id)
    )
    return {row[0]: row[1] for row in rows}


Directory(
    path="/institutions",
    permission=READ,
    subject="Organization",
    title=_("机构"),
    headings=(_("名称"), _("类别"), _("管理居民"), _("工作人员"), _("状态")),
    listing=_listing,
    cells=_cells,
    choices=lambda _visit, _work: {
        "kinds": [(kind.value, title) for kind, title in KIND_TITLES.items() if kind]
    },
).declare(PAGES)


@PAGES.reads("/institutions/{id}", permission=READ)
def institution(visit: Visit, work: ReadWork) -> Response:
    """One institution: how to reach it, what belongs to it, who works there."""
    id_ = visit.params["id"]
    tree = visit.site.authenticator.tree(work.connection)
    if id_ not in tree.organisations:
        raise not_found(f"Organization/{id_}")
    body = json.loads(read(work, work.registry.specs["Organization"], id_).body)
    residents = residents_by_organisation(work)
    shown = {
        **_contact(body),
        "id": id_,
        "name": tree.name(id_),
        "kind": KIND_TITLES[tree.kind(id_)],
        "active": tree.organisations[id_].active,
        "parent": tree.organisations.get(tree.parent(id_) or ""),
        "residents": _together(tree, id_, residents),
    }
    return page(
        visit,
        "institutions/show.html",
        institution=shown,
        children=_children(work, tree, id_),
        staff=staff_of(work, id_) if work.actor.may(STAFF) else None,
        partners=[],
    )


def _contact(body: Mapping[str, Any]) -> dict[str, str]:
    codes = [i for i in body.get("identifier", ()) if i.get("system") == ORGANISATION_CODE]
    phones = [t["value"] for t in body.get("telecom", ()) if t.get("value")]
    address: Mapping[str, Any] = next(iter(body.get("address", ())), {})
    return {
        "code": codes[0].get("value", "") if codes else "",
        "phone": phones[0] if phones else "",
        "address": address.get("text") or "".join(address.get("line", ())),
    }


def _children(work: ReadWork, tree: Tree, id_: str) -> list[dict[str, Any]]:
    edge = kernel_organisation_edge.c
    rows = work.connection.execute(
        select(edge.source_id, func.max(edge.from_on))
        .where(edge.parent_id == id_)
        .group_by(edge.source_id)
    )
    since = {row[0]: row[1] for row in rows}
    return [
        {
            "id": one.id,
            "name": one.name,
            "kind": KIND_TITLES[one.kind],
            "since": since.get(one.id),
        }
        for one in _sorted(tree, tree.children(id_))
    ]
