"""A FHIR document that was sent to us, read and found whole; nothing of it is stored here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kernel.errors import unprocessable
from kernel.fhir import json
from kernel.fhir.validate import problems
from kernel.messages import Message, _
from kernel.work import ReadWork
from records.reading import Body

_MOST_ENTRIES: Final = 20_000

_NO_DOCUMENT = _("文件不是 FHIR 文档：应为 type=document 的 Bundle，第一项是 Composition。")
_NO_PATIENT = _("文档应恰好包含一位居民（Patient），且是 Composition 的 subject。")
_TOO_MANY = _("文档内容过多，不能在网页上导入。")
_INVALID = _("文档中第%(n)d项不是有效的 FHIR 资源：%(why)s")


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read and found whole."""

    raw: bytes
    identifier: Mapping[str, Any]
    base: str
    """Where its resources come from: the beginning of their `fullUrl`."""
    patient: Body
    facts: Sequence[Body]
    """Everything else of the person's compartment, each a resource of a type that is kept here."""
    known: Mapping[str, Body]
    """Whatever the document holds, by `Type/id`."""


def read_document(work: ReadWork, raw: bytes) -> Document:
    """Understand what was sent. Raises Refused (422, field `file`) saying what is wrong with it."""
    try:
        bundle = json.loads_unique(raw)
    except json.JsonError:
        raise unprocessable(_NO_DOCUMENT, "file") from None
    entries = _entries(bundle)
    resources = [entry["resource"] for entry in entries]
    known = {f"{one.get('resourceType')}/{one.get('id')}": one for one in resources}
    patients = [one for one in resources if one["resourceType"] == "Patient"]
    subject = resources[0].get("subject", {}).get("reference", "")
    if len(patients) != 1 or not _names(subject, patients[0], entries):
        raise unprocessable(_NO_PATIENT, "file")
    _check(work, resources)
    kept = {spec.type for spec in work.registry.compartment()} - {"Patient"}
    return Document(
        raw=raw,
        identifier=bundle.get("identifier", {}),
        base=_base(entries, patients[0]),
        patient=patients[0],
        facts=[one for one in resources[1:] if one["resourceType"] in kept],
        known=known,
    )


def _entries(bundle: Any) -> list[dict[str, Any]]:
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise unprocessable(_NO_DOCUMENT, "file")
    entries = bundle.get("entry")
    if bundle.get("type") != "document" or not isinstance(entries, list) or not entries:
        raise unprocessable(_NO_DOCUMENT, "file")
    if len(entries) > _MOST_ENTRIES:
        raise unprocessable(_TOO_MANY, "file")
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise unprocessable(_NO_DOCUMENT, "file")
        _identify(entry, resource)
    if entries[0]["resource"]["resourceType"] != "Composition":
        raise unprocessable(_NO_DOCUMENT, "file")
    return entries


def _identify(entry: dict[str, Any], resource: dict[str, Any]) -> None:
    """Every resource of a document has an id: its own, else that of its `urn:uuid:`."""
    url = str(entry.get("fullUrl", ""))
    resource.setdefault("id", url.removeprefix("urn:uuid:").rpartition("/")[2])


def _names(reference: str, patient: Body, entries: Iterable[Body]) -> bool:
    urls = {str(e.get("fullUrl")) for e in entries if e["resource"] is patient}
    return reference in {f"Patient/{patient['id']}", *urls}


def _base(entries: Iterable[Body], patient: Body) -> str:
    end = f"/Patient/{patient['id']}"
    url = next(str(e.get("fullUrl", "")) for e in entries if e["resource"] is patient)
    return url.removesuffix(end) if url.endswith(end) else "urn:uuid"


def _check(work: ReadWork, resources: Sequence[Body]) -> None:
    for number, body in enumerate(resources, start=1):
        if body["resourceType"] in work.registry.specs:
            found, checked = problems(body, types=work.registry.specs)
            if checked is None:
                why = f"{body['resourceType']} {found[0].expression}: {found[0].diagnostics}"
                raise unprocessable(Message(_INVALID, n=number, why=why), "file")
