"""The states of a health record and the steps between them: pure functions over Patient bodies.

The national norm (国家基本公共卫生服务规范 第三版, 居民健康档案管理) names 死亡, 迁出 and 失访 as
ends of a record; the other states are the house's own. A state stands in the extension
`record-state` of Patient; where it is missing, an active Patient counts as 正常 and a dead one as
终止（死亡）.
"""

from collections.abc import Mapping
from typing import Any, Final, NoReturn

from kernel.canonical import code_system, structure_definition
from kernel.errors import conflict
from kernel.web.i18n import _
from records.extensions import extensions
from records.reading import codes_of

Body = Mapping[str, Any]

STATE: Final = structure_definition("record-state")
STATE_SYSTEM: Final = code_system("nbphs3-record-state")
CLOSE_REASON: Final = structure_definition("record-close-reason")
CLOSE_REASON_SYSTEM: Final = code_system("nbphs3-record-close-reason")
CLOSED_ON: Final = structure_definition("record-closed-on")
OPENED_ON: Final = structure_definition("record-opened-on")

DRAFT: Final = "draft"
ACTIVE: Final = "active"
TRANSFERRING: Final = "transferring"
DEAD: Final = "closed-dead"
MOVED: Final = "closed-moved"
LOST: Final = "closed-lost"
REFUSED: Final = "closed-refused"
OTHER: Final = "closed-other"
MERGED: Final = "merged"
VOID: Final = "void"

TITLES: Final[Mapping[str, str]] = {
    DRAFT: _("建档中"),
    ACTIVE: _("正常"),
    TRANSFERRING: _("迁移待确认"),
    DEAD: _("终止（死亡）"),
    MOVED: _("终止（迁出）"),
    LOST: _("终止（失访）"),
    REFUSED: _("终止（拒绝）"),
    OTHER: _("终止（其他）"),
    MERGED: _("已合并"),
    VOID: _("作废"),
}
"""What a state is called."""

OPEN: Final = frozenset({DRAFT, ACTIVE, TRANSFERRING})
"""States in which an institution keeps the record and somebody lives in its area."""

COUNTED: Final = frozenset({ACTIVE, TRANSFERRING})
"""States that count as filed (建档): drafts do not."""

VANISHED: Final = frozenset({MERGED, VOID})
"""States of files that are no person's any more: part of another file, or made by mistake."""

CLOSED: Final = frozenset({DEAD, MOVED, LOST, REFUSED, OTHER})
"""States in which a record rests; its reasons are those of `REASONS`."""

REASONS: Final[Mapping[str, str]] = {"1": DEAD, "2": MOVED, "3": LOST, "4": REFUSED, "9": OTHER}
"""Codes of `nbphs3-record-close-reason`, and the state that each leads to."""

REASON_TITLES: Final[Mapping[str, str]] = {
    "1": _("死亡"),
    "2": _("迁出"),
    "3": _("失访"),
    "4": _("拒绝"),
    "9": _("其他"),
}

STEPS: Final[Mapping[str, frozenset[str]]] = {
    DRAFT: frozenset({ACTIVE, VOID, MERGED}),
    ACTIVE: frozenset({TRANSFERRING, *CLOSED, MERGED}),
    TRANSFERRING: frozenset({ACTIVE, *CLOSED, MERGED}),
    DEAD: frozenset({ACTIVE, MERGED}),
    MOVED: frozenset({ACTIVE, DEAD, MERGED}),
    LOST: frozenset({ACTIVE, DEAD, MERGED}),
    REFUSED: frozenset({ACTIVE, DEAD, MERGED}),
    OTHER: frozenset({ACTIVE, DEAD, MERGED}),
    MERGED: frozenset({DRAFT, ACTIVE, TRANSFERRING, *CLOSED}),
    VOID: frozenset(),
}
"""To which states a state may change; staying in one is not a step."""


def state_of(body: Body) -> str:
    """The state of a Patient's record; without one it follows from `deceased` and `active`."""
    for one in extensions(body, STATE):
        for code in codes_of(one.get("valueCodeableConcept")):
            if code in TITLES:
                return code
    if body.get("deceasedDateTime") or body.get("deceasedBoolean") is True:
        return DEAD
    return ACTIVE if body.get("active", True) else _closed_for(body)


def _closed_for(body: Body) -> str:
    for one in extensions(body, CLOSE_REASON):
        for code in codes_of(one.get("valueCodeableConcept")):
            return REASONS.get(code, OTHER)
    return OTHER


def may_become(before: str, after: str) -> bool:
    """Whether a record may change from one state to another; staying as it is may it always."""
    return before == after or after in STEPS[before]


_NO_STEP = _("档案现在的状态不能这样办理：请看“档案管理”页上的状态和可以办理的事项。")


def check_step(before: str, after: str) -> None:
    """Raises Refused (409) where a record cannot go from one state to another."""
    if before == after or not may_become(before, after):
        refuse_step()


def refuse_step() -> NoReturn:
    """Raises Refused (409): not from this state."""
    raise conflict(_NO_STEP, "state")


def with_state(body: Body, state: str) -> dict[str, Any]:
    """The same Patient in another state; `active` says whether the record is kept.

    A draft is active too: somebody works on it. Reason and day of closing stay where they are.
    """
    others = [one for one in body.get("extension", ()) if one.get("url") != STATE]
    concept = {"coding": [{"system": STATE_SYSTEM, "code": state, "display": TITLES[state]}]}
    told = {"url": STATE, "valueCodeableConcept": {**concept, "text": TITLES[state]}}
    return {**body, "extension": [*others, told], "active": state in OPEN}
