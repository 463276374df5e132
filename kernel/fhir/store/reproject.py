"""Deriving the search and fact rows of stored resources again, from what is stored."""

from collections.abc import Sequence

from sqlalchemy import select, update

from kernel.db.derived import search_reference
from kernel.db.prepared import PreparedIn
from kernel.db.tables import fhir_resource
from kernel.fhir import json
from kernel.fhir.store import rows, summaries
from kernel.fhir.store.derive import Collector, Source
from kernel.fhir.store.heads import Head
from kernel.fhir.store.ownership import Owner, Subject, owner_of
from kernel.fhir.store.references import Target, literal_references, load_targets, local_target
from kernel.security.codec import place_of, unseal
from kernel.work import Work


def rederive(work: Work, type_: str, ids: Sequence[str]) -> int:
    """Derive the rows of these resources again; the number of those that exist.

    What a save decided (version, author, content) is not touched. The person is found anew,
    because a reference that did not resolve may do so by now.
    """
    spec = work.registry.specs[type_]
    bodies = load_bodies(work, type_, ids)
    collector = Collector(work)
    rows.delete_derived(work.connection, work.registry, type_, [head.id for head, _ in bodies])
    references = [_targets(work, body) for _, body in bodies]
    known = load_targets(work, {target for targets in references for _, target in targets})
    persons: list[str | None] = []
    for (head, body), targets in zip(bodies, references, strict=True):
        owner = owner_of(work, Subject(spec, head.id, body, head), known)
        if owner != (head.patient_id, head.organisation_id):
            _own(work, head, *owner)
            _remember(known, head, owner)
        collector.add(Source(spec, head.id, body, owner, targets, head.updated_at), known)
        persons += (head.patient_id, owner.patient_id)
    collector.flush()
    summaries.refresh(work, {type_: persons})
    return len(bodies)


def _targets(work: Work, body: dict[str, object]) -> list[tuple[str, Target]]:
    found = literal_references(body)
    return [(path, t) for path, text in found if (t := local_target(work, text)) is not None]


def _remember(known: dict[Target, Head], head: Head, owner: Owner) -> None:
    """What is derived after it in the same slice follows it to its new place."""
    target = Target(head.type, head.id)
    if target in known:
        known[target] = head._replace(
            patient_id=owner.patient_id, organisation_id=owner.organisation_id
        )


def load_bodies(work: Work, type_: str, ids: Sequence[str]) -> list[tuple[Head, dict[str, object]]]:
    """Heads and parsed bodies of these resources, deleted ones left out."""
    columns = [fhir_resource.c[name] for name in Head._fields]
    found = work.connection.execute(
        select(*columns, fhir_resource.c.body)
        .where(
            fhir_resource.c.type == type_,
            fhir_resource.c.id.in_(list(ids)),
            fhir_resource.c.deleted.is_(False),
        )
        .order_by(fhir_resource.c.id)
    ).all()
    loaded = []
    for row in found:
        head = Head(*row[:-1])
        text = unseal(work.keys, place_of(type_, head.id, head.version), row.body)
        loaded.append((head, json.loads(text)))
    return loaded


def _own(work: Work, head: Head, patient_id: str | None, organisation_id: str) -> None:
    work.connection.execute(
        update(fhir_resource)
        .where(fhir_resource.c.type == head.type, fhir_resource.c.id == head.id)
        .values(patient_id=patient_id, organisation_id=organisation_id)
    )


_reference = search_reference.c
_dangling = PreparedIn(
    lambda ids: (
        select(_reference.target_type, _reference.target_id, _reference.type, _reference.id)
        .where(_reference.target_id.in_(ids), _reference.found.is_(False))
        .distinct()
    )
)
"""Found by what they refer to: whether there are any at all would be asked of every reference."""


def resolve_dangling(work: Work, created: Sequence[Target]) -> None:
    """Derive again what referred to these resources before they existed."""
    if not created:
        return
    wanted = set(created)
    found = _dangling.rows(work.connection, [target.id for target in created], {})
    for target_type, target_id, type_, id_ in sorted(found):
        if Target(target_type, target_id) in wanted:
            rederive(work, type_, [id_])
