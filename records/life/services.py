"""The steps of a file's life: opened, confirmed, closed, opened again, voided.

Everything of a step is saved together: the Patient, the residence interval that begins or ends
(`records.life.residence`) and a Provenance. Days are local; none lies in the future or before the
interval that it ends. Domain: health-record.md §13.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select

from kernel.canonical import HEALTH_RECORD_NUMBER, structure_definition
from kernel.db.tables import fhir_resource
from kernel.errors import unprocessable
from kernel.fhir import json
from kernel.fhir.store import Draft, read, save_all
from kernel.security.directory import organisation_name
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.events import FileClosed, FileOpened, FileReopened
from records.households.tables import records_household, records_household_member
from records.life.closing import Closing, check_closing
from records.life.intervals import (
    Interval,
    beginning,
    check_day,
    ending,
    list_intervals,
    open_interval,
)
from records.life.numbering import next_record_numbers
from records.life.projections import extension_day, territory_of
from records.life.provenance import life_step, who
from records.life.residence import FILED, REOPENED
from records.life.states import (
    ACTIVE,
    CLOSE_REASON,
    CLOSE_REASON_SYSTEM,
    CLOSED,
    CLOSED_ON,
    DRAFT,
    OPENED_ON,
    REASON_TITLES,
    REASONS,
    VOID,
    Body,
    check_step,
    refuse_step,
    state_of,
    with_state,
)
from records.reading import day_of, id_of, record_number_of

FILED_BY: Final = structure_definition("record-filed-by")
FILING_ORGANISATION: Final = structure_definition("record-filing-organisation")

_NO_COMMITTEE = _("请选择现住址的居（村）委会：档案编号由它的代码开头。")
_UNBORN = _("建档日期不能早于出生日期。")
_REASON = _("请写明原因，至少 2 个字。")
_BEFORE_CLOSING = _("恢复日期不能早于结案日期。")
_HAS_CONTENT = _("这份档案已有服务记录，不能作废：请确认档案后办理结案，或与另一份档案合并。")
_HEAD = _("此人是户主，家庭还有其他成员：请先在家庭页更换户主，再办理。")

RECORD_NUMBER: Final = {
    "use": "usual",
    "type": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}],
        "text": "健康档案编号",
    },
    "system": HEALTH_RECORD_NUMBER,
}


class File(NamedTuple):
    """A Patient as it was read: the version that a step is taken from."""

    id: str
    version: int
    body: dict[str, Any]

    @property
    def state(self) -> str:
        """The state of the record."""
        return state_of(self.body)

    @property
    def keeper(self) -> str:
        """The institution that the Patient names as the one that keeps it."""
        return id_of(self.body.get("managingOrganization"), "Organization")


def get_file(work: ReadWork, patient_id: str) -> File:
    """A person's file as the actor sees it. Raises Refused (403, 404, 410)."""
    version = read(work, work.registry.specs["Patient"], patient_id)
    return File(patient_id, version.version, json.loads(version.body))


class Opening(NamedTuple):
    """A file to be opened (建档): a Patient under the new id `id`, from the day `on` on.

    `person` has no record number and no state; a number that it brings (an import) is kept. The
    number begins with the committee of the home address. Without `managingOrganization` the actor's
    institution keeps it. `beside` is saved with it and may refer to `Patient/{id}`. A `draft`
    (建档中) has no residence days until `confirm_file`.
    """

    id: str
    person: Mapping[str, Any]
    on: date
    beside: Sequence[Draft] = ()
    draft: bool = False


def open_file(
    work: Work,
    person: Mapping[str, Any],
    *,
    id: str,
    on: date,
    beside: Sequence[Draft] = (),
    draft: bool = False,
) -> str:
    """Open one file; returns its id. See `open_files` and `Opening`."""
    open_files(work, [Opening(id, person, on, beside, draft)])
    return id


