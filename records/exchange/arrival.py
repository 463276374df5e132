"""A FHIR document of another, unconnected station becomes a file that is kept here.

What is decided about what cannot stay as it was:

- The Patient becomes the one who has the same identity number here, else a new one, kept by the
  receiving institution from today on. The record number stays; one without gets its number here.
- Ids are kept where they are free, or hold what the same document brought before. Where somebody
  else's resource has one, the resource gets an id that is computed from where it came from, so
  that the same document never arrives twice.
- A reference to staff, an institution or anything else that is not known here becomes a logical
  one: identifier and display from the document, and what stood there in the extension
  `original-reference`. A drug that is not known here is contained.
- Days for which another institution kept the file are no days of this one: the EpisodeOfCare stays,
  as care `record-management-elsewhere`.
- The document itself is kept as it came (DocumentReference and Binary), so that nothing is lost.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kernel.canonical import HEALTH_RECORD_NUMBER, LOINC
from kernel.clock import iso_instant
from kernel.declare.resource import Scope
from kernel.errors import conflict
from kernel.fhir import json
from kernel.fhir.search.extract import identifier_key
from kernel.fhir.search.run import load
from kernel.fhir.store import Draft, read, save_all
from kernel.fhir.store.heads import Head, find_head, find_heads
from kernel.fhir.store.references import Target
from kernel.security.policy import sees_organisation, sight
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.duplicates.matching import Candidate
from records.duplicates.search import Suspect, find_suspects
from records.exchange.document import SUMMARY, UNDER_WAY
from records.exchange.foreign import (
    computed_id,
    elsewhere,
    logical,
    same_thing,
    source_of,
    without_meta,
)
from records.exchange.received import Document, read_document
from records.identifiers import holders
from records.life.residence import is_residence
from records.life.services import open_file
from records.life.states import CLOSE_REASON, CLOSED_ON, OPENED_ON, STATE
from records.reading import (
    Body,
    address_of,
    day_of,
    id_of,
    identity_number_of,
    name_of,
    phone_of,
)

NEW: Final = "new"
"""The choice that a person is none of the suspects."""

_CONTAINED: Final = frozenset({"Medication", "Device", "Location"})
_SENDERS: Final = frozenset({STATE, CLOSE_REASON, CLOSED_ON, OPENED_ON})
"""Extensions that say how the sender kept the file."""

_KEPT_ELSEWHERE = _("该居民在本市另一机构已有档案：请办理档案迁移，不要导入文档。")
_ASK = _("本市有疑似同一人的档案：请在网页“导入”中导入这份文档，并确认是不是同一人。")


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of a document."""

    patient_id: str
    created: int
    updated: int


@dataclass(slots=True)
class Doubtful(Exception):
    """Somebody who is kept here may be the person; the one who imports has to say."""

    suspects: Sequence[Suspect] = field(default_factory=tuple)


def take_document(work: Work, document: Document, *, who: str = "", keeper: str = "") -> Arrived:
    """Keep what a document says; taking the same one in again changes nothing.

    `who` is the answer to `Doubtful`: the id of a Patient here, or `NEW`. `keeper` is the receiving
    institution, the actor's without. Raises Doubtful where somebody here may be the person, Refused
    (409 where another institution of the city keeps the file; 422).
    """
    patient_id = _person(work, document, who)
    move = _Move(work, document, patient_id or "", keeper or work.actor.organisation_id)
    if patient_id is None:
        return move.open()
    return move.add()


def _person(work: ReadWork, document: Document, who: str) -> str | None:
    """The Patient here who is the document's, or None for nobody."""
    body = document.patient
    numbers = [
        str(one["value"])
        for one in body.get("identifier", ())
        if one.get("value") and one.get("system") != HEALTH_RECORD_NUMBER
    ]
    for id_ in (*_by_numbers(work, numbers), *_came_before(work, document)):
        return _may_add(work, id_)
    suspects = [one for one in find_suspects(work, _candidate(body)) if one.active]
    if not suspects or who == NEW:
        return None
    if who not in {one.patient_id for one in suspects}:
        raise Doubtful(suspects)
    return _may_add(work, who)


def _may_add(work: ReadWork, id_: str) -> str:
    head = find_head(work, "Patient", id_)
    seen = sight(work.actor, work.registry.specs["Patient"])
    if head is None or not sees_organisation(seen, head.organisation_id):
        raise conflict(_KEPT_ELSEWHERE, "file")
    return id_


def _by_numbers(work: ReadWork, numbers: Sequence[str]) -> list[str]:
    digests = [d for n in numbers for d in work.keys.blinds(identifier_key("", n))]
    found = holders(work, "Patient", digests)
    return list(dict.fromkeys(one.id for one in found if one.system != HEALTH_RECORD_NUMBER))


