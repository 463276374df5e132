"""Taking in files of FHIR resources: NDJSON (a resource a line) and Bundles.

A FHIR document (a Bundle that begins with a Composition) is a person's file of another station: the
module that knows files takes it in as a whole.

A resource with an id is created or updated under it, so that a file can be taken in again; one
without becomes a new resource. A transaction is kept as a whole; everything else alone: what is
refused is reported with its place, and the rest goes on.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from kernel.clock import monotonic
from kernel.db.dialect import is_retryable
from kernel.errors import Issue, Refused
from kernel.fhir import json
from kernel.fhir.exchange import Call
from kernel.fhir.router import plan
from kernel.fhir.store import Draft, save_all
from kernel.fhir.store.save import validated
from kernel.fhir.validate import Checked
from kernel.security.actor import Actor
from kernel.work import Station, Work

SLICE_SECONDS = 0.15
"""How long a slice aims to hold the writer."""

_FIRST, _MOST = 50, 500
_RETRIES = 3
_LINES = (".ndjson", ".jsonl")
_TRANSACTION = "transaction"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something was not taken in. `line` counts from 1; a file that is one document has 1."""

    file: str
    line: int
    type: str
    id: str
    expression: str
    message: str


@dataclass(slots=True)
class Summary:
    """How many resources became what, and how many lines, entries or transactions were refused."""

    created: int = 0
    updated: int = 0
    refused: int = 0

    @property
    def taken(self) -> int:
        """The resources that were taken in."""
        return self.created + self.updated


@dataclass(slots=True)
class _Unit:
    """What is kept or refused as a whole: a resource, or (`whole`) a transaction."""

    file: str
    line: int
    place: str
    body: Any
    whole: bool = False
    checked: Checked | None = None
    document: bytes = b""
    """The text of a document, which one module takes in as a whole."""

    @property
    def key(self) -> tuple[str, str]:
        """Type and id, empty where they are missing."""
        if not isinstance(self.body, dict):
            return "", ""
        return str(self.body.get("resourceType", "")), str(self.body.get("id", ""))


class _Undone(Exception):
    """Ends the transaction of a trial run."""


def _undo() -> NoReturn:
    raise _Undone


@dataclass
class Intake:
    """Takes files in, in the name of `actor`.

    `report` is called with every fault, `tell` with the bytes read. With `trial` everything is
    checked and nothing is kept: references to what only the file holds cannot be checked then.
    """

    station: Station
    actor: Actor
    report: Callable[[Fault], None]
    tell: Callable[[int], None]
    trial: bool = False
    summary: Summary = field(default_factory=Summary)
    _waiting: list[_Unit] = field(default_factory=list)
    _size: int = _FIRST

    def take(self, path: Path) -> None:
        """Take a file in. Raises OSError where it cannot be read, Refused (5xx) where the database
        cannot be written now."""
        with path.open("rb") as file:
            documents = self.station.registry.take_document is not None
            for unit in _units(file, path, documents):
                self.tell(file.tell())
                if isinstance(unit, Fault):
                    self._refuse(unit)
                else:
                    self._add(unit)
        self._flush()

    def _add(self, unit: _Unit) -> None:
        if unit.whole:
            self._flush()
            self._take_document(unit) if unit.document else self._post(unit)
            return
        try:
            unit.checked = validated(self.station.registry, unit.body)
        except Refused as refused:
            self._refuse_unit(unit, refused)
            return
        if unit.key[1] and any(unit.key == other.key for other in self._waiting):
            self._flush()  # the later one replaces the earlier one, as a version of its own
        self._waiting.append(unit)
        if len(self._waiting) >= self._size:
            self._flush()

    def _flush(self) -> None:
        units, self._waiting = self._waiting, []
        if not units:
            return
        start = monotonic()
        self._save(units)
        spent = max(monotonic() - start, 0.001)
        self._size = max(1, min(_MOST, int(len(units) * SLICE_SECONDS / spent)))

    def _save(self, units: list[_Unit]) -> None:
        """Save units together; where they are refused, in halves, until the faulty one is alone."""
        drafts = [Draft(u.body, u.key[1] or None, checked=u.checked) for u in units]
        try:
            saved = self._written(lambda work: save_all(work, drafts))
        except Refused as refused:
            if refused.status >= 500:
                raise
            if len(units) == 1:
                self._refuse_unit(units[0], refused)
                return
            middle = len(units) // 2
            self._save(units[:middle])
            self._save(units[middle:])
            return
        created = sum(one.created for one in saved)
        self.summary.created += created
        self.summary.updated += len(saved) - created

    def _take_document(self, unit: _Unit) -> None:
        take = self.station.registry.take_document
        if take is None:
            raise AssertionError("a document is only looked for where a module takes it")
        try:
            created, updated = self._written(lambda work: take(work, unit.document))
        except Refused as refused:
            if refused.status >= 500:
                raise
            self._refuse_unit(unit, refused)
            return
        self.summary.created += created
        self.summary.updated += updated

    def _post(self, unit: _Unit) -> None:
        call = Call("POST", "", [], base="/fhir/R4", parsed=unit.body)
        try:
            todo = plan(self.station.registry, call)
            answer = self._written(todo.run)
        except Refused as refused:
            if refused.status >= 500:
                raise
            self._refuse_unit(unit, refused)
            return
        for entry in json.loads(answer.body).get("entry", ()):
            status = str(entry["response"]["status"])
            self.summary.created += status.startswith("201")
            self.summary.updated += status.startswith("200")

    def _written(self, action: Callable[[Work], Any]) -> Any:
        """What `action` gives in a transaction, tried again where another one was in its way."""
        for attempt in range(_RETRIES):
            result = None
            try:
                with self.station.write(self.actor) as work:
                    result = action(work)
                    if self.trial:
                        _undo()
            except _Undone:
                return result
            except Refused:
                raise
            except Exception as error:
                if not is_retryable(error) or attempt == _RETRIES - 1:
                    raise
            else:
                return result
        raise AssertionError  # the last attempt returned or raised

    def _refuse_unit(self, unit: _Unit, refused: Refused) -> None:
        type_, id_ = unit.key
        first, *others = [_fault(unit, type_, id_, issue) for issue in refused.issues]
        self._refuse(first)
        for fault in others:
            self.report(fault)

    def _refuse(self, fault: Fault) -> None:
        self.summary.refused += 1
        self.report(fault)


