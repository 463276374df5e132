"""Everything that refers to a Patient, pointed to another one: drafts, ready to be saved."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select, union

from kernel.db.derived import search_reference
from kernel.db.tables import fhir_resource
from kernel.errors import conflict
from kernel.fhir import json
from kernel.fhir.search.run import load
from kernel.fhir.store import Draft
from kernel.fhir.store.references import Target
from kernel.ids import uuid7
from kernel.web.i18n import _
from kernel.work import ReadWork
from records.duplicates.pointing import (
    Body,
    HeadStays,
    cut,
    days_of,
    is_merge,
    pointed,
    regrouped,
    remaining,
    withdrawn,
)
from records.households.group import is_household
from records.households.tables import records_household_member
from records.life.intervals import list_intervals
from records.life.residence import is_residence

_HEAD_STAYS = _("被合并的人是户主，家庭还有其他成员：请先在家庭页更换户主，再合并。")


class Loaded(NamedTuple):
    """A resource as it was read."""

    target: Target
    version: int
    body: dict[str, Any]


def referring(work: ReadWork, patient_id: str) -> list[Loaded]:
    """The resources of a person's compartment and all others that refer to the person.

    The Patient itself is not among them, and neither are the Provenances of merges: they tell what
    was then.
    """
    head, link = fhir_resource.c, search_reference.c
    statement = union(
        select(head.type, head.id).where(
            head.patient_id == patient_id, head.type != "Patient", head.deleted.is_(False)
        ),
        select(link.type, link.id).where(
            link.target_id == patient_id, link.target_type == "Patient"
        ),
    )
    targets = [Target(*row) for row in work.connection.execute(statement)]
    own = Target("Patient", patient_id)
    found = loaded(work, [target for target in targets if target != own])
    return [one for one in found if not is_merge(one.body)]


def loaded(work: ReadWork, targets: Sequence[Target]) -> list[Loaded]:
    """These resources as they are now, in a fixed order."""
    found = [
        Loaded(Target(version.type, version.id), version.version, json.loads(version.body))
        for version in load(work, targets)
    ]
    return sorted(found, key=lambda one: one.target)


def references_to(work: ReadWork, patient_id: str) -> tuple[str, ...]:
    """How a reference to a Patient of ours may be written."""
    base = work.settings.base_url
    plain = f"Patient/{patient_id}"
    return (plain, f"{base.rstrip('/')}/fhir/R4/{plain}") if base else (plain,)


def repointed(work: ReadWork, gone: str, keep: str) -> Iterator[Draft]:
    """Drafts of everything that refers to `gone`, referring to `keep`.

    One person is in one household and at one institution on one day: what the other file says
    besides is cut. Raises Refused (409) where a head would leave a household behind.
    """
    texts, target = references_to(work, gone), f"Patient/{keep}"
    taken = [(one.from_on, one.to_on) for one in list_intervals(work, keep)]
    for one in referring(work, gone):
        body: Body = one.body
        if one.target.type == "Group" and is_household(body):
            body = _regrouped(work, one, gone, keep)
        moved = pointed(body, texts, target)
        if one.target.type == "EpisodeOfCare" and is_residence(body):
            yield from _cut_episode(work, one, moved, taken)
        else:
            yield Draft(moved, one.target.id, one.version)


def _regrouped(work: ReadWork, one: Loaded, gone: str, keep: str) -> Body:
    member = records_household_member.c
    statement = select(member.source_id).where(
        member.patient_id == keep, member.to_on.is_(None), member.source_id != one.target.id
    )
    elsewhere = work.connection.execute(statement).first() is not None
    try:
        return regrouped(one.body, gone, keep, on=work.today, keep_elsewhere=elsewhere)
    except HeadStays:
        raise conflict(_HEAD_STAYS, "household") from None


def _cut_episode(
    work: ReadWork, one: Loaded, moved: Body, taken: Sequence[tuple[date, date | None]]
) -> Iterator[Draft]:
    """The episode with the first days that are left; further days are episodes of their own."""
    days = days_of(moved)
    left = remaining(days, taken) if days else []
    if days is None or left == [days]:
        yield Draft(moved, one.target.id, one.version)
        return
    first = cut(moved, left[0]) if left else withdrawn(moved)
    yield Draft(first, one.target.id, one.version)
    for piece in left[1:]:
        fresh = {name: value for name, value in cut(moved, piece).items() if name != "meta"}
        yield Draft(fresh, uuid7(work.now), fresh=True)
