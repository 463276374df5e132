"""A row against the rules of its programme before anything is written: what saving would refuse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from health.batch.columns import by_key, column_in
from health.followups.answers import Asked
from health.followups.decision import Decided, with_decision, written
from health.followups.services import Entry, answer_body
from health.followups.stamp import judge
from kernel.work import ReadWork
from records.api import doctor_of

Body = dict[str, Any]
ROW = "row"
"""The column of a fault that belongs to no cell."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer that a row is; its faults by column; without faults what would be decided."""

    body: Body
    faults: Mapping[str, str]
    decided: Decided | None


def check(work: ReadWork, entry: Entry, earlier: Sequence[Body] = ()) -> Checked:
    """Judge an entry as if it were saved now, after the `earlier` answers of the same person."""
    programme, form = entry.programme, entry.programme.form()
    body = answer_body(form, entry, author=doctor_of(work))
    found = judge(work, Asked(programme, form), body, [*earlier, body])
    known = by_key(programme)
    faults: dict[str, str] = {}
    for link, text in found.faults.items():
        faults.setdefault(column_in(known, link) or ROW, text)
    if faults or found.proposal is None:
        return Checked(body, faults, None)
    decided = found.proposal.decided
    return Checked(with_decision(body, written(decided)), faults, decided)
