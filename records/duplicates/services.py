"""Two files of one person become one, and may become two again (health-record.md §13.5).

Nothing is merged by itself. Where a number of a document is the same one member of staff may merge;
else one proposes and another one confirms. Everything of a merge is saved together, with a
Provenance that names every resource and its version before (`entity`) and after (`target`), from
which it is undone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from kernel.clock import iso_instant
from kernel.errors import Refused, conflict, forbidden, not_found, unprocessable
from kernel.fhir import json
from kernel.fhir.store import Draft, read, read_version, save_all
from kernel.fhir.store.heads import find_heads
from kernel.fhir.store.references import Target
from kernel.ids import uuid7
from kernel.messages import Message, _
from kernel.security.accounts import get_user
from kernel.work import ReadWork, Work
from records.duplicates.grants import carry_over, take_back
from records.duplicates.joining import FIELDS, kept, retired, same_number
from records.duplicates.pairs import DISTINCT, JOINED, PROPOSED, SUSPECTED, Pair, decide, find_pair
from records.duplicates.parameters import UNDO_DAYS
from records.duplicates.pointing import ACTIVITY, MERGE, UNMERGE, withdrawn
from records.duplicates.projections import survivor_of
from records.duplicates.repointing import Loaded, loaded, repointed
from records.duplicates.undoing import Irreversible, reverted
from records.events import FilesJoined, FilesParted
from records.life.moves import pending_move
from records.life.provenance import who
from records.life.services import File, get_file
from records.life.states import COUNTED, MERGED, OPEN, TRANSFERRING, VOID
from records.life.widening import keeping_days
from records.reading import codes_of, death_of

_SAME: Final = _("请选择两份不同的档案。")
_NOT_ALIVE: Final = _("其中一份档案已合并或已作废，不能再合并。")
_MOVING: Final = _("其中一份档案的迁移还没有确认：请先完成或退回迁移，再合并。")
_ELSEWHERE: Final = _("两份档案由不同机构管理，不能直接合并：请先办理迁移，让同一机构管理。")
_DEATH: Final = _("两份档案对本人是否已故记载不同：请先核实并更正，再合并。")
_STATE: Final = _("保留的档案不在管，另一份在管：请保留在管的档案，或先恢复另一份。")
_SECOND: Final = _("没有相同的证件号码：须由一人提出，另一位工作人员核对后确认。")
_FIELD: Final = _("合并的字段无效，请从核对页面重新选择。")
_CHANGED: Final = _("提出合并后选择有了变化：请重新提出，再由另一人确认。")
_NO_PROPOSAL: Final = _("没有等待确认的合并，请刷新页面。")
_NO_MERGE: Final = _("这不是一次可以撤销的合并。")
_UNDONE: Final = _("这次合并已经撤销。")
_TOO_LATE: Final = _("合并已超过 %(days)s 天，不能再撤销。")
_MERGED_AGAIN: Final = _("保留的档案后来又并入了另一份：请先撤销后一次合并。")
_MOVED: Final = _("合并后档案已迁到其他机构，不能撤销：请先迁回。")
_TOUCHED: Final = _("合并后有人改过“%(what)s”的同一处内容，不能自动撤销：请先核对并改回。")


class Files(NamedTuple):
    """The file that is kept, and the one that becomes part of it."""

    keep: File
    gone: File


def get_files(work: ReadWork, keep_id: str, gone_id: str) -> Files:
    """Two files as the actor sees them. Raises Refused (403, 404, 410; 422 for one alone)."""
    if keep_id == gone_id:
        raise unprocessable(_SAME, "other")
    return Files(get_file(work, keep_id), get_file(work, gone_id))


def keepers(work: ReadWork, files: Files) -> list[str]:
    """The institutions that keep two files, whatever the Patients say."""
    heads = find_heads(work, "Patient", [file.id for file in files])
    return [heads[file.id].organisation_id or "" for file in files]


def check_joinable(work: ReadWork, files: Files) -> None:
    """Raises Refused (409) with what has to be done before two files can be merged."""
    for fault, text in _obstacles(work, files):
        if fault:
            raise conflict(text, "other")


def _obstacles(work: ReadWork, files: Files) -> Iterator[tuple[bool, str]]:
    states = {file.state for file in files}
    yield bool(states & {MERGED, VOID}), _NOT_ALIVE
    asked_for = any(pending_move(work, file.id) for file in files)
    yield TRANSFERRING in states or asked_for, _MOVING
    yield len(set(keepers(work, files))) > 1, _ELSEWHERE
    yield len({death_of(file.body)[0] for file in files}) > 1, _DEATH
    yield _rank(files.keep) < _rank(files.gone), _STATE


def _rank(file: File) -> int:
    return (file.state in OPEN) + (file.state in COUNTED)


def needs_second(files: Files) -> bool:
    """Whether two members of staff have to agree: no number of a document is the same."""
    return not same_number(files.keep.body, files.gone.body)


def _check_taken(taken: Sequence[str]) -> None:
    if not set(taken) <= {field.key for field in FIELDS}:
        raise unprocessable(_FIELD, "taken")


def _may_write(work: Work) -> None:
    if not work.actor.may_write(work.registry.specs["Patient"], "u"):
        raise forbidden(f"{work.actor.name} may not write Patient")


def propose_merge(work: Work, keep_id: str, gone_id: str, *, taken: Sequence[str]) -> None:
    """Say that two files are one person's; another member of staff has to confirm it.

    `taken` are the keys of `joining.FIELDS` in which the file that is not kept is right. Raises
    Refused: 403, 404, 409 (they cannot be merged), 422.
    """
    _may_write(work)
    _check_taken(taken)
    check_joinable(work, get_files(work, keep_id, gone_id))
    decide(
        work, keep_id, gone_id,
        state=PROPOSED, keep_id=keep_id, taken=" ".join(taken),
        proposed_by=work.actor.user_id, proposed_at=work.now,
    )  # fmt: skip


def withdraw_proposal(work: Work, one_id: str, other_id: str) -> None:
    """Take a proposal back, or refuse somebody's: the pair waits again. Raises Refused (404, 409).

    Whoever sees both files may do it.
    """
    _may_write(work)
    get_files(work, one_id, other_id)
    pair = find_pair(work, one_id, other_id)
    if pair is None or pair.state != PROPOSED:
        raise conflict(_NO_PROPOSAL, "other")
    decide(work, one_id, other_id, state=SUSPECTED)


def mark_distinct(work: Work, one_id: str, other_id: str) -> None:
    """These are two people: they are not shown as a pair again.

    The actor must see at least one of them. Raises Refused (403, 404).
    """
    _may_write(work)
    try:
        get_file(work, one_id)
    except Refused as refused:
        if refused.status != 404:
            raise
        get_file(work, other_id)
    decide(
        work, one_id, other_id,
        state=DISTINCT, decided_by=work.actor.user_id, decided_at=work.now,
    )  # fmt: skip


def merge(work: Work, keep_id: str, gone_id: str, *, taken: Sequence[str]) -> str:
    """Merge two files; the id of the Provenance that tells of it and from which it is undone.

    `taken` as in `propose_merge`. Raises Refused: 403, 404, 409 (not joinable; a second member of
    staff has to confirm, and it is not the one who proposed), 412, 422.
    """
    _may_write(work)
    _check_taken(taken)
    files = get_files(work, keep_id, gone_id)
    check_joinable(work, files)
    proposed_by = _agreed(work, files, taken)
    keep, gone = files
    drafts = [
        Draft(kept(keep.body, gone.body, taken=taken), keep.id, keep.version),
        Draft(retired(gone.body, keep.body), gone.id, gone.version),
        *repointed(keeping_days(work), gone.id, keep.id),
    ]
    told = _provenance(work, MERGE, drafts, agents=proposed_by)
    save_all(keeping_days(work), [*drafts, told])
    carry_over(work, gone_id, keep_id)
    decide(
        work, keep_id, gone_id,
        state=JOINED, keep_id=keep_id, decided_by=work.actor.user_id, decided_at=work.now,
        provenance_id=told.id,
    )  # fmt: skip
    work.emit(FilesJoined(keep_id, gone_id, str(told.id)))
    return str(told.id)


def _agreed(work: Work, files: Files, taken: Sequence[str]) -> list[dict[str, str]]:
    """Who proposed it, where two have to agree. Raises Refused (409) where they do not."""
    if not needs_second(files):
        return []
    pair = find_pair(work, files.keep.id, files.gone.id)
    if pair is None or pair.state != PROPOSED or pair.proposed_by == work.actor.user_id:
        raise conflict(_SECOND, "other")
    if pair.keep_id != files.keep.id or set(pair.taken) != set(taken):
        raise conflict(_CHANGED, "other")
    return [_proposer(work, pair)]


def _proposer(work: Work, pair: Pair) -> dict[str, str]:
    user = get_user(work.connection, pair.proposed_by or "")
    reference = {"reference": f"Practitioner/{user.practitioner_id}"}
    return {**(reference if user.practitioner_id else {}), "display": user.display}


_TITLES: Final[Mapping[str, str]] = {MERGE: _("合并档案"), UNMERGE: _("撤销合并")}


def _provenance(
    work: Work,
    step: str,
    drafts: Sequence[Draft],
    *,
    agents: Sequence[Mapping[str, str]] = (),
    about: str = "",
) -> Draft:
    """What was done: `target` are the versions that it made, `entity` those that they replaced."""
    body: dict[str, Any] = {
        "resourceType": "Provenance",
        "target": [{"reference": _versioned(one, (one.expect or 0) + 1)} for one in drafts],
        "occurredDateTime": work.today.isoformat(),
        "recorded": iso_instant(work.now),
        "activity": {
            "coding": [{"system": ACTIVITY, "code": step, "display": _TITLES[step]}],
            "text": _TITLES[step],
        },
        "agent": [{"who": agent} for agent in (who(work), *agents)],
        "entity": [
            {"role": "revision", "what": {"reference": _versioned(one, one.expect)}}
            for one in drafts
            if one.expect
        ],
    }
    if about:
        body["entity"].insert(0, {"role": "source", "what": {"reference": about}})
    return Draft(body, uuid7(work.now), fresh=True)


def _versioned(draft: Draft, version: int) -> str:
    return f"{draft.body['resourceType']}/{draft.id}/_history/{version}"


def undo_merge(work: Work, provenance_id: str) -> str:
    """Take a merge back: both files and every reference are as they were, later changes stay.

    The id of the Patient that was kept.

    Raises Refused: 403, 404, 409 (it was none or is undone; too late; the file moved or was merged
    again; somebody has changed the very same since), 412, 422.
    """
    _may_write(work)
    told = _merge_of(work, provenance_id)
    made, before = _versions(told, "target"), _versions(told, "entity")
    (keep_target, _keep), (gone_target, _gone) = list(made.items())[:2]
    files = get_files(work, keep_target.id, gone_target.id)
    _check_undoable(work, files, told)
    wide = keeping_days(work)
    drafts = [_back(wide, one, made, before) for one in loaded(wide, list(made))]
    drafts.sort(key=lambda one: list(made).index(Target(one.body["resourceType"], str(one.id))))
    about = f"Provenance/{provenance_id}"
    save_all(wide, [*drafts, _provenance(work, UNMERGE, drafts, about=about)])
    pair = find_pair(work, files.keep.id, files.gone.id)
    if pair is not None and pair.decided_at is not None:
        take_back(work, files.gone.id, files.keep.id, merged_at=pair.decided_at)
    decide(work, files.keep.id, files.gone.id, state=SUSPECTED)
    work.emit(FilesParted(files.keep.id, files.gone.id))
    return files.keep.id


def _merge_of(work: Work, provenance_id: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(
        read(work, work.registry.specs["Provenance"], provenance_id).body
    )
    if MERGE not in codes_of(body.get("activity"), ACTIVITY) or len(body["target"]) < 2:
        raise not_found(_NO_MERGE)
    return body


def _versions(told: Mapping[str, Any], name: str) -> dict[Target, int]:
    references = [one.get("what", one)["reference"] for one in told[name]]
    parts = [reference.split("/") for reference in references]
    return {Target(type_, id_): int(version) for type_, id_, _history, version in parts}


def _check_undoable(work: Work, files: Files, told: Mapping[str, Any]) -> None:
    merged_at = datetime.fromisoformat(told["recorded"])
    now = datetime.fromisoformat(iso_instant(work.now))
    if files.keep.state == MERGED:
        raise conflict(_MERGED_AGAIN)
    if files.gone.state != MERGED or survivor_of(files.gone.body) != files.keep.id:
        raise conflict(_UNDONE)
    if now - merged_at > timedelta(days=UNDO_DAYS):
        raise conflict(Message(_TOO_LATE, days=UNDO_DAYS))
    if len(set(keepers(work, files))) > 1:
        raise conflict(_MOVED)


def _back(
    work: Work, one: Loaded, made: Mapping[Target, int], before: Mapping[Target, int]
) -> Draft:
    """The draft that takes the merge's change of one resource back."""
    old = before.get(one.target)
    if old is None:  # further days that the merge parted
        return Draft(withdrawn(one.body), one.target.id, one.version)
    spec = work.registry.specs[one.target.type]
    was, became = (
        json.loads(read_version(work, spec, one.target.id, number).body)
        for number in (old, made[one.target])
    )
    try:
        body = reverted(was, became, one.body)
    except Irreversible:
        raise conflict(Message(_TOUCHED, what=spec.title)) from None
    return Draft(body, one.target.id, one.version)
