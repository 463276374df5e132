"""An uploaded list as pages show it: what its state is called, and how far it has come."""

from typing import Any, Final

from kernel.batches import AT_WORK, Batch, BatchState
from kernel.messages import _

TITLES: Final = {
    BatchState.UPLOADED: (_("待确认列"), "due"),
    BatchState.CHECKED: (_("待确认导入"), "due"),
    BatchState.RUNNING: (_("正在导入"), "info"),
    BatchState.DONE: (_("已导入"), "ok"),
    BatchState.UNDOING: (_("正在撤销"), "info"),
    BatchState.FAILING: (_("出错，正在撤销"), "alert"),
    BatchState.UNDONE: (_("已撤销"), "neutral"),
    BatchState.FAILED: (_("未导入"), "alert"),
}
"""What a state is called, and the kind of its badge."""


def shown(batch: Batch, *, below: str = "/imports", unit: str = _("人")) -> dict[str, Any]:
    """What the pages below an address need of a list; `unit` is what is counted."""
    title, kind = TITLES[batch.state]
    return {
        "id": batch.id,
        "href": f"{below}/{batch.id}",
        "unit": unit,
        "name": batch.name,
        "created_at": batch.created_at,
        "title": title,
        "kind": kind,
        "total": batch.total,
        "done": batch.done,
        "at_work": batch.state in AT_WORK,
        "percent": 100 * batch.done // batch.total if batch.total else 0,
    }