def open_files(work: Work, openings: Sequence[Opening]) -> None:
    """Open files in one `save_all`: all of them, or none.

    Raises Refused: 409 (an id is taken), 422 (day, committee, or what `save_all` refuses).
    """
    drafts: list[Draft] = []
    opened: list[FileOpened] = []
    numbers = _numbers(work, openings)
    for one, number in zip(openings, numbers, strict=True):
        check_day(work, one.on, not_before=None, field="opened_on")
        born = day_of(one.person.get("birthDate"))
        if born is not None and one.on < born:
            raise unprocessable(_UNBORN, "opened_on")
        body = with_state(_filed(work, one, number), DRAFT if one.draft else ACTIVE)
        keeper = id_of(body["managingOrganization"], "Organization")
        drafts.append(Draft(body, one.id, fresh=True))
        if not one.draft:
            drafts.append(beginning(work, one.id, keeper, on=one.on, opened_for=FILED))
            opened.append(FileOpened(one.id, keeper, one.on))
        drafts += [*one.beside, life_step(work, "open", one.id, on=one.on)]
    save_all(work, drafts)
    for event in opened:
        work.emit(event)


def _numbers(work: Work, openings: Sequence[Opening]) -> list[str]:
    """The record number of each: what it brings, else the next one of its committee."""
    numbers = [record_number_of(one.person) for one in openings]
    lacking: dict[str, list[int]] = {}
    for place, one in enumerate(openings):
        if not numbers[place]:
            committee = territory_of(one.person)["committee"]
            if committee is None:
                raise unprocessable(_NO_COMMITTEE, "committee")
            lacking.setdefault(committee, []).append(place)
    # In one order, so that two who draw at the same moment do not wait for each other in a ring.
    for committee, places in sorted(lacking.items()):
        drawn = next_record_numbers(work, committee, len(places), brought=numbers)
        for place, number in zip(places, drawn, strict=True):
            numbers[place] = number
    return numbers


def _filed(work: Work, opening: Opening, number: str) -> dict[str, Any]:
    """The Patient with its number, its institution, and who filed it when."""
    body: dict[str, Any] = {**opening.person, "resourceType": "Patient"}
    if not record_number_of(body):
        body["identifier"] = [{**RECORD_NUMBER, "value": number}, *body.get("identifier", ())]
    if "managingOrganization" not in body:
        body["managingOrganization"] = organisation_reference(work, work.actor.organisation_id)
    told = {one.get("url") for one in body.get("extension", ())}
    facts: list[dict[str, Any]] = [
        {"url": OPENED_ON, "valueDate": opening.on.isoformat()},
        {"url": FILED_BY, "valueReference": who(work)},
        {"url": FILING_ORGANISATION, "valueReference": body["managingOrganization"]},
    ]
    fresh = [one for one in facts if one["url"] not in told]
    body["extension"] = [*body.get("extension", ()), *fresh]
    return body


def organisation_reference(work: ReadWork, organisation_id: str) -> dict[str, str]:
    """A Reference to an institution, with its name."""
    reference = {"reference": f"Organization/{organisation_id}"}
    name = organisation_name(work.connection, organisation_id)
    return {**reference, "display": name} if name else reference


def confirm_file(work: Work, patient_id: str) -> None:
    """A draft is complete (确认建档): it counts as filed from the day on which it was opened.

    Raises Refused: 403, 404, 409 (it is no draft).
    """
    file = get_file(work, patient_id)
    check_step(file.state, ACTIVE)
    on = extension_day(file.body, OPENED_ON) or work.today
    drafts = [
        _changed(file, with_state(file.body, ACTIVE)),
        beginning(work, patient_id, file.keeper, on=on, opened_for=FILED),
        life_step(work, "confirm", patient_id, on=work.today),
    ]
    save_all(work, drafts)
    work.emit(FileOpened(patient_id, file.keeper, on))


def _changed(file: File, body: Mapping[str, Any]) -> Draft:
    return Draft(body, file.id, expect=file.version)


def close_file(work: Work, patient_id: str, closing: Closing) -> None:
    """Close a file (结案): it rests from the day `closing.on` on, which is no longer counted.

    A death makes the Patient deceased. Raises Refused: 403, 404, 409 (its state forbids it),
    422 (a day or a fact is missing or wrong; the head of a household with others in it).
    """
    file = get_file(work, patient_id)
    check_closing(closing)
    check_step(file.state, REASONS[closing.reason])
    interval = open_interval(work, patient_id)
    opened = interval.from_on if interval else extension_day(file.body, OPENED_ON)
    check_day(work, closing.on, not_before=opened, field="on")
    refuse_head(work, patient_id)
    facts = closing.facts()
    drafts = [_changed(file, _closed(file.body, closing))]
    if interval is not None:
        drafts.append(ending(work, interval, to_on=closing.on, closed_for=closing.reason))
    step = life_step(work, "close", patient_id, on=closing.on, reason=closing.told(), facts=facts)
    save_all(work, [*drafts, step])
    work.emit(FileClosed(patient_id, file.keeper, closing.on, closing.reason))


