"""Saving: the only way by which a resource is written (DESIGN §3).

REST, transactions, pages, imports, jobs, the demo city and the tests all come through `save_all`;
`save` is the same for one resource. It runs inside the caller's transaction: either everything of
the batch is there afterwards or nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select

from kernel.clock import Instant, iso_instant
from kernel.db.dialect import is_duplicate
from kernel.db.tables import fhir_resource, kernel_user
from kernel.declare.resource import Body
from kernel.errors import (
    Issue,
    Refused,
    conflict,
    forbidden,
    not_found,
    overtaken,
    placed,
    precondition_failed,
    unprocessable,
)
from kernel.fhir import json
from kernel.fhir.store import derive, rows
from kernel.fhir.store.heads import Head, current, find_named
from kernel.fhir.store.item import Draft, Item
from kernel.fhir.store.ownership import Subject, may_keep, owner_of
from kernel.fhir.store.persons import lock_persons
from kernel.fhir.store.references import (
    IMPORT_DANGLING,
    Target,
    granted_heads,
    literal_references,
    load_targets,
    local_target,
    missing_references,
)
from kernel.fhir.store.reproject import resolve_dangling
from kernel.fhir.store.trail import Change, record
from kernel.fhir.validate import Checked, Invalid, check
from kernel.ids import is_fhir_id, uuid7
from kernel.registry import Registry
from kernel.security.codec import place_of, seal
from kernel.security.policy import sees_organisation, sight
from kernel.work import Work


class Saved(NamedTuple):
    """What a save made of a draft: the stored bytes and what the answer's headers need."""

    type: str
    id: str
    version: int
    updated_at: Instant
    patient_id: str | None
    body: bytes
    created: bool


@dataclass(frozen=True, slots=True)
class ResourceSaved:
    """Event: a resource was saved; `before` is the head that it replaced."""

    saved: Saved
    body: Body
    before: Head | None

    @property
    def type(self) -> str:
        """The type of the resource."""
        return self.saved.type


@dataclass(frozen=True, slots=True)
class BatchSaved:
    """Event: everything of one save was saved; it follows those of the single resources."""

    events: tuple[ResourceSaved, ...]


def validated(registry: Registry, body: Any) -> Checked:
    """Check a resource's structure. Raises Refused (422) with all faults at once."""
    try:
        return check(body, types=registry.specs)
    except Invalid as invalid:
        issues = [Issue(p.code, p.diagnostics, p.expression, p.severity) for p in invalid.problems]
        raise Refused(422, issues) from None


def save(work: Work, body: Any, *, id: str | None = None, expect: int | None = None) -> Saved:
    """Save one resource; see `save_all`."""
    return save_all(work, [Draft(body, id, expect)])[0]


def save_all(work: Work, drafts: Sequence[Draft]) -> list[Saved]:
    """Save a batch in which resources may refer to each other.

    Raises Refused: 403 (type or institution not for this actor), 404 (an id that the actor may not
    see), 412 (another version is current), 422 (structure, references, rules; all issues at once),
    409 (somebody saved the same at the same moment).
    """
    items = []
    for draft in drafts:
        with _told_at(draft.place):
            items.append(_item(work, draft))
    _load_heads(work, items)
    for item in items:
        with _told_at(item.draft.place):
            _may_touch(work, item)
            _guard(item)
        _identify(work, item)
    known = _references(work, items)
    _owners(work, items, known)
    lock_persons(work, items)
    _stamp(work, items)
    _refer_anew(work, items, known)
    _rules(work, items)
    saved = [_saved(work, item) for item in items]
    _write(work, items)
    derive.write(work, items, known)
    resolve_dangling(work, [item.target for item in items if item.creates and item.chosen])
    record(work, [_change(item) for item in items])
    events = [
        ResourceSaved(result, item.body, item.before)
        for item, result in zip(items, saved, strict=True)
    ]
    for event in (*events, BatchSaved(tuple(events))):
        work.emit(event)
    return saved


@contextmanager
def _told_at(place: str) -> Iterator[None]:
    """Let a refusal name the place of the draft that it is about."""
    try:
        yield
    except Refused as refused:
        issues = _issues_at(place, refused.issues)
        raise Refused(refused.status, issues, refused.headers) from None


def _issues_at(place: str, issues: Sequence[Issue]) -> Sequence[Issue]:
    return placed(place, issues) if place else issues


