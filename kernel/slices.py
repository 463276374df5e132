"""Carrying a confirmed list out, and taking it back: slice by slice, in a job.

A slice is one transaction that holds the writer for about `SLICE_SECONDS`. What a slice has made is
written down in the same transaction, so wherever the process is stopped, the next one goes on; and
where something is refused, everything that the list has made is taken back.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from kernel import batches
from kernel.audit.changes import record_changes
from kernel.audit.entry import Action, entry_of
from kernel.audit.entry import row as audit_row
from kernel.batches import Batch, BatchState
from kernel.clock import DAY, Instant, monotonic
from kernel.db.dialect import is_retryable
from kernel.errors import Refused, conflict
from kernel.messages import SEQUENCE, _, joined, packed
from kernel.security.authentication import Authenticator
from kernel.work import ReadWork, Work

SLICE_SECONDS: Final = 0.08
"""How long a slice holds the writer before it ends with the portion that it is at."""

_log = logging.getLogger("station.import")
_NO_LONGER = _("导入人的账号已停用或已调离，名单不再继续导入")
_FAILED_INSIDE = _("系统内部错误，请联系系统管理员")


@dataclass(frozen=True, slots=True)
class Carrier:
    """How the lists of a `kind` are carried out.

    `take(work, batch, content)` does a portion in the name of who confirmed it; it returns what was
    made (JSON, kept for taking it back and for the page) and how many rows that are. If it raises,
    everything that the list has made is taken back. `take_back(work, batch, made)` undoes a portion
    and returns how many rows that were.
    """

    kind: str
    take: Callable[[Work, Batch, Any], tuple[Any, int]]
    take_back: Callable[[Work, Batch, Any], int]


def go_on(work: Work, carrier: Carrier) -> bool:
    """A slice of the oldest list that is at work; whether there may be more to do."""
    batch = batches.next_at_work(work, carrier.kind)
    if batch is None:
        return False
    if batch.state is BatchState.RUNNING:
        _take_in(work, batch, carrier)
    else:
        _take_back(work, batch, carrier)
    return True


def begin(work: Work, batch: Batch, parts: batches.Parts, *, total: int) -> None:
    """Let a checked list be carried out. Raises Refused (409) where it does not wait for it."""
    if batch.state is not BatchState.CHECKED:
        raise conflict(_("这份名单不在等待确认的状态，请刷新页面"))
    batches.put_parts(work, parts)
    batches.advance(work, batch, BatchState.RUNNING, total=total)
    _note(work, batch, "begin", rows=total)


def undo_until(work: ReadWork, batch: Batch) -> Instant:
    """The instant until which a list can be taken back (the setting `import_undo_days`)."""
    return batch.created_at + work.settings.import_undo_days * DAY


def undo(work: Work, batch: Batch, **detail: Any) -> None:
    """Let a list be taken back; the audit keeps `detail` with it.

    Raises Refused (409) where the list was not taken in, or too long ago.
    """
    if batch.state is not BatchState.DONE:
        raise conflict(_("只有导入完成的名单可以撤销，请刷新页面"))
    if work.now > undo_until(work, batch):
        raise conflict(_("可以撤销的期限已过：不再需要的内容请逐份办理"))
    batches.advance(work, batch, BatchState.UNDOING, total=batch.done)
    _note(work, batch, "undo", rows=batch.done, **detail)


def _take_in(work: Work, batch: Batch, carrier: Carrier) -> None:
    start, done = monotonic(), batch.done
    own = None
    while (part := batches.next_part(work, batch, done=False)) is not None:
        number, content = part
        try:
            own = own or _in_the_name_of(work, batch)
            with work.connection.begin_nested():
                made, rows = carrier.take(own, batch, content)
        except Exception as error:
            if passes(error):
                raise
            _fail(work, batch, done, error)
            return
        batches.part_done(work, batch, number, made)
        done += rows
        if monotonic() - start > SLICE_SECONDS:
            break
    state = BatchState.RUNNING if part is not None else BatchState.DONE
    batches.advance(work, batch, state, done=done)


def passes(error: Exception) -> bool:
    """Whether the same slice may succeed a moment later."""
    return is_retryable(error) or (isinstance(error, Refused) and error.status >= 500)


def _fail(work: Work, batch: Batch, done: int, error: Exception) -> None:
    """Write down why, and begin to take back what was made."""
    if isinstance(error, Refused):
        reason = joined((issue.diagnostics for issue in error.issues), by=SEQUENCE)
    else:
        _log.error("list %s failed", batch.id, exc_info=error)
        reason = _FAILED_INSIDE
    report = batches.read_part(work, batch, "report")
    told = batches.sealed_part(work, batch, "report", {**report, "failure": packed(reason)})
    batches.keep_part(work, batch, "report", told)
    batches.advance(work, batch, BatchState.FAILING, total=done)


def _in_the_name_of(work: Work, batch: Batch) -> Work:
    """The same transaction as the one who confirmed. Raises Refused where he is gone."""
    finder = Authenticator(work.registry.permissions_of, work.settings, work.clock)
    actor = finder.by_user(work.connection, batch.user_id)
    if actor.organisation_id != batch.organisation_id:
        raise conflict(_NO_LONGER)
    own = replace(work, actor=actor)
    own.now, own.today = work.now, work.today
    return own


def _take_back(work: Work, batch: Batch, carrier: Carrier) -> None:
    start, done = monotonic(), batch.done
    own = replace(work, actor=replace(work.actor, organisation_id=batch.organisation_id))
    own.now, own.today = work.now, work.today
    while (part := batches.next_part(work, batch, done=True)) is not None:
        number, made = part
        done += carrier.take_back(own, batch, made)
        batches.remove_part(work, batch, number)
        if monotonic() - start > SLICE_SECONDS:
            break
    over = BatchState.FAILED if batch.state is BatchState.FAILING else BatchState.UNDONE
    batches.advance(work, batch, over if part is None else batch.state, done=done)


def _note(work: Work, batch: Batch, what: str, **detail: Any) -> None:
    told = {"list": batch.id, "file": batch.name, "what": what, **detail}
    entry = entry_of(work.actor, work.now, Action.IMPORT, detail=told)
    record_changes(work.connection, [audit_row(work.keys, entry)])
