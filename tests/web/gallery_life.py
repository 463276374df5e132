"""The pages of a file's life, of moves and of teams with realistic data; refused and empty ones."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from kernel.web.listing import Listing, Row
from kernel.web.page import FormState, ListState, Pager

STATION = "听涛街道海棠社区卫生服务站"
OTHER = "银帆街道松月社区卫生服务站"
_DOCTORS = [("d1", "于海宁"), ("d2", "林文杰")]
_INSTITUTIONS = [("station-1", STATION), ("station-2", OTHER)]
_TEAMS = [("t1", "于海宁团队"), ("t2", "宋志平团队")]
_COMMITTEES = [("371802001001", "海棠社区居民委员会"), ("371802001002", "银杏社区居民委员会")]

_FILE: dict[str, Any] = {
    "id": "1",
    "state": "正常",
    "kind": "ok",
    "opened_on": date(2019, 3, 4),
    "filed_by": "于海宁",
    "filed_at": STATION,
    "closed_on": None,
    "close_reason": "",
    "is_draft": False,
    "is_kept": True,
    "is_active": True,
    "is_closed": False,
}
_CLOSED = {
    **_FILE,
    "state": "终止（失访）",
    "kind": "neutral",
    "closed_on": date(2026, 11, 2),
    "close_reason": "失访",
    "is_kept": False,
    "is_active": False,
    "is_closed": True,
}
_INTERVALS = [
    {
        "organisation": OTHER,
        "from_on": date(2024, 1, 1),
        "last_on": None,
        "days": 1058,
        "began": "迁入",
        "ended": "",
    },
    {
        "organisation": STATION,
        "from_on": date(2019, 3, 4),
        "last_on": date(2023, 12, 31),
        "days": 1764,
        "began": "建档",
        "ended": "迁出本机构",
    },
]
_STEPS = [
    {
        "on": date(2024, 1, 1),
        "title": "迁移",
        "place": "林文杰",
        "detail": "居民搬到本辖区居住",
        "href": "",
    },
    {"on": date(2019, 3, 4), "title": "建档", "place": "于海宁", "detail": "", "href": ""},
]
_MOVE: dict[str, Any] = {
    "id": "move-1",
    "title": "申请迁出",
    "status": "待确认",
    "badge": "due",
    "waits": True,
    "patient_id": "1",
    "name": "王小明",
    "sex": "male",
    "birth_date": date(1985, 3, 12),
    "people": 3,
    "household": True,
    "from_name": STATION,
    "to_name": OTHER,
    "to_id": "station-2",
    "reason": "全家搬到该站辖区居住",
    "address": "松月街道3号楼1单元202室",
    "answer": "",
    "asked_by": "于海宁",
    "asked_on": date(2026, 11, 20),
    "doctor_id": "",
    "may_answer": True,
    "may_cancel": False,
}
_ANSWERED = {
    **_MOVE,
    "status": "已退回",
    "badge": "alert",
    "waits": False,
    "answer": "居民仍住在原址",
    "may_answer": False,
}
_SHOW: dict[str, Any] = {
    "file": _FILE,
    "intervals": _INTERVALS,
    "steps": _STEPS,
    "move": None,
    "contracts": [
        {
            "team": "于海宁团队",
            "from_on": date(2026, 1, 10),
            "last_on": date(2026, 12, 31),
            "holds": True,
            "to_come": False,
        },
        {
            "team": "",
            "from_on": date(2023, 1, 1),
            "last_on": date(2023, 12, 31),
            "holds": False,
            "to_come": False,
        },
    ],
    "use": {
        "used": True,
        "from_on": date(2025, 11, 24),
        "to_on": date(2026, 11, 23),
        "counted": 2,
        "services": [
            {"on": date(2026, 11, 3), "title": "就诊", "reason": ""},
            {"on": date(2026, 9, 1), "title": "就诊", "reason": "已取消或未执行"},
            {"on": date(2026, 4, 18), "title": "体检、随访等表单", "reason": ""},
        ],
    },
    "may_keep": True,
    "may_contract": True,
    "state": FormState(),
}
_EMPTY = {
    "intervals": [],
    "steps": [],
    "contracts": [],
    "use": {**_SHOW["use"], "used": False, "counted": 0, "services": []},
}
_WRONG = FormState(
    {"reason": "3", "on": "2026-11-23", "tried_1": "2026-07-01", "how_1": "打电话"},
    {"attempts": "失访须有至少 3 次联系记录，每次写明日期和方式。"},
)
_CLOSE = {
    "file": _FILE,
    "reasons": (("1", "死亡"), ("2", "迁出"), ("3", "失访"), ("4", "拒绝"), ("9", "其他")),
    "tries": range(1, 6),
    "least": 3,
    "months": 3,
    "state": FormState({"on": "2026-11-23"}),
}
_MOVE_PAGE = {
    "move": _MOVE,
    "doctor_name": "",
    "doctors": _DOCTORS,
    "committees": _COMMITTEES,
    "state": FormState({"on": "2026-11-23"}),
    "may_keep": True,
}
_ASSIGN: dict[str, Any] = {
    "state": FormState({"organisation": "station-1", "committee": "371802001001"}),
    "organisations": _INSTITUTIONS,
    "committees": _COMMITTEES,
    "doctors": _DOCTORS,
    "teams": _TEAMS,
    "files": 1284,
    "contracts": 431,
    "slice": 300,
    "done": "",
    "left": "",
    "goes_on": False,
}
_TEAM: dict[str, Any] = {
    "state": FormState({"organisation": "station-1", "member": ["d1"], "active": "yes"}),
    "team_id": "",
    "organisations": _INSTITUTIONS,
    "staff": _DOCTORS,
    "submission": "019a-1",
}


Samples = dict[str, tuple[str, Mapping[str, Any]]]


def life_samples(resident: Mapping[str, Any]) -> Samples:
    """Template and values by name; `resident` are the values of the resident's frame."""
    return {**_steps({**resident, "file": _FILE}), **_lists()}


