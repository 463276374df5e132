"""The pages of households with realistic data: four generations, refused forms, empty states."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from kernel.web.listing import Listing
from kernel.web.page import FormState, ListState, Pager
from records.households.drawing import Portrait, draw
from records.households.kinship import Kin
from records.households.living import CODED, MEASURED
from records.households.problems import Problem
from records.terminology import catalogue

HOUSEHOLD: dict[str, Any] = {
    "id": "household-1",
    "version": 3,
    "number": "3718020010000117",
    "former_numbers": ["3718020010000342"],
    "book": "140221",
    "open": True,
    "head_name": "周建军",
    "head_id": "p1",
    "demand": "",
    "address": "山东省蓬澜市望潮区听涛街道海棠社区3号楼2单元501室",
    "place": [("网格", "37180200100201"), ("楼栋", "3"), ("单元", "2"), ("房号", "501")],
    "phone": "064*****1234",
    "doctor_name": "于海宁",
    "organisation_name": "听涛街道海棠社区卫生服务站",
    "total": 7,
    "here": 6,
}
_PEOPLE: tuple[tuple[Any, ...], ...] = (
    ("p1", "周建军", "02", "male", date(1962, 5, 6), ["高血压"], ["青霉素"]),
    ("p2", "陈秀英", "12", "female", date(1963, 8, 9), ["高血压", "糖尿病"], []),
    ("p0", "周国强", "51", "male", date(1938, 2, 3), ["老年人"], []),
    ("p3", "周磊", "22", "male", date(1988, 11, 12), [], []),
    ("p4", "阿依古丽·买买提", "38", "female", date(1989, 1, 15), [], ["磺胺"]),
    ("p5", "周诗涵", "42", "female", date(2015, 4, 18), [], []),
    ("p6", "周浩然", "41", "unknown", None, ["0～6岁儿童"], []),
)
MEMBERS: list[dict[str, Any]] = [
    {
        "id": id_,
        "name": name,
        "visible": id_ != "p3",
        "sex": sex,
        "birth_date": born,
        "relation": catalogue.title("gb-relation", relation),
        "head": relation == "02",
        "labels": [{"text": text, "kind": "info"} for text in labels],
        "allergies": allergies,
        "asked": id_ != "p6",
        "due": [{"text": "今年未体检", "kind": "due"}] if labels else [],
        "from_on": date(2020, 1, 1),
        "last_visit_on": date(2026, 11, 3) if labels else None,
    }
    for id_, name, relation, sex, born, labels, allergies in _PEOPLE
]
TREE = draw(
    [
        Portrait(
            Kin(id_, relation, sex, born), name, catalogue.title("gb-relation", relation), "40岁",
            id_ == "p0", relation == "02", f"/residents/{id_}",
        )
        for id_, name, relation, sex, born, _labels, _allergies in _PEOPLE
    ],
    title="家庭成员关系图",
    dead="已故",
)  # fmt: skip
FAMILY_PAGE: dict[str, Any] = {
    "household": HOUSEHOLD,
    "members": MEMBERS,
    "past": [
        {"id": "p9", "name": "周敏", "relation": "长女", "from_on": date(2020, 1, 1),
         "last_on": date(2024, 5, 31), "left_for": "迁出"},
        {"id": "", "name": "张桂兰", "relation": "母亲", "from_on": None,
         "last_on": date(2025, 2, 1), "left_for": "死亡"},
    ],
    "problems": [
        Problem("a", date(2026, 11, 3), "老人独自在家", "白天无人照看。", "联系日间照料。", "",
                None, "d1", "于海宁"),
        Problem("b", date(2025, 3, 1), "家庭口味偏咸", "", "发放限盐勺。", "月用盐减少。",
                date(2025, 9, 1), "d1", "于海宁"),
    ],
    "conditions": [("住房类型", "楼房", ""), ("燃料类型", "天然气", ""), ("居住面积", "96.5", "㎡"),
                   ("月食用盐", "900", "克"), ("月食用油", "4.5", "斤")],
    "tree": TREE,
    "phone_hidden": True,
    "may_write": True,
    "register_token": "sealed-token",
    "state": FormState(),
}  # fmt: skip
_ROWS = [
    {**HOUSEHOLD, "id": f"household-{n}", "number": f"37180200100{n:05d}", "members": 1 + n % 6,
     "open": n % 9 != 5, "demand": "户主已故" if n % 7 == 3 else ""}
    for n in range(18)
]  # fmt: skip
RELATIONS = [(code, f"{code} {title}") for code, title in catalogue.choices("gb-relation")]


def _list(rows: list[dict[str, Any]]) -> dict[str, Any]:
    state = ListState("/households", {"search": "sealed"}, "-members")
    return {
        "listing": Listing(
            rows, rows, state, Pager(len(rows), "/households?page=2", "", 40), "/households/export"
        ),
        "search_text": "海棠社区",
        "filter_state": FormState(),
        "organisations": [("station-1", "听涛街道海棠社区卫生服务站")],
        "may_export": True,
        "export_full": True,
        "export_state": FormState(),
    }


EDIT_PAGE: dict[str, Any] = {
    "household": HOUSEHOLD,
    "state": FormState(
        {
            "address": HOUSEHOLD["address"],
            "total": "300",
            "housing": "2",
            "area": "96.5",
            "along": ["p1", "p2"],
            "moved_on": "2026-11-23",
        },
        {"total": "家庭总人口应为 1 至 99 的整数。"},
    ),
    "together": [("p1", "周建军"), ("p2", "陈秀英")],
    "apart": [("周磊", "滨河路5号"), ("周敏", "")],
    "kept_elsewhere": ["周国强"],
    "committees": [("371802001002", "海棠社区")],
    "doctors": [("d1", "于海宁"), ("d2", "王芳")],
    "coded": {one.key: (one.title, list(catalogue.choices(one.codes))) for one in CODED},
    "measured": {one.key: one for one in MEASURED},
}
_CANDIDATE = {
    "id": "p8", "name": "周敏", "sex": "female", "birth_date": date(1990, 3, 4),
    "identity_number": "371802199003040028", "address": HOUSEHOLD["address"],
    "household": "3718020010000342", "household_id": "household-9",
}  # fmt: skip
_ON = {"on": "2026-11-23"}
HOUSEHOLD_SAMPLES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "households": ("households/list.html", _list(_ROWS)),
    "households_empty": ("households/list.html", {**_list([]), "organisations": []}),
    "household": ("households/show.html", FAMILY_PAGE),
    "household_waits": (
        "households/show.html",
        {
            **FAMILY_PAGE,
            "household": {**HOUSEHOLD, "demand": "户主已故：请指定新户主，或注销家庭。"},
            "past": [], "problems": [], "conditions": [],
            "state": FormState({}, {"form": "家庭还有在册成员，不能删除。"}),
        },
    ),
    "household_closed": (
        "households/show.html",
        {**FAMILY_PAGE, "household": {**HOUSEHOLD, "open": False, "head_name": ""}, "members": [],
         "tree": draw([], title="家庭成员关系图", dead="已故")},
    ),
    "household_edit": ("households/edit.html", EDIT_PAGE),
    "household_problem": (
        "households/problem.html",
        {"household": HOUSEHOLD, "problem_id": "",
         "state": FormState({"on": "2026-11-24"}, {"name": "请填写问题名称，最多 100 字。"})},
    ),
    "household_join": (
        "households/join.html",
        {"household": HOUSEHOLD, "candidates": [_CANDIDATE, {**_CANDIDATE, "household_id": ""}],
         "nothing": "", "relations": RELATIONS,
         "state": FormState({"q": "周敏", **_ON}, {"relation": "请选择与户主的关系。"})},
    ),
    "household_join_nobody": (
        "households/join.html",
        {"household": HOUSEHOLD, "candidates": [], "nothing": "没有找到符合条件的居民。",
         "relations": RELATIONS, "state": FormState({"q": "周"})},
    ),
    "household_leave": (
        "households/leave.html",
        {"household": HOUSEHOLD, "member": MEMBERS[1], "last": True,
         "state": FormState({"left_for": "moved", **_ON})},
    ),
    "household_head": (
        "households/head.html",
        {"household": HOUSEHOLD, "members": MEMBERS, "chosen": "", "old_id": "p1",
         "old_died": False, "state": FormState(), "relations": RELATIONS},
    ),
    "household_new_head": (
        "households/head.html",
        {"household": HOUSEHOLD, "members": MEMBERS, "chosen": "p3", "old_id": "p1",
         "old_died": False, "relations": RELATIONS,
         "state": FormState({"to": "p3", "left_for": "", **_ON, "relation-p1": "51"},
                            {"relation-p6": "请选择与户主的关系。"})},
    ),
    "household_merge": (
        "households/merge.html",
        {"household": HOUSEHOLD, "homes": [HOUSEHOLD], "other": "household-9",
         "coming": MEMBERS[3:5], "nothing": "", "relations": RELATIONS,
         "today": date(2026, 11, 23), "state": FormState({"q": "周敏"})},
    ),
    "household_merge_which": (
        "households/merge.html",
        {"household": HOUSEHOLD, "homes": [HOUSEHOLD, {**HOUSEHOLD, "id": "household-7"}],
         "other": "", "coming": [], "nothing": "", "relations": RELATIONS,
         "today": date(2026, 11, 23), "state": FormState({"q": "周"})},
    ),
    "print_household": (
        "households/print.html", {**FAMILY_PAGE, "printed_at": 1_795_395_900_000_000},
    ),
}  # fmt: skip


def without_household(frame: Mapping[str, Any]) -> dict[str, Any]:
    """The page of a resident who is in no household; `frame` are the values of the frame."""
    return {
        **frame,
        "homes": [HOUSEHOLD],
        "nothing": "",
        "state": FormState({"q": "周", **_ON}, {"committee": "请选择居（村）委会。"}),
        "relations": RELATIONS,
        "committees": [("371802001002", "海棠社区")],
        "may_write": True,
        "kept": True,
        "submission": "01a205ef-5260-7302-bd62-c0869fa8d152",
    }


def living_panel(*, empty: bool) -> dict[str, Any]:
    """The living environment on a member's page."""
    items = [("厨房排风设施", "油烟机"), ("燃料类型", "天然气"), ("饮水", ""), ("厕所", "卫生厕所")]
    return {"household": "household-1", "items": [] if empty else items}