def _came_before(work: ReadWork, document: Document) -> list[str]:
    """Whom an earlier document of the same file became, told by what it brought."""
    for id_ in (document.patient["id"], computed_id(document.base, "Patient", document.patient)):
        head = find_head(work, "Patient", str(id_))
        if head is None or head.deleted:
            continue
        body = json.loads(_current(work, head))
        if body.get("meta", {}).get("source") == source_of(document, "Patient", document.patient):
            return [head.id]
    return []


def _current(work: ReadWork, head: Head) -> bytes:
    seen = sight(work.actor, work.registry.specs[head.type])
    if not sees_organisation(seen, head.organisation_id):
        return b"{}"
    return read(work, work.registry.specs[head.type], head.id).body


def _candidate(body: Body) -> Candidate:
    number, phone = identity_number_of(body), phone_of(body)
    return Candidate(
        name=name_of(body),
        sex=str(body.get("gender", "")),
        born=day_of(body.get("birthDate")),
        numbers=(number,) if number else (),
        phones=(phone,) if phone else (),
        address=address_of(body),
    )


class _Move:
    """One document on its way into the file of one person."""

    def __init__(self, work: Work, document: Document, patient_id: str, keeper: str) -> None:
        self.work, self.document, self.keeper = work, document, keeper
        self.facts = [one for one in document.facts if one["resourceType"] not in UNDER_WAY]
        self.heads = self._heads()
        self.patient_id = patient_id or self._free("Patient", document.patient)
        self.ids = {
            (one["resourceType"], one["id"]): self._place(one["resourceType"], one)
            for one in self.facts
        }
        self.ids["Patient", document.patient["id"]] = self.patient_id
        self.directory = self._directory()

    def _heads(self) -> dict[Target, Head]:
        """Whatever lies here under an id that the document's resources have or would be given."""
        wanted: dict[str, list[str]] = {}
        for body in (*self.facts, self.document.patient):
            type_ = body["resourceType"]
            ids = (body["id"], computed_id(self.document.base, type_, body))
            wanted.setdefault(type_, []).extend(ids)
        return {
            Target(type_, head.id): head
            for type_, ids in wanted.items()
            for head in find_heads(self.work, type_, ids).values()
        }

    def _free(self, type_: str, body: Body) -> str:
        own = str(body["id"])
        taken = Target(type_, own) in self.heads
        return computed_id(self.document.base, type_, body) if taken else own

    def _place(self, type_: str, body: Body) -> str:
        """Its own id where that is free or came with this person before."""
        head = self.heads.get(Target(type_, str(body["id"])))
        if head is not None and head.patient_id == self.patient_id and not head.deleted:
            return head.id
        return self._free(type_, body)

    def open(self) -> Arrived:
        """A new file with everything that the document says."""
        drafts = [*self._drafts(), *self._as_it_came()]
        body = self._patient()
        open_file(self.work, body, id=self.patient_id, on=self.work.today, beside=drafts)
        return Arrived(self.patient_id, len(drafts) + 1, 0)

    def add(self) -> Arrived:
        """What the file here does not say yet."""
        here = self._bodies(self.heads)
        drafts = [draft for draft in self._drafts() if not _is_said(draft, here)]
        if drafts or not self._has_come():
            drafts += self._as_it_came()
        saved = save_all(self.work, drafts) if drafts else []
        created = sum(one.created for one in saved)
        return Arrived(self.patient_id, created, len(saved) - created)

    def _drafts(self) -> Iterator[Draft]:
        for body in self.facts:
            type_ = body["resourceType"]
            moved = self._moved(body)
            if type_ == "EpisodeOfCare" and is_residence(moved):
                moved = elsewhere(moved)
            yield Draft(moved, self.ids[type_, body["id"]])

    def _moved(self, body: Body) -> dict[str, Any]:
        """The same resource with references that are understood here."""
        contained: dict[str, Body] = {}
        moved: dict[str, Any] = self._readdressed(body, contained)
        type_ = str(body["resourceType"])
        moved["id"] = self.ids[type_, str(body["id"])]
        moved["meta"] = {
            **{name: v for name, v in body.get("meta", {}).items() if name in ("tag", "profile")},
            "source": source_of(self.document, type_, body),
        }
        if contained:
            moved["contained"] = [*moved.get("contained", ()), *contained.values()]
        return moved

    def _readdressed(self, value: Any, contained: dict[str, Body]) -> Any:
        if isinstance(value, list):
            return [self._readdressed(one, contained) for one in value]
        if not isinstance(value, dict):
            return value
        text = value.get("reference")
        rest = {name: self._readdressed(one, contained) for name, one in value.items()}
        return self._reference(rest, text, contained) if isinstance(text, str) else rest

    def _reference(
        self, value: dict[str, Any], text: str, contained: dict[str, Body]
    ) -> dict[str, Any]:
        """One reference, as it can be followed here."""
        local = text.removeprefix(f"{self.document.base}/").partition("/_history/")[0]
        type_, _slash, id_ = local.rpartition("/")
        if text.startswith("#"):
            return value
        if (type_, id_) in self.ids:
            return {**value, "reference": f"{type_}/{self.ids[type_, id_]}"}
        if local in self.directory:
            return {**value, "reference": self.directory[local]}
        body = self.document.known.get(local)
        if body is not None and type_ in _CONTAINED:
            key = hashlib.sha256(local.encode()).hexdigest()[:16]
            contained[key] = {**without_meta(body), "id": key}
            return {**value, "reference": f"#{key}"}
        return logical(value, text, type_, body)

    def _directory(self) -> dict[str, str]:
        """Staff, institutions and drugs of the document that are the same ones here."""
        specs = self.work.registry.specs
        known = {
            local: Target(str(body["resourceType"]), str(body["id"]))
            for local, body in self.document.known.items()
            if (spec := specs.get(str(body["resourceType"]))) and spec.scope is Scope.DIRECTORY
        }
        here = self._bodies(known.values())
        return {
            local: f"{target.type}/{target.id}"
            for local, target in known.items()
            if target in here and same_thing(here[target], self.document.known[local])
        }

    def _bodies(self, targets: Iterable[Target]) -> dict[Target, Body]:
        return {Target(one.type, one.id): json.loads(one.body) for one in load(self.work, targets)}

    def _patient(self) -> dict[str, Any]:
        """The person as a new resident of the receiving institution."""
        moved = self._moved(self.document.patient)
        moved["extension"] = [
            one for one in moved.get("extension", ()) if one.get("url") not in _SENDERS
        ]
        moved["managingOrganization"] = {"reference": f"Organization/{self.keeper}"}
        own = self.work.actor.practitioner_id
        moved["generalPractitioner"] = [{"reference": f"Practitioner/{own}"}] if own else []
        for name in ("active", "link"):
            moved.pop(name, None)
        return {name: value for name, value in moved.items() if value != []}

    def _has_come(self) -> bool:
        return find_head(self.work, "DocumentReference", self._document_id()) is not None

    def _document_id(self) -> str:
        key = json.dumps([self.document.identifier, self.patient_id])
        return f"document-{hashlib.sha256(key).hexdigest()[:40]}"

    def _as_it_came(self) -> list[Draft]:
        """The document itself, kept in the person's file."""
        id_, now = self._document_id(), iso_instant(self.work.now)
        subject = {"reference": f"Patient/{self.patient_id}"}
        reference: dict[str, Any] = {
            "resourceType": "DocumentReference",
            "status": "current",
            "type": {"coding": [{"system": LOINC, "code": SUMMARY}], "text": "健康档案摘要"},
            "subject": subject,
            "date": now,
            "description": f"{name_of(self.document.patient)}的健康档案（导入的原始文档）",
            "content": [
                {
                    "attachment": {
                        "contentType": "application/fhir+json",
                        "url": f"Binary/{id_}",
                        "size": len(self.document.raw),
                        "hash": base64.b64encode(
                            hashlib.sha1(self.document.raw, usedforsecurity=False).digest()
                        ).decode(),
                    }
                }
            ],
        }
        if self.document.identifier:
            reference["masterIdentifier"] = dict(self.document.identifier)
        binary = {
            "resourceType": "Binary",
            "contentType": "application/fhir+json",
            "securityContext": subject,
            "data": base64.b64encode(self.document.raw).decode(),
        }
        return [Draft(reference, id_), Draft(binary, id_)]


def _is_said(draft: Draft, here: Mapping[Target, Body]) -> bool:
    """Whether a resource lies here already and says the same."""
    before = here.get(Target(draft.body["resourceType"], str(draft.id)))
    return before is not None and without_meta(before) == without_meta(
        {**draft.body, "id": draft.id}
    )


def take_raw(work: Work, raw: bytes) -> tuple[int, int]:
    """Take a document in without anybody to ask: how many resources were created and changed.

    Raises Refused as `take_document` does, and 409 where somebody here may be the person.
    """
    document = read_document(work, raw)
    keeper = id_of(document.patient.get("managingOrganization"), "Organization")
    own = work.actor.organisation_id or keeper
    try:
        done = take_document(work, document, keeper=own)
    except Doubtful:
        raise conflict(_ASK, "file") from None
    return done.created, done.updated