def _steps(below: Mapping[str, Any]) -> Samples:
    """The tab, and the forms of the steps."""
    return {
        "life": ("life/show.html", {**below, **_SHOW}),
        "life_waiting": (
            "life/show.html",
            {**below, **_SHOW, "move": {**_MOVE, "may_answer": False, "may_cancel": True}},
        ),
        "life_draft": (
            "life/show.html",
            {
                **below, **_SHOW, **_EMPTY,
                "file": {**_FILE, "state": "建档中", "kind": "due", "is_draft": True,
                         "is_kept": False, "is_active": False},
            },
        ),
        "life_closed": ("life/show.html", {**below, **_SHOW, "file": _CLOSED}),
        "life_close": ("life/close.html", {**below, **_CLOSE}),
        "life_close_refused": ("life/close.html", {**below, **_CLOSE, "state": _WRONG}),
        "life_reopen": (
            "life/reopen.html",
            {**below, "file": _CLOSED, "state": FormState({"on": "2026-11-23"})},
        ),
        "life_void": ("life/void.html", {**below, "state": FormState()}),
        "life_move": (
            "life/move.html",
            {**below, "institutions": _INSTITUTIONS[1:], "state": FormState()},
        ),
        "life_contract": ("life/contract.html", {**below, "teams": _TEAMS, "state": FormState()}),
        "life_contract_no_team": (
            "life/contract.html", {**below, "teams": [], "state": FormState()},
        ),
    }  # fmt: skip


_TEAM_ROWS = (
    {"id": "t1", "name": "于海宁团队", "organisation": STATION, "members": "于海宁、曲晓梅",
     "active": True},
    {"id": "t2", "name": "老团队", "organisation": OTHER, "members": "林文杰", "active": False},
)  # fmt: skip


def _teams(*rows: Row) -> Listing:
    pager = Pager(len(rows), total=len(rows))
    return Listing(rows, rows, ListState("/teams"), pager, "/teams/export")


def _lists() -> Samples:
    """Moves, teams, and the bulk change."""
    return {
        "life_assign": ("life/assign.html", _ASSIGN),
        "life_assign_left": (
            "life/assign.html",
            {**_ASSIGN, "contracts": None, "done": "300", "left": "984"},
        ),
        "moves": (
            "moves/list.html",
            {"inbox": [_MOVE], "outbox": [], "answered": [_ANSWERED], "may_keep": True,
             "more_than": 100, "may_export": True,
             "export_state": FormState({"reason": "查"}, {"reason": "请写明导出原因"})},
        ),
        "moves_new": (
            "moves/new.html",
            {"state": FormState(), "institutions": _INSTITUTIONS, "doctors": _DOCTORS},
        ),
        "move": ("moves/show.html", _MOVE_PAGE),
        "move_of_ours": (
            "moves/show.html",
            {**_MOVE_PAGE, "move": {**_MOVE, "may_answer": False, "may_cancel": True}},
        ),
        "move_answered": ("moves/show.html", {**_MOVE_PAGE, "move": _ANSWERED}),
        "teams": (
            "teams/list.html",
            {"listing": _teams(*_TEAM_ROWS), "several": True, "export_state": FormState()},
        ),
        "teams_empty": (
            "teams/list.html",
            {"listing": _teams(), "several": False, "export_state": FormState()},
        ),
        "team_new": ("teams/edit.html", _TEAM),
        "team": (
            "teams/edit.html",
            {**_TEAM, "team_id": "t1",
             "state": FormState({**_TEAM["state"].values, "name": "于海宁团队", "version": "2"})},
        ),
    }  # fmt: skip
