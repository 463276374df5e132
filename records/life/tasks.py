"""A move between institutions as a Task, and what the table of moves knows of it: pure functions.

Each side has a Task of its own, kept by its institution (`owner`) and not in the person's
compartment, so that both see how the move stands, before and after, while the file is seen by one.
Both name the same move by an identifier, and change in one transaction or not at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Boolean, Column, Date, Index, String, Table

from kernel.canonical import code_system, identifier_system
from kernel.clock import Instant, iso_instant
from kernel.declare.module import Projection
from kernel.web.i18n import _
from records.life.projections import life_metadata
from records.reading import day_of, id_of

Body = Mapping[str, Any]

MOVE: Final = identifier_system("record-move")
KIND_SYSTEM: Final = code_system("nbphs3-task-kind")
RECORD_MOVE: Final = "record-move"
TYPE_SYSTEM: Final = code_system("nbphs3-record-move-type")
INPUT_SYSTEM: Final = code_system("record-move-input")

MOVE_IN: Final = "1"
MOVE_OUT: Final = "2"
KINDS: Final[Mapping[str, str]] = {MOVE_IN: _("申请迁入"), MOVE_OUT: _("申请迁出")}
"""Who asks: 1 the institution that wants to keep the file, 2 the one that keeps it."""

REQUESTED: Final = "requested"
ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"
CANCELLED: Final = "cancelled"
STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    REQUESTED: (_("待确认"), "due"),
    ACCEPTED: (_("已确认"), "ok"),
    REJECTED: (_("已退回"), "alert"),
    CANCELLED: (_("已撤销"), "neutral"),
}
"""Task.status: its title, and the badge that shows it."""

records_move = Table(
    "records_move",
    life_metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("move_id", String(64), nullable=False),
    Column("organisation_id", String(64), nullable=False),
    Column("from_id", String(64), nullable=False),
    Column("to_id", String(64), nullable=False),
    Column("kind", String(1), nullable=False),
    Column("status", String(20), nullable=False),
    Column("patient_id", String(64), nullable=False),
    Column("household", Boolean, nullable=False),
    Column("asked_on", Date),
    Index("ix_records_move_source_id", "source_id"),
    Index("ix_records_move_move_id", "move_id"),
    Index("ix_records_move_organisation_id", "organisation_id", "status", "asked_on"),
    Index("ix_records_move_patient_id", "patient_id", "status"),
)
"""A side's Task of a move: `organisation_id` is the side that keeps it."""


