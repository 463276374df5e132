"""Taking a checked list of follow-ups in, and taking it back, in the job `health:follow-ups`.

How a list is carried out in slices stands in `kernel/slices.py`. Here every line is saved on its
own: one that is refused meanwhile (somebody entered the same visit by hand) is told, the others
stay. A list that is taken back cancels what nobody has corrected since.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from health.batch.checking import ROW
from health.batch.columns import by_key, column_in, read_cells
from health.batch.lists import DOCTOR, NAME, PERSON, doctors_of
from health.declare import Programme
from health.fields import VISIT_DATE
from health.followups.services import Entry, cancel, get_follow_up, is_valid, record
from health.programmes import programme_of
from kernel import batches, slices
from kernel.batches import Batch
from kernel.declare.module import Job
from kernel.errors import Refused
from kernel.ids import uuid7
from kernel.messages import _, packed
from kernel.slices import Carrier
from kernel.work import ReadWork, Work
from records.api import cells, notes

KIND: Final = "follow-ups"
PORTION: Final = 5
"""Lines in a portion."""
UNDO_REASON: Final = "undo_reason"
"""Where a list's report keeps why it is taken back."""
_FAILED: Final = _("批量导入没有完成，已撤销")

Made = dict[str, Any]
"""What became of a line: `id` of the follow-up, or `faults`, pairs of column and sentence."""


def parts_of(
    work: ReadWork, batch: Batch, programme: Programme, rows: Sequence[notes.Row]
) -> batches.Parts:
    """Checked lines in portions, by their days, so that each is judged after those before it."""
    doctors = doctors_of(work)
    lines = [
        {
            "row": row.number,
            "id": uuid7(work.now),
            "values": row.values,
            "doctor": _reference(doctors.get(row.values.get(DOCTOR, ""))),
        }
        for row in sorted(rows, key=_day)
    ]
    portions = [lines[at : at + PORTION] for at in range(0, len(lines), PORTION)]
    contents = [{"programme": programme.name, "lines": portion} for portion in portions]
    return batches.sealed_parts(work, batch, contents)


def _day(row: notes.Row) -> tuple[str, int]:
    return cells.day(row.values[VISIT_DATE]), row.number


def _reference(doctor: Any) -> dict[str, str] | None:
    if doctor is None:
        return None
    return {"reference": f"Practitioner/{doctor.id}", "display": doctor.name}


def _take(work: Work, _batch: Batch, portion: Mapping[str, Any]) -> tuple[list[Made], int]:
    programme = programme_of(portion["programme"])
    made = [_saved(work, programme, line) for line in portion["lines"]]
    return made, len(made)


def _saved(work: Work, programme: Programme, line: Mapping[str, Any]) -> Made:
    """One line in a savepoint of its own."""
    values, told = line["values"], {"row": line["row"], "name": line["values"].get(NAME, "")}
    reading = read_cells(programme, values)
    entry = Entry(
        line["id"], values[PERSON], programme, reading.values, doctor=line["doctor"]
    )  # fmt: skip
    try:
        with work.connection.begin_nested():
            record(work, entry)
    except Refused as refused:
        if slices.passes(refused):
            raise
        return {**told, "faults": [[_column(programme, i.expression), packed(i.diagnostics)]
                                   for i in refused.issues]}  # fmt: skip
    return {**told, "id": line["id"]}


def _column(programme: Programme, expression: str) -> str:
    link = expression.partition("linkId='")[2].partition("'")[0]
    return column_in(by_key(programme), link) or ROW


def _take_back(work: Work, batch: Batch, made: Sequence[Made]) -> int:
    report = batches.read_part(work, batch, "report")
    reason = report.get(UNDO_REASON) or _FAILED
    done = 0
    for one in made:
        if "id" not in one:
            continue
        before = get_follow_up(work, one["id"])
        if is_untouched(before.version, valid=is_valid(before)):
            cancel(work, before, reason=reason)
            done += 1
    return done


def is_untouched(version: int, *, valid: bool) -> bool:
    """Whether nobody has corrected or taken back what the list has saved."""
    return version == 1 and valid


def refused_in(work: ReadWork, batch: Batch) -> list[Made]:
    """The lines that were refused while the list was taken in."""
    return [one for made in batches.done_parts(work, batch) for one in made if "faults" in one]


def saved_in(work: ReadWork, batch: Batch) -> int:
    """How many follow-ups the list has made."""
    return sum("id" in one for made in batches.done_parts(work, batch) for one in made)


CARRIER: Final = Carrier(KIND, _take, _take_back)


def go_on(work: Work) -> bool:
    """A slice of the oldest list of follow-ups that is at work."""
    return slices.go_on(work, CARRIER)


JOBS: Final = (Job("health:follow-ups", 1, go_on, hurried=True),)
