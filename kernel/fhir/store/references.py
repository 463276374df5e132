"""Literal references: what they point at, and whether that exists and is visible."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import select

from kernel.db.tables import kernel_grant
from kernel.errors import Issue
from kernel.fhir.store.heads import Head, find_named
from kernel.security.policy import sees_organisation, sight
from kernel.work import ReadWork

IMPORT_DANGLING = "kernel:reference:import-dangling"
"""The permission to store references that do not resolve."""


class Target(NamedTuple):
    """The resource that a reference names."""

    type: str
    id: str


def local_target(work: ReadWork, text: str) -> Target | None:
    """What `Type/id`, `Type/id/_history/v` or an absolute URL of ours names; None for others."""
    base = work.settings.base_url
    if base and text.startswith(base):
        text = text.removeprefix(base.rstrip("/")).removeprefix("/fhir/R4").lstrip("/")
    parts = text.split("/")
    if len(parts) not in (2, 4) or ":" in parts[0] or "?" in text or parts[0].startswith("#"):
        return None
    return Target(parts[0], parts[1])


def literal_references(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Element path (without indexes) and text of every `Reference.reference` in a stored body.

    The same pairs that validation gives for a new one: contained resources are left out.
    """
    for name, value in body.items():
        if name != "contained":
            yield from _references_in(name, value)


def _references_in(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for part in value:
            yield from _references_in(path, part)
    elif isinstance(value, dict):
        text = value.get("reference")
        if isinstance(text, str):
            yield path, text
        for name, part in value.items():
            if name != "reference" or not isinstance(part, str):
                yield from _references_in(f"{path}.{name}", part)


def load_targets(work: ReadWork, targets: Iterable[Target]) -> dict[Target, Head]:
    """The heads of those targets that exist and are not deleted."""
    stored = (target for target in targets if target.type in work.registry.specs)
    heads = find_named(work, stored).values()
    return {Target(head.type, head.id): head for head in heads if not head.deleted}


def missing_references(
    work: ReadWork,
    references: Iterable[tuple[str, Target]],
    known: Mapping[Target, Head],
    type_: str,
) -> list[Issue]:
    """An issue for every reference that names nothing, or something the actor may not know of."""
    return [
        Issue(
            "not-found",
            f"{target.type}/{target.id} is not known here; create it first",
            f"{type_}.{path}",
        )
        for path, target in references
        if target not in known or not _sees(work, known[target])
    ]


def _sees(work: ReadWork, head: Head) -> bool:
    spec = work.registry.specs[head.type]
    seen = sight(work.actor, spec)
    if not seen.by_grant:
        return sees_organisation(seen, head.organisation_id)
    return head.id in granted_heads(work, [head])


def is_granted(work: ReadWork, patient_id: str | None) -> bool:
    """Whether a person is granted to the actor's institution now."""
    if patient_id is None:
        return False
    grant = kernel_grant.c
    running = select(grant.id).where(
        grant.organisation_id == work.actor.organisation_id,
        grant.patient_id == patient_id,
        grant.until > work.now,
    )
    return work.connection.scalar(running.limit(1)) is not None


def granted_heads(work: ReadWork, heads: Iterable[Head]) -> set[str]:
    """The ids of those heads whose person is granted to the actor's institution now."""
    by_patient = {head.patient_id: head.id for head in heads if head.patient_id is not None}
    rows = work.connection.execute(
        select(kernel_grant.c.patient_id).where(
            kernel_grant.c.organisation_id == work.actor.organisation_id,
            kernel_grant.c.until > work.now,
            kernel_grant.c.patient_id.in_(list(by_patient)),
        )
    )
    return {by_patient[row.patient_id] for row in rows}