class Home(NamedTuple):
    """Where somebody lives after a move: the committee's 12 digits and the address in words."""

    committee: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A move as both sides know it; of the person only the least that tells whom it is about.

    `household` says that the members of the household move too, `people` how many persons it is
    about. `doctor_id` is the responsible Practitioner at the new institution, empty where it still
    has to be chosen; `committee` (12 digits) and `address` are where the person lives now, empty
    where that is not told.
    """

    id: str
    kind: str
    status: str
    patient_id: str
    from_id: str
    to_id: str
    reason: str
    name: str
    sex: str
    born: str
    household: bool
    people: int
    doctor_id: str
    asked_by: Mapping[str, str]
    asked_at: str
    answer: str = ""
    committee: str = ""
    address: str = ""

    @property
    def asking_id(self) -> str:
        """The institution that asks."""
        return self.to_id if self.kind == MOVE_IN else self.from_id

    @property
    def answering_id(self) -> str:
        """The institution that says yes or no."""
        return self.from_id if self.kind == MOVE_IN else self.to_id

    def answered(self, status: str, answer: str = "") -> "Move":
        """The same move, answered."""
        return replace(self, status=status, answer=answer)

    def settled(self, doctor_id: str, home: "Home") -> "Move":
        """The same move, accepted: the doctor and where the person lives now."""
        return replace(
            self,
            status=ACCEPTED,
            doctor_id=doctor_id,
            committee=home.committee,
            address=home.address,
        )


def task_of(move: Move, owner_id: str, *, now: Instant) -> dict[str, Any]:
    """The Task of one side."""
    title = KINDS[move.kind]
    body: dict[str, Any] = {
        "resourceType": "Task",
        "identifier": [{"system": MOVE, "value": move.id}],
        "status": move.status,
        "intent": "order",
        "code": {
            "coding": [
                {"system": KIND_SYSTEM, "code": RECORD_MOVE, "display": "健康档案迁移"},
                {"system": TYPE_SYSTEM, "code": move.kind, "display": title},
            ],
            "text": title,
        },
        "focus": {"reference": f"Patient/{move.patient_id}"},
        "authoredOn": move.asked_at,
        "lastModified": iso_instant(now),
        "requester": dict(move.asked_by),
        "owner": {"reference": f"Organization/{owner_id}"},
        "reasonCode": {"text": move.reason},
        "input": _inputs(move),
    }
    if move.answer:
        body["statusReason"] = {"text": move.answer}
    return body


def _inputs(move: Move) -> list[dict[str, Any]]:
    given: list[tuple[str, str, Any]] = [
        ("from", "valueReference", {"reference": f"Organization/{move.from_id}"}),
        ("to", "valueReference", {"reference": f"Organization/{move.to_id}"}),
        ("name", "valueString", move.name),
        ("sex", "valueCode", move.sex),
        ("born", "valueString", move.born),
        ("household", "valueBoolean", move.household),
        ("people", "valuePositiveInt", move.people),
        ("committee", "valueString", move.committee),
        ("address", "valueString", move.address),
    ]
    if move.doctor_id:
        reference = {"reference": f"Practitioner/{move.doctor_id}"}
        given.append(("doctor", "valueReference", reference))
    return [
        {"type": {"coding": [{"system": INPUT_SYSTEM, "code": code}]}, element: value}
        for code, element, value in given
        if value != ""
    ]


def is_move(body: Body) -> bool:
    """Whether a Task is a side's of a move."""
    codings = body.get("code", {}).get("coding", ())
    return any(c.get("system") == KIND_SYSTEM and c.get("code") == RECORD_MOVE for c in codings)


def move_of(body: Body) -> Move:
    """The move that a Task is a side's of."""
    given = _given(body)
    kinds = {c.get("system"): c.get("code", "") for c in body["code"]["coding"]}
    return Move(
        id=_move_id(body),
        kind=kinds.get(TYPE_SYSTEM, ""),
        status=body["status"],
        patient_id=id_of(body.get("focus"), "Patient"),
        from_id=id_of(given.get("from"), "Organization"),
        to_id=id_of(given.get("to"), "Organization"),
        reason=body.get("reasonCode", {}).get("text", ""),
        name=given.get("name", ""),
        sex=given.get("sex", ""),
        born=given.get("born", ""),
        household=bool(given.get("household")),
        people=int(given.get("people", 1)),
        doctor_id=id_of(given.get("doctor"), "Practitioner"),
        asked_by=body.get("requester", {}),
        asked_at=body.get("authoredOn", ""),
        answer=body.get("statusReason", {}).get("text", ""),
        committee=given.get("committee", ""),
        address=given.get("address", ""),
    )


def _given(body: Body) -> dict[str, Any]:
    """The inputs by their code."""
    found = {}
    for one in body.get("input", ()):
        codes = [c.get("code") for c in one.get("type", {}).get("coding", ())]
        values = [value for name, value in one.items() if name.startswith("value")]
        if codes and values:
            found[str(codes[0])] = values[0]
    return found


def _move_id(body: Body) -> str:
    numbers = (i.get("value") for i in body.get("identifier", ()) if i.get("system") == MOVE)
    return next((str(number) for number in numbers if number), "")


def move_rows(body: Body) -> Sequence[Mapping[str, Any]]:
    """The row of a Task that is a side's of a move; nothing for any other."""
    if not is_move(body):
        return []
    move, owner = move_of(body), id_of(body.get("owner"), "Organization")
    if not all((move.id, owner, move.from_id, move.to_id, move.patient_id)):
        return []
    asked_on: date | None = day_of(move.asked_at)
    return [
        {
            "move_id": move.id,
            "organisation_id": owner,
            "from_id": move.from_id,
            "to_id": move.to_id,
            "kind": move.kind,
            "status": move.status,
            "patient_id": move.patient_id,
            "household": move.household,
            "asked_on": asked_on.isoformat() if asked_on else None,
        }
    ]


PROJECTIONS = (Projection("Task", records_move, move_rows),)