def _closed(body: Body, closing: Closing) -> dict[str, Any]:
    others = [o for o in body.get("extension", ()) if o.get("url") not in (CLOSE_REASON, CLOSED_ON)]
    title = REASON_TITLES[closing.reason]
    coding = {"system": CLOSE_REASON_SYSTEM, "code": closing.reason, "display": title}
    told = [
        {"url": CLOSE_REASON, "valueCodeableConcept": {"coding": [coding], "text": title}},
        {"url": CLOSED_ON, "valueDate": closing.on.isoformat()},
    ]
    closed = with_state({**body, "extension": [*others, *told]}, REASONS[closing.reason])
    if closing.reason == "1":
        closed.pop("deceasedBoolean", None)
        closed["deceasedDateTime"] = closing.on.isoformat()
    return closed


def refuse_head(work: ReadWork, patient_id: str) -> None:
    """Raises Refused (422) for the head of a household in which others are too."""
    member, household = records_household_member.c, records_household.c
    count = work.connection.scalar(
        select(func.count())
        .select_from(records_household_member)
        .join(records_household, household.source_id == member.source_id)
        .where(household.head_id == patient_id, household.active, member.to_on.is_(None))
    )
    if count and count > 1:
        raise unprocessable(_HEAD, "head")


def reopen_file(work: Work, patient_id: str, *, on: date, reason: str) -> None:
    """Open a closed file again (恢复): on return, on contact, or because it was closed wrongly.

    A person who was wrongly recorded as dead is alive again. Raises Refused: 403, 404, 409, 422.
    """
    file = get_file(work, patient_id)
    if file.state not in CLOSED:
        refuse_step()
    check_reason(reason)
    intervals = list_intervals(work, patient_id)
    last = intervals[-1].to_on if intervals else extension_day(file.body, CLOSED_ON)
    if last is not None and on < last:
        raise unprocessable(_BEFORE_CLOSING, "on")
    check_day(work, on, not_before=None, field="on")
    drafts = [
        _changed(file, _reopened(file.body)),
        beginning(work, patient_id, file.keeper, on=on, opened_for=REOPENED),
        life_step(work, "reopen", patient_id, on=on, reason=reason),
    ]
    save_all(work, drafts)
    work.emit(FileReopened(patient_id, file.keeper, on))


def _reopened(body: Body) -> dict[str, Any]:
    gone = (CLOSE_REASON, CLOSED_ON)
    others = [one for one in body.get("extension", ()) if one.get("url") not in gone]
    alive = {name: v for name, v in body.items() if not name.startswith("deceased")}
    return with_state({**alive, "extension": others}, ACTIVE)


def check_reason(reason: str) -> None:
    """Raises Refused (422) for a reason that says nothing."""
    if len(reason.strip()) < 2:
        raise unprocessable(_REASON, "reason")


def void_file(work: Work, patient_id: str, *, reason: str) -> None:
    """Void a draft that was made by mistake (作废). It cannot be undone.

    Raises Refused: 403, 404, 409 (it is no draft), 422 (something clinical is in it; no reason).
    """
    file = get_file(work, patient_id)
    check_step(file.state, VOID)
    check_reason(reason)
    if clinical_content(work, patient_id):
        raise unprocessable(_HAS_CONTENT, "reason")
    step = life_step(work, "void", patient_id, on=work.today, reason=reason)
    save_all(work, [_changed(file, with_state(file.body, VOID)), step])


_FRAME: Final = ("Patient", "EpisodeOfCare", "Provenance", "RelatedPerson", "Task")
"""What a file has although nobody was served."""


def clinical_content(work: ReadWork, patient_id: str) -> int:
    """How many resources of a person's file are about health and not about the file."""
    head = fhir_resource.c
    count = select(func.count()).where(
        head.patient_id == patient_id, head.deleted.is_(False), head.type.not_in(_FRAME)
    )
    return int(work.connection.scalar(count) or 0)


def intervals_of(work: ReadWork, patient_id: str) -> list[Interval]:
    """The intervals of a person whom the actor sees. Raises Refused (403, 404, 410)."""
    get_file(work, patient_id)
    return list_intervals(work, patient_id)