def _item(work: Work, draft: Draft) -> Item:
    checked = draft.checked or validated(work.registry, draft.body)
    spec = work.registry.specs[checked.type]
    if draft.id is not None and not is_fhir_id(draft.id):
        raise unprocessable(
            "an id is 1 to 64 letters, digits, hyphens and dots", f"{spec.type}.id", "value"
        )
    if spec.view is not None:
        raise Refused(405, (Issue("not-supported", f"{spec.type} is written by the server only"),))
    new = draft.id is None or draft.fresh
    if not work.actor.may_write(spec, "c" if new else "u"):
        raise forbidden(f"{work.actor.name} may not write {spec.type}")
    return Item(draft, spec, checked, draft.id or uuid7(work.now))


def _load_heads(work: Work, items: Iterable[Item]) -> None:
    chosen = [item for item in items if item.chosen]
    heads = find_named(work, (item.target for item in chosen))
    met: set[Target] = set()
    for item in chosen:
        if item.target in met:
            type_ = item.spec.type
            raise unprocessable(f"a {type_} is written twice in one transaction", type_)
        met.add(item.target)
        item.before = heads.get(item.target)


def _may_touch(work: Work, item: Item) -> None:
    before = item.before
    if before is None:
        return
    seen = sight(work.actor, item.spec)
    if seen.by_grant:
        visible = bool(granted_heads(work, [before]))
    else:
        visible = sees_organisation(seen, before.organisation_id)
    if not visible:
        raise not_found(f"{item.spec.type}/{item.id}")
    if seen.by_grant and not item.spec.shared and not _wrote(work, before):
        raise forbidden(
            f"{item.spec.type}/{item.id} was written by another institution; {work.actor.name} "
            "may only change what its own institution wrote"
        )


def _wrote(work: Work, before: Head) -> bool:
    """Whether somebody of the actor's institution wrote the current version."""
    head, user = fhir_resource.c, kernel_user.c
    written = (
        select(user.organisation_id)
        .join_from(fhir_resource, kernel_user, head.author_id == user.id)
        .where(head.type == before.type, head.id == before.id)
    )
    return work.connection.scalar(written) == work.actor.organisation_id


def _guard(item: Item) -> None:
    expect, before = item.draft.expect, item.before
    if before is not None:
        item.version = before.version + 1
    if expect is None:
        return
    current = before.version if before is not None and not before.deleted else None
    if current != expect:
        raise precondition_failed(
            f"{item.spec.type}/{item.id} is at version {current or 'none'}, not {expect}: "
            "read it again and repeat the change"
        )


def _identify(work: Work, item: Item) -> None:
    """Give the body its id and the server-owned `meta`; the rest stays as it came."""
    body = item.checked.body
    meta = {
        **body.get("meta", {}),
        "versionId": str(item.version),
        "lastUpdated": iso_instant(work.now),
    }
    rest = {k: v for k, v in body.items() if k not in ("resourceType", "id", "meta")}
    item.body = {"resourceType": item.spec.type, "id": item.id, "meta": meta, **rest}


def _stamp(work: Work, items: Sequence[Item]) -> None:
    """Let the modules write into a body what they decide about it, and fix the stored text.

    Whose it is has been checked before: a refusal may tell something about the person.
    """
    for item in items:
        stamps = work.registry.stamps.get(item.spec.type, ())
        before = None
        if stamps and not item.creates:
            before = json.loads(current(work, item.spec, item.id).body)
        for stamp in stamps:
            batch = [one.body for one in items]
            with _told_at(item.draft.place):
                item.body = dict(stamp.stamped(work, before, item.body, batch))
            if stamp.audited is not None:
                item.audited = {**item.audited, **(stamp.audited(item.body) or {})}
        item.text = json.dumps(item.body)


def _refer_anew(work: Work, items: Sequence[Item], known: dict[Target, Head]) -> None:
    """Take in the references that stamps have written: they are searched like any other."""
    for item in items:
        if not work.registry.stamps.get(item.spec.type):
            continue
        told = ((path, local_target(work, text)) for path, text in literal_references(item.body))
        item.references = [(path, target) for path, target in told if target is not None]
    fresh = {target for item in items for _, target in item.references if target not in known}
    known.update(load_targets(work, fresh))


