"""Reading letters: one as it is shown, the file of an attachment.

A letter belongs to the referral: whoever sees the referral's Task sees the letters that it names,
also a hospital that offered somebody back and sees nothing else of the person.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from kernel.errors import not_found
from kernel.work import ReadWork
from records.api import (
    codes_of,
    day_of,
    display_of,
    extension_value,
    id_of,
    load_all,
    plain,
    sections,
)
from referral.codes import FOLLOW_UP_ON, HOSPITAL_NUMBER
from referral.letters.bodies import drug_of
from referral.letters.letter import ATTACHED, DRUGS, PARTS, File, Letter
from referral.moving.services import get_task
from referral.task import letters_of

Body = Mapping[str, Any]
_KEYS: Final = {code: key for key, (code, _title) in PARTS.items()}
_OURS: Final = frozenset({*_KEYS, DRUGS[0], ATTACHED[0]})


class Attachment(NamedTuple):
    """An attachment of a letter: the id of its DocumentReference, its name, kind and size."""

    id: str
    name: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Told:
    """A letter as it is shown.

    `diagnoses` are the names (or codes) of the coded diagnoses, `others` titles and texts of
    sections that another hospital's system wrote in a way of its own.
    """

    id: str
    title: str
    on: date | None
    author: str
    author_id: str
    hospital: str
    hospital_id: str
    patient_id: str
    letter: Letter
    diagnoses: tuple[str, ...]
    attached: tuple[Attachment, ...]
    others: tuple[tuple[str, str], ...]


def get_letter(work: ReadWork, request_id: str, letter_id: str) -> Told:
    """A letter of a referral. Raises Refused: 403, 404 (no letter of this referral)."""
    task, _version = get_task(work, request_id)
    if f"Composition/{letter_id}" not in letters_of(task):
        raise not_found(f"Composition/{letter_id}")
    body = load_all(work.elevated(), "Composition", [letter_id]).get(letter_id)
    if body is None:
        raise not_found(f"Composition/{letter_id}")
    return _told(work.elevated(), body)


def _told(work: ReadWork, body: Body) -> Told:
    authors = [one for one in body.get("author", ()) if id_of(one, "Practitioner")]
    author: Body = next(iter([*authors, *body.get("author", ())]), {})
    custodian = body.get("custodian") or {}
    number = body.get("subject", {}).get("identifier", {})
    diagnoses = list(_diagnoses(work, body))
    letter = Letter(
        texts=_texts(body),
        codes=tuple(code for _name, code in diagnoses),
        number=str(number.get("value", "")) if number.get("system") == HOSPITAL_NUMBER else "",
        drugs=[drug_of(dict(one)) for one in _named(work, body, "MedicationRequest")],
        follow_up_on=day_of(extension_value(body, FOLLOW_UP_ON, "valueDate")),
    )
    return Told(
        id=str(body["id"]),
        title=str(body.get("title", "")),
        on=day_of(body.get("date")),
        author=display_of(author),
        author_id=id_of(author, "Practitioner"),
        hospital=display_of(custodian),
        hospital_id=id_of(custodian, "Organization"),
        patient_id=id_of(body.get("subject"), "Patient"),
        letter=letter,
        diagnoses=tuple(f"{name}（{code}）" if code else name for name, code in diagnoses),
        attached=tuple(_attachment(one) for one in _named(work, body, "DocumentReference")),
        others=tuple(_others(body)),
    )


def _texts(body: Body) -> dict[str, str]:
    found: dict[str, str] = {}
    for section in sections(body):
        for code in codes_of(section.get("code")):
            if code in _KEYS and plain(section):
                found.setdefault(_KEYS[code], plain(section))
    return found


def _others(body: Body) -> Iterator[tuple[str, str]]:
    for section in sections(body):
        if plain(section) and not _OURS & set(codes_of(section.get("code"))):
            yield str(section.get("title", "")), plain(section)


def _diagnoses(work: ReadWork, body: Body) -> Iterator[tuple[str, str]]:
    """Name and ICD-10 code of the coded diagnoses, contained or of their own."""
    inside = [one for one in body.get("contained", ()) if one["resourceType"] == "Condition"]
    for one in [*inside, *_named(work, body, "Condition")]:
        concept = one.get("code", {})
        code = next(iter(codes_of(concept)), "")
        name = str(concept.get("text", "")) or code
        yield name, code if code != name else ""


def _named(work: ReadWork, body: Body, type_: str) -> list[Body]:
    """The resources of a type that the sections name."""
    references = (e.get("reference", "") for s in sections(body) for e in s.get("entry", ()))
    begin = f"{type_}/"
    ids = [one.removeprefix(begin) for one in references if one.startswith(begin)]
    found = load_all(work, type_, ids)
    return [found[id_] for id_ in ids if id_ in found]


def _file_of(body: Body) -> Body:
    """The first Attachment of a DocumentReference."""
    return next((one.get("attachment", {}) for one in body.get("content", ())), {})


def _attachment(body: Body) -> Attachment:
    told = _file_of(body)
    name = str(told.get("title") or body.get("description") or body.get("id"))
    return Attachment(
        str(body["id"]), name, str(told.get("contentType", "")), int(told.get("size", 0))
    )


def get_file(work: ReadWork, request_id: str, document_id: str) -> File:
    """The file of a DocumentReference that a referral's letters name, or that is one itself.

    Raises Refused: 403, 404 (of no letter of this referral, or kept elsewhere).
    """
    task, _version = get_task(work, request_id)
    missing = not_found(f"DocumentReference/{document_id}")
    named, system = letters_of(task), work.elevated()
    ids = [one.partition("/")[2] for one in named if one.startswith("Composition/")]
    letters = load_all(system, "Composition", ids).values()
    known = {one["id"] for body in letters for one in _named(system, body, "DocumentReference")}
    if document_id not in known and f"DocumentReference/{document_id}" not in named:
        raise missing
    body = load_all(system, "DocumentReference", [document_id]).get(document_id, {})
    attachment = _file_of(body)
    data = attachment.get("data", "")
    if not data:
        binary = id_of({"reference": str(attachment.get("url", ""))}, "Binary")
        data = load_all(system, "Binary", [binary]).get(binary, {}).get("data", "")
    if not data:
        raise missing
    kind = str(attachment.get("contentType", "application/octet-stream"))
    return File(_attachment(body).name, kind, base64.b64decode(data))
