"""Whose a resource is: the person's compartment and the institution that keeps it."""

from collections.abc import Mapping
from typing import NamedTuple

from kernel.declare.resource import Body, ResourceSpec, Scope
from kernel.errors import forbidden
from kernel.fhir.search.extract import elements
from kernel.fhir.store.heads import Head, find_head
from kernel.fhir.store.references import Target, is_granted, local_target
from kernel.security.policy import sees_organisation, sight
from kernel.work import ReadWork


class Owner(NamedTuple):
    """Where a head belongs: the person (None for none) and the institution."""

    patient_id: str | None
    organisation_id: str


NOBODY = Owner(None, "")


class Subject(NamedTuple):
    """A resource whose owner is asked for; `before` is the head that it replaces."""

    spec: ResourceSpec
    id: str
    body: Body
    before: Head | None


Known = Mapping[Target, Head]
"""The heads that a save refers to, those of its own batch included."""


def _targets(work: ReadWork, body: Body, path: str) -> list[Target]:
    found = []
    for element in elements(body, path):
        text = element.get("reference") if isinstance(element, dict) else None
        target = local_target(work, text) if isinstance(text, str) else None
        if target is not None:
            found.append(target)
    return found


def patient_of(work: ReadWork, subject: Subject, known: Known) -> str | None:
    """The person whose compartment a resource lies in.

    The reference at `spec.patient` may name the Patient or another resource of the compartment
    (Provenance.target, Binary.securityContext). One that does not resolve puts it in none.
    """
    spec, id_, body, _ = subject
    if spec.patient == "id":
        return id_
    targets = _targets(work, body, spec.patient) if spec.patient else []
    for target in targets:
        if target.type == "Patient" and target in known:
            return target.id
    for target in targets:
        head = known.get(target)
        if head is not None and head.patient_id is not None:
            return head.patient_id
    return None


def owner_of(work: ReadWork, subject: Subject, known: Known) -> Owner:
    """Where a resource belongs after the save.

    What lies in a person's compartment is kept where the person's record is; a Patient where
    `managingOrganization` says; anything else where its own reference says, or where it was, or
    where its author works.
    """
    spec, _, body, before = subject
    patient = patient_of(work, subject, known)
    if patient is not None and spec.patient != "id":
        head = known.get(Target("Patient", patient)) or find_head(work, "Patient", patient)
        if head is not None and head.organisation_id is not None:
            return Owner(patient, head.organisation_id)
    for path in spec.organisation:
        for target in _targets(work, body, path):
            if target.type == "Organization" and target in known:
                return Owner(patient, target.id)
    if before is not None and before.organisation_id is not None and not before.deleted:
        return Owner(patient, before.organisation_id)
    return Owner(patient, work.actor.organisation_id)


def may_keep(work: ReadWork, spec: ResourceSpec, owner: Owner) -> None:
    """Refuse to leave a resource where its author could not see it, guests of the person apart."""
    if spec.scope is Scope.DIRECTORY:
        return
    if work.actor.roles & spec.guests and is_granted(work, owner.patient_id):
        return
    if not sees_organisation(sight(work.actor, spec), owner.organisation_id):
        raise forbidden(
            f"{spec.type} would be kept by Organization/{owner.organisation_id}, "
            f"for which {work.actor.name} does not work",
            spec.type,
        )
