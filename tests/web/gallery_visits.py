"""The visits in the gallery: today's list, the form, a signed note, the papers."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.web.page import FormState, ListState
from records.visits import note
from records.visits.bodies import Author, Pages, Resource, composition, to
from records.visits.consultation import Consultation, Consulted
from records.visits.contents import VisitFile
from records.visits.display import STATES, visit_row, written_note
from records.visits.form import form_of
from records.visits.note import VITALS, Diagnosis, Prescription, VisitNote
from tests.web.gallery_data import LAST_SIGN_IN, TODAY

Values = dict[str, Any]

NOTE = VisitNote(
    complaint="头晕3天",
    history="三天前晨起头晕，持续数分钟，休息后缓解，无视物旋转、无恶心呕吐。\n自行停药一周。",
    findings="神清，颈软，心律齐，各瓣膜区未闻及杂音，双下肢无水肿。",
    assessment="血压控制不满意",
    tests="血脂、肾功能、心电图",
    treatment="恢复服药",
    guidance="两周后复诊；血压仍高则转诊",
    education="低盐饮食，规律服药，避免情绪激动",
    vitals={
        "left_systolic": Decimal(168), "left_diastolic": Decimal(98),
        "right_systolic": Decimal(146), "right_diastolic": Decimal(92), "pulse": Decimal(84),
        "temperature": Decimal("36.5"), "weight": Decimal("70.0"), "height": Decimal(170),
    },
    diagnoses=(Diagnosis("原发性高血压", "I10.x00"), Diagnosis("高脂血症", "E78.500")),
    prescriptions=(
        Prescription("苯磺酸氨氯地平片", "C08CA01", Decimal(5), "mg", "qd", "po", 28),
        Prescription("阿司匹林肠溶片", "B01AC06", Decimal(100), "mg", "qd", "po", 28),
    ),
)  # fmt: skip
_AUTHOR = Author(
    {**to("Practitioner", "1"), "display": "林晓梅"},
    {**to("Organization", "1"), "display": "翠苑一区社区卫生服务站"},
    "2026-11-23T09:20:00+08:00",
    LAST_SIGN_IN if isinstance(LAST_SIGN_IN, int) else 0,
)


def _encounter(status: str) -> Resource:
    return {
        "resourceType": "Encounter",
        "id": "1",
        "status": status,
        "class": {"code": "AMB"},
        "subject": to("Patient", "1"),
        "participant": [{"individual": _AUTHOR.doctor}],
        "period": {"start": "2026-11-23T09:05:00+08:00"},
        "reasonCode": [{"text": "头晕3天"}],
        "serviceProvider": _AUTHOR.station,
    }


def _signed() -> VisitFile:
    body = composition(VisitFile(_encounter("finished")), NOTE, _AUTHOR, Pages([], [], [], []))
    body |= {"status": "final", "attester": [{"time": _AUTHOR.at, "party": _AUTHOR.doctor}]}
    return VisitFile(_encounter("finished"), note=body)


AMENDMENT = {
    "kind": "更正", "by": "林晓梅", "at": "2026-11-23 11:05", "reason": "笔误",
    "text": "主诉应为头晕5天。",
}  # fmt: skip
LAST = {
    **visit_row(VisitFile({**_encounter("finished"), "id": "2"})),
    "reason": "高血压随访",
    "since": "2026-08-20 08:40",
    "diagnoses": ["原发性高血压（I10.x00）"],
    "vitals": "血压 左 146/92 mmHg，脉率 76 次/分",
    "drugs": ["苯磺酸氨氯地平片　口服，每日1次，每次5mg"],
}
PROMPTS = [{"key": "pressure", "text": "35 岁及以上，今年还没有测血压：请测量", "kind": "due"}]


def _row(place: int, name: str, status: str, **others: Any) -> Values:
    title, kind = STATES[status]
    return {
        "id": f"{place}", "href": f"/visits/{place}", "examination": False, "name": name,
        "sex": "female",
        "birth_date": date(1958, 5, 6), "labels": [{"text": "高血压", "kind": "info"}],
        "prompts": [{"key": "allergy", "text": "过敏：青霉素", "kind": "alert"}, *PROMPTS],
        "reason": "头晕3天", "since": f"2026-11-23 09:{place:02d}", "on": TODAY, "old": False,
        "doctor": "林晓梅", "status": status, "open": status in ("arrived", "in-progress"),
        "state": title, "kind": kind, **others,
    }  # fmt: skip


ROWS = [
    _row(5, "王伟", "in-progress"),
    _row(6, "李桂芳", "arrived"),
    _row(7, "欧阳建国", "arrived", old=True, on=date(2026, 11, 22)),
    _row(8, "陈晓", "finished", prompts=[]),
    _row(10, "孙丽华", "finished", prompts=[], href="/examinations/1", examination=True,
         reason="健康体检", since="2026-11-23"),
    _row(9, "赵敏", "cancelled", prompts=[], doctor="", reason=""),
]  # fmt: skip


_DOCTORS = [("1", "林晓梅"), ("2", "周立")]
_WRONG = {
    "pulse": "脉率应在 20–250 次/分 之间",
    "diagnosis_1": "请填写诊断",
    "form": "被别人保存过。",
}
_ASKED = {"pulse": "脉率 130 次/分 不在常见范围 50–110，请核对"}


def visit_samples(frame: Mapping[str, Any], panels: Mapping[str, Any]) -> dict[str, Any]:
    """Template and values by the name of the sample; `frame` are the values of a resident's page.

    `panels` are rows of the panels of a resident's page: problems, medications, visits.
    """
    resident = {name: value for name, value in frame.items() if name not in ("panels", "actions")}
    return {
        **_desk(resident, panels["visits"]),
        **_forms({**resident, **_form(), **panels}),
        **_read(resident),
        **_consultations(resident),
    }


def _desk(resident: Values, visits: Any) -> dict[str, Any]:
    day = {
        "rows": ROWS,
        "counts": [("arrived", 2), ("in-progress", 1), ("finished", 2), ("cancelled", 1)],
        "states": STATES, "total": 6, "candidates": None, "search_text": "",
        "list_state": ListState("/visits", {"state": "", "doctor": ""}),
        "doctors": [*_DOCTORS, ("none", "未指定")], "export_href": "/visits/export",
        "export_state": FormState(), "may_export": True, "export_full": True,
        "may_register": True, "may_write": True, "may_file": True,
    }  # fmt: skip
    candidate = {
        "id": "1", "name": "王伟", "sex": "male", "birth_date": date(1958, 5, 6),
        "community": "翠苑一区", "labels": [],
    }  # fmt: skip
    registration = {
        **resident, "state": FormState({"doctor": "1"}), "submission": "1", "doctors": _DOCTORS,
        "prompts": PROMPTS, "last": LAST, "may_write": True,
    }  # fmt: skip
    consulted = {
        "id": "1", "on": TODAY, "reason": "血压控制不满意", "institutions": "市第一医院",
        "doctor": "林晓梅",
    }  # fmt: skip
    tab = {
        **resident, "visits": visits, "consultations": [consulted], "may_register": True,
        "may_write": True,
    }  # fmt: skip
    chosen = ListState("/visits", {"state": "arrived", "doctor": "1"}, "-since")
    found = {**day, "candidates": [candidate], "list_state": chosen}
    return {
        "visits": ("visits/list.html", day),
        "visits_empty": ("visits/list.html", {**day, "rows": [], "candidates": []}),
        "visits_found": ("visits/list.html", found),
        "visit_new": ("visits/new.html", registration),
        "visits_of_resident": ("visits/resident.html", tab),
    }


def _forms(edit: Values) -> dict[str, Any]:
    asked = {
        "doubts": _ASKED, "confirmed": "pulse=130", "last": None,
        "copied": frozenset({"drug_1", "dose_1", "unit_1"}),
    }  # fmt: skip
    refused = {**edit, "state": FormState(form_of(NOTE), _WRONG)}
    return {
        "visit_edit": ("visits/edit.html", edit),
        "visit_refused": ("visits/edit.html", refused),
        "visit_asked": ("visits/edit.html", {**edit, **asked}),
    }


def _read(resident: Values) -> dict[str, Any]:
    signed = _signed()
    read = {**written_note(signed), "vitals": [], "amendments": [AMENDMENT], "arms_differ": True}
    show = {
        **resident, "visit": visit_row(signed), "note": read,
        "vitals": {vital.key: vital for vital in VITALS}, "measure_state": FormState(),
        "doubts": {}, "confirmed": "", "prompts": PROMPTS, "cancel_state": FormState(),
        "amend_state": FormState({"kind": "x"}, {"kind": "请选择补充或更正"}), "submission": "1",
        "may_begin": False, "may_measure": False, "may_cancel": False, "may_amend": True,
    }  # fmt: skip
    measuring = {
        "visit": visit_row(VisitFile(_encounter("arrived"))), "may_begin": True,
        "may_measure": True, "may_cancel": True, "may_amend": False, "doubts": _ASKED,
        "confirmed": "pulse=130", "amend_state": FormState(),
        "cancel_state": FormState({"reason": "无"}, {"reason": "请写明取消原因，2 至 200 个字"}),
    }  # fmt: skip
    paper = {
        **resident, "visit": visit_row(signed), "note": read, "printed_at": LAST_SIGN_IN,
    }  # fmt: skip
    return {
        "visit_signed": ("visits/show.html", show),
        "visit_measured": ("visits/show.html", {**show, **measuring}),
        "print_visit": ("visits/print.html", paper),
    }


def _consultations(resident: Values) -> dict[str, Any]:
    entry = {
        **resident, "state": FormState({"on": "2026-11-23"}, {"reason": "请填写会诊原因"}),
        "submission": "1", "rows": range(1, 6), "doctors": _DOCTORS,
    }  # fmt: skip
    paper = {
        **resident, "written": _consultation(), "doctor": "林晓梅", "printed_at": LAST_SIGN_IN,
    }  # fmt: skip
    return {
        "consultation": ("visits/consultation.html", entry),
        "print_consultation": ("visits/consultation_print.html", paper),
    }


def _form() -> Values:
    return {
        "visit": visit_row(VisitFile(_encounter("in-progress"))),
        "state": FormState(form_of(NOTE)),
        "doubts": {}, "confirmed": "", "seen": "1", "copied": frozenset(),
        "vitals": {vital.key: vital for vital in VITALS}, "texts": note.TEXTS,
        "diagnosis_rows": range(1, 6), "drug_rows": range(1, 6),
        "units": [(unit, unit) for unit in note.DOSE_UNITS],
        "frequencies": [(key, row[0]) for key, row in note.FREQUENCIES.items()],
        "routes": list(note.ROUTES.items()),
        "panels": [], "prompts": PROMPTS, "last": LAST,
    }  # fmt: skip


def _consultation() -> Consultation:
    return Consultation(
        "血压控制不满意，请会诊",
        "加用利尿剂，一个月后复查电解质。",
        (Consulted("滨海市第一医院", "丛建军"), Consulted("海阳区人民医院", "隋红霞")),
        "1",
        TODAY,
    )
