"""The pages of duplicates with data: pairs, a review by one and by two, what hinders it."""

from datetime import date
from typing import Any

from kernel.clock import Instant
from kernel.web.page import FormState, Pager

_AT: Instant = 1_795_395_900_000_000
_STATION = "听涛街道海棠社区卫生服务站"
_ONE = {
    "id": "p1", "own": True, "name": "周建军", "sex": "male", "birth_date": date(1958, 3, 12),
    "organisation": _STATION, "active": True,
}  # fmt: skip
_OTHER = {**_ONE, "id": "p2", "name": "周健军", "active": False}
_STRANGER = {**_ONE, "own": False, "name": "周*军", "organisation": "银帆街道卫生服务站"}
_REASONS = ("姓名读音相近", "出生日期相同", "住址相同")
_ROW = {
    "people": [_ONE, _OTHER], "reasons": _REASONS, "proposed": False, "mine": False,
    "href": "/duplicates/p1/p2", "both": True,
}  # fmt: skip
_LIST: dict[str, Any] = {
    "rows": [
        {**_ROW, "proposed": True},
        _ROW,
        {**_ROW, "people": [_ONE, _STRANGER], "both": False},
    ],
    "pager_state": Pager(3, "/duplicates?cursor=x", "", total=23),
    "export_state": FormState(),
    "merges": [
        {"provenance_id": "m1", "id": "p3", "name": "李秀英", "former": "李秀瑛", "at": _AT,
         "by": "于海宁"},
    ],
    "undo_days": 90,
}  # fmt: skip


def _field(key: str, title: str, one: str, other: str, chosen: str = "p1") -> dict[str, Any]:
    return {
        "key": key, "title": title, "values": [one, other], "differs": one != other,
        "choice": bool(one and other and one != other), "chosen": chosen,
    }  # fmt: skip


_REVIEW: dict[str, Any] = {
    "here": "/duplicates/p1/p2",
    "files": [{"id": "p1", "name": "周建军"}, {"id": "p2", "name": "周健军"}],
    "facts": [
        {"title": "档案编号", "values": ["37180200100100001", "37180200100100977"]},
        {"title": "管理机构", "values": [_STATION, _STATION]},
        {"title": "建档日期", "values": [date(2012, 5, 4), date(2019, 4, 1)]},
        {"title": "服务记录（条）", "values": [132, 7]},
    ],
    "fields": [
        _field("name", "姓名", "周建军", "周健军"),
        _field("born", "出生日期", "1958-03-12", "1958-12-03", chosen="p2"),
        _field("document", "证件号码", "371802195803120011", ""),
        _field("address", "现住址", "海棠花园5号楼2单元301室", "海棠花园5-2-301"),
        _field("marital", "婚姻状况", "已婚", "已婚"),
    ],
    "kept": "p1",
    "reasons": _REASONS,
    "obstacle": "",
    "needs_second": True,
    "proposal": None,
    "state": FormState(),
    "undo_days": 90,
}
_PROPOSAL = {"by": "于海宁", "at": _AT, "mine": False}

DUPLICATE_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "duplicates": ("duplicates/list.html", _LIST),
    "duplicates_empty": ("duplicates/list.html", {**_LIST, "rows": [], "merges": []}),
    "duplicates_review": ("duplicates/review.html", _REVIEW),
    "duplicates_refused": (
        "duplicates/review.html",
        {**_REVIEW, "needs_second": False,
         "state": FormState({}, {"form": "被合并的人是户主，家庭还有其他成员。"})},
    ),
    "duplicates_hindered": (
        "duplicates/review.html",
        {**_REVIEW, "obstacle": "两份档案由不同机构管理，请先办理迁移。", "reasons": ()},
    ),
    "duplicates_proposed": ("duplicates/review.html", {**_REVIEW, "proposal": _PROPOSAL}),
    "duplicates_waiting": (
        "duplicates/review.html", {**_REVIEW, "proposal": {**_PROPOSAL, "mine": True}},
    ),
}  # fmt: skip
MERGED_PANELS = (
    {"into": {"id": "p1", "name": "周建军", "organisation": _STATION}, "from": []},
    {"into": None, "from": [{"id": "p2", "name": "周健军", "at": _AT, "provenance_id": "m1"}]},
)
"""The panel of a merged file, and that of the one it became part of."""
