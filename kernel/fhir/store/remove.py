"""Deleting: the write path with an empty head. The history stays."""

from sqlalchemy import func, select

from kernel.audit.entry import Action
from kernel.db.derived import search_reference
from kernel.db.tables import fhir_resource
from kernel.declare.resource import ResourceSpec
from kernel.errors import (
    Refused,
    conflict,
    forbidden,
    not_found,
    overtaken,
    precondition_failed,
)
from kernel.fhir import json
from kernel.fhir.store import rows, summaries
from kernel.fhir.store.heads import Head, current, get_head
from kernel.fhir.store.ownership import Owner
from kernel.fhir.store.references import Target
from kernel.fhir.store.trail import Change, record
from kernel.work import Work


def delete(work: Work, spec: ResourceSpec, id_: str, *, expect: int | None = None) -> int | None:
    """Delete a resource; the version of its deletion, or None where it is deleted already.

    Raises Refused: 403, 404, 409 (others refer to it), 412 (another version is current), 422 (one
    of the type's rules keeps it).
    """
    if spec.view is not None or not work.actor.may_write(spec, "d"):
        raise forbidden(f"{work.actor.name} may not delete {spec.type}")
    head = get_head(work, spec, id_)
    if head is None:
        raise not_found(f"{spec.type}/{id_}")
    if head.deleted:
        return None
    if expect is not None and expect != head.version:
        raise precondition_failed(f"{spec.type}/{id_} is at version {head.version}, not {expect}")
    _rules(work, spec, id_)
    _unreferenced(work, head)
    key = {"at_type": spec.type, "at_id": id_}
    grave = {
        **key,
        "at_version": head.version,
        "version": head.version + 1,
        "updated_at": work.now,
        "deleted": True,
        "organisation_id": head.organisation_id,
        "patient_id": head.patient_id,
        "author_id": work.actor.user_id,
        "body": None,
    }
    kept = rows.keep_versions(work.connection, [key])
    if not kept or rows.update_head.run(work.connection, grave) != 1:
        raise overtaken(f"somebody changed {spec.type}/{id_} at the same moment")
    rows.delete_derived(work.connection, work.registry, spec.type, [id_])
    summaries.refresh(work, {spec.type: [head.patient_id]})
    owner = Owner(head.patient_id, head.organisation_id or "")
    change = Change(Target(spec.type, id_), head.version + 1, owner)
    record(work, [change], action=Action.DELETE)
    return head.version + 1


def _rules(work: Work, spec: ResourceSpec, id_: str) -> None:
    """Ask the type's rules, to which a deletion is a change to nothing, and who stamps it."""
    keepers = [one.kept for one in work.registry.stamps.get(spec.type, ()) if one.kept]
    if not spec.rules and not keepers:
        return
    before = json.loads(current(work, spec, id_).body)
    for kept in keepers:
        kept(work, before)
    issues = [issue for rule in spec.rules for issue in rule.check(work, before, None)]
    if any(issue.severity == "error" for issue in issues):
        raise Refused(422, issues)


def _unreferenced(work: Work, head: Head) -> None:
    """Refuse while something still refers to it."""
    mentions = select(func.count()).where(
        search_reference.c.target_type == head.type,
        search_reference.c.target_id == head.id,
        (search_reference.c.type != head.type) | (search_reference.c.id != head.id),
    )
    count = work.connection.execute(mentions).scalar_one()
    if head.type == "Patient":
        compartment = select(func.count()).where(
            fhir_resource.c.patient_id == head.id,
            fhir_resource.c.type != "Patient",
            fhir_resource.c.deleted.is_(False),
        )
        count += work.connection.execute(compartment).scalar_one()
    if count:
        raise conflict(
            f"{count} other resources refer to {head.type}/{head.id}; delete or change them first"
        )