def _fault(unit: _Unit, type_: str, id_: str, issue: Issue) -> Fault:
    inside = issue.expression.partition(".")[2] if unit.place else ""
    place = f"{unit.place}.{inside}" if inside else unit.place or issue.expression
    return Fault(unit.file, unit.line, type_[:64], id_[:64], place, issue.diagnostics)


def _units(file: BinaryIO, path: Path, documents: bool) -> Iterator[_Unit | Fault]:
    if not _holds_lines(file, path):
        yield from _parsed(path, 1, file.read(), documents)
        return
    for number, line in enumerate(iter(file.readline, b""), start=1):
        if line.strip():
            yield from _parsed(path, number, line, documents)


def _holds_lines(file: BinaryIO, path: Path) -> bool:
    """Whether the file is NDJSON: by its name, or a first line that is a resource, and a second."""
    if path.suffix.lower() in _LINES:
        return True
    first, second = file.readline(), file.readline()
    file.seek(0)
    if not second.strip():
        return False
    try:
        return isinstance(json.loads(first), dict)
    except json.JsonError:
        return False


def _parsed(path: Path, line: int, text: bytes, documents: bool) -> Iterator[_Unit | Fault]:
    try:
        body = json.loads(text)
    except json.JsonError as error:
        yield Fault(path.name, line, "", "", "", f"this is not JSON: {error}")
        return
    if not isinstance(body, dict) or body.get("resourceType") != "Bundle":
        yield _Unit(path.name, line, "", body)
    elif body.get("type") == _TRANSACTION:
        yield _Unit(path.name, line, "", body, whole=True)
    elif documents and _is_document(body):
        yield _Unit(path.name, line, "", body, whole=True, document=text)
    else:
        yield from _entries(path, line, body)


def _is_document(bundle: Mapping[str, Any]) -> bool:
    """Whether a Bundle is a FHIR document, which begins with its Composition (R4 3.3.1)."""
    entries = bundle.get("entry")
    first = entries[0] if isinstance(entries, list) and entries else None
    resource = first.get("resource") if isinstance(first, dict) else None
    told = resource.get("resourceType") if isinstance(resource, dict) else None
    return bundle.get("type") == "document" and told == "Composition"


def _entries(path: Path, line: int, bundle: Mapping[str, Any]) -> Iterator[_Unit | Fault]:
    """The entries of a batch one by one; those of a collection, search or document as upserts."""
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        yield Fault(path.name, line, "Bundle", "", "Bundle.entry", "an array of objects is right")
        return
    if bundle.get("type") == "batch":
        for number, entry in enumerate(entries):
            alone = {"resourceType": "Bundle", "type": _TRANSACTION, "entry": [entry]}
            yield _Unit(path.name, line, f"Bundle.entry[{number}]", alone, whole=True)
        return
    addresses = dict(filter(None, map(_addressed, entries)))
    for number, entry in enumerate(entries):
        if "resource" in entry:
            _readdress(entry["resource"], addresses)
            yield _Unit(path.name, line, f"Bundle.entry[{number}].resource", entry["resource"])


def _addressed(entry: dict[str, Any]) -> tuple[str, str] | None:
    """The `urn:uuid:` of an entry and where it will be; gives its resource that id if it has none.

    The same file taken in again then finds what it made.
    """
    resource, url = entry.get("resource"), entry.get("fullUrl")
    if not isinstance(resource, dict) or not isinstance(url, str):
        return None
    if not url.startswith("urn:uuid:"):
        return None
    id_ = resource.setdefault("id", url.removeprefix("urn:uuid:"))
    return url, f"{resource.get('resourceType')}/{id_}"


def _readdress(value: Any, addresses: Mapping[str, str]) -> None:
    if isinstance(value, dict):
        text = value.get("reference")
        if isinstance(text, str) and text in addresses:
            value["reference"] = addresses[text]
        for part in value.values():
            _readdress(part, addresses)
    elif isinstance(value, list):
        for part in value:
            _readdress(part, addresses)