def _references(work: Work, items: Sequence[Item]) -> dict[Target, Head]:
    """Resolve all references of the batch. Raises Refused (422) for those that do not resolve."""
    for item in items:
        for path, text in item.checked.references:
            target = local_target(work, text)
            if target is not None:
                item.references.append((path, target))
    own = {item.target: _placeholder(item) for item in items}
    wanted = {target for item in items for _, target in item.references if target not in own}
    known = {**load_targets(work, wanted), **own}
    if not work.actor.may(IMPORT_DANGLING):
        issues: list[Issue] = []
        for item in items:
            others = [r for r in item.references if r[1] not in own]
            missing = missing_references(work, others, known, item.spec.type)
            if missing and not item.creates:
                others = _fresh(work, item, others, known)
                missing = missing_references(work, others, known, item.spec.type)
            issues.extend(_issues_at(item.draft.place, missing))
        if issues:
            raise Refused(422, issues)
    return known


def _fresh(
    work: Work, item: Item, references: Iterable[tuple[str, Target]], known: dict[Target, Head]
) -> list[tuple[str, Target]]:
    """Those references that the version before did not have, or that name nothing by now.

    A household may keep saying who left it, although his record is kept elsewhere today.
    """
    before = json.loads(current(work, item.spec, item.id).body)
    had = {local_target(work, text) for _path, text in literal_references(before)}
    return [one for one in references if one[1] not in had or one[1] not in known]


def _placeholder(item: Item) -> Head:
    before = item.before
    return Head(
        item.spec.type,
        item.id,
        item.version,
        0,
        False,
        before.organisation_id if before else None,
        before.patient_id if before else None,
    )


def _owners(work: Work, items: Iterable[Item], known: dict[Target, Head]) -> None:
    # Patients first, because the others follow them; last what may point at any other resource.
    for item in sorted(items, key=lambda i: (i.spec.indirect, i.spec.patient != "id")):
        item.owner = owner_of(work, Subject(item.spec, item.id, item.body, item.before), known)
        with _told_at(item.draft.place):
            may_keep(work, item.spec, item.owner)
        known[item.target] = known[item.target]._replace(
            organisation_id=item.owner.organisation_id, patient_id=item.owner.patient_id
        )


def _rules(work: Work, items: Iterable[Item]) -> None:
    issues: list[Issue] = []
    for item in items:
        if item.spec.rules:
            before = None
            if not item.creates:
                before = json.loads(current(work, item.spec, item.id).body)
            for rule in item.spec.rules:
                issues.extend(_issues_at(item.draft.place, rule.check(work, before, item.body)))
    if any(issue.severity == "error" for issue in issues):
        raise Refused(422, issues)


def _saved(work: Work, item: Item) -> Saved:
    return Saved(
        item.spec.type,
        item.id,
        item.version,
        work.now,
        item.owner.patient_id,
        item.text,
        item.creates,
    )


def _change(item: Item) -> Change:
    return Change(item.target, item.version, item.owner, item.creates, item.audited or None)


def _write(work: Work, items: Sequence[Item]) -> None:
    fresh = [item for item in items if item.before is None]
    old = [item for item in items if item.before is not None]
    try:
        rows.insert_head.run_many(work.connection, [_head_row(work, i) for i in fresh])
    except Exception as error:
        if is_duplicate(error):
            raise conflict("somebody created the same resource at the same moment") from error
        raise
    if _replace(work, old) != len(old):
        raise overtaken("somebody changed the same resource at the same moment")


def _replace(work: Work, old: Sequence[Item]) -> int:
    """Move the current versions into the history and put the new ones there; how many it were."""
    places = [{"at_type": i.spec.type, "at_id": i.id} for i in old]
    if not rows.keep_versions(work.connection, places):
        return 0
    changes = [
        {**_head_row(work, i), **place, "at_version": i.version - 1}
        for i, place in zip(old, places, strict=True)
    ]
    return rows.update_head.run_many(work.connection, changes)


def _head_row(work: Work, item: Item) -> dict[str, Any]:
    place = place_of(item.spec.type, item.id, item.version)
    return {
        "type": item.spec.type,
        "id": item.id,
        "version": item.version,
        "updated_at": work.now,
        "deleted": False,
        "organisation_id": item.owner.organisation_id,
        "patient_id": item.owner.patient_id,
        "author_id": work.actor.user_id,
        "body": seal(work.keys, place, item.text),
    }
