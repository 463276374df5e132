"""Every page template with realistic data, for the tests and for looking at.

`python -m tests.web.gallery FOLDER` writes the pages and their static files to FOLDER, from where
`python -m http.server` shows them in a browser.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from kernel.web.assets import STATIC_FOLDER, static_url
from kernel.web.charts import Band, Bar, Point, Series
from kernel.web.i18n import LANGUAGES, Language
from kernel.web.listing import Listing
from kernel.web.page import (
    Flash,
    FormState,
    ListState,
    NavItem,
    PageContext,
    Pager,
    PanelView,
    UserDisplay,
)
from kernel.web.rendering import Renderer
from tests.web.gallery_data import (
    ARRIVAL_PAGE,
    AUDIT_ROWS,
    CARDS,
    HOUSEHOLD,
    IMPORT,
    IMPORT_PAGE,
    IMPORTS_PAGE,
    INSTITUTION,
    INSTITUTION_TREE,
    LAST_SIGN_IN,
    MAPPING_PAGE,
    RESIDENT,
    RESIDENTS,
    STAFF,
    TODAY,
    VISITS,
)
from tests.web.gallery_duplicates import DUPLICATE_SAMPLES, MERGED_PANELS
from tests.web.gallery_households import HOUSEHOLD_SAMPLES, living_panel, without_household
from tests.web.gallery_life import life_samples
from tests.web.gallery_visits import visit_samples

SAMPLE_FOLDER = Path(__file__).resolve().parent / "templates"
RENDERER = Renderer(extra_folders=(SAMPLE_FOLDER,))
LONG_LIST = ListState("/residents", {"search": "sealed-token"}, sort="-birth_date")

NAVIGATION = (
    NavItem("首页", "/"),
    NavItem("居民", "/residents", active=True, group="居民服务"),
    NavItem("机构", "/institutions", group="管理"),
    NavItem("工作人员", "/staff", group="管理"),
    NavItem("审计日志", "/audit", group="管理"),
)
PAGE = PageContext(
    today=TODAY,
    path="/residents",
    csrf_token="csrf-token-of-this-session",
    product_version="0.1.0",
    user=UserDisplay("林晓梅", "全科医生", "翠苑一区社区卫生服务站"),
    navigation=NAVIGATION,
    may_search=True,
)
SIGNED_OUT = PageContext(TODAY, "/sign-in", "csrf-token-of-this-session", "0.1.0")

_MEASURED = ((3, 158, 98), (61, 152, 96), (150, 146, 92), (240, 138, 86), (330, 142, 88))
PRESSURES = (
    Series(
        "收缩压",
        [Point(date.fromordinal(TODAY.toordinal() - days), high) for days, high, _ in _MEASURED][
            ::-1
        ],
        Band("目标 90–139", 90, 139),
    ),
    Series(
        "舒张压",
        [Point(date.fromordinal(TODAY.toordinal() - days), low) for days, _, low in _MEASURED][
            ::-1
        ],
        Band("目标 60–89", 60, 89),
    ),
)
VITALS = {
    "latest": [
        {"title": title, "value": value, "unit": unit, "on": TODAY, "state": state, "kind": kind}
        for title, value, unit, state, kind in (
            ("血压", "158/98", "mmHg", "未达标", "alert"),
            ("空腹血糖", "6.8", "mmol/L", "正常", "ok"),
            ("心率", "76", "次/分", "", "neutral"),
            ("体质指数", "26.1", "kg/m²", "超重", "alert"),
        )
    ],
    "series": PRESSURES,
    "chart_title": "血压",
    "chart_unit": "mmHg",
}
PROBLEMS = [
    {"title": "高血压病", "since": "2014-05", "state": "管理中", "kind": "info"},
    {"title": "2 型糖尿病", "since": "2019", "state": "管理中", "kind": "info"},
    {"title": "阑尾切除术后", "since": "1998-07-12", "state": "既往", "kind": "neutral"},
]
MEDICATIONS = [
    {"title": "苯磺酸氨氯地平片", "dose": "5 mg 每日1次 口服", "since": date(2024, 3, 1)},
    {"title": "盐酸二甲双胍片", "dose": "0.5 g 每日2次 口服", "since": None},
]
IMMUNISATIONS = [
    {"title": "流感疫苗", "dose": None, "on": date(2026, 10, 9), "place": ""},
    {"title": "23 价肺炎球菌多糖疫苗", "dose": 1, "on": date(2022, 4, 2), "place": ""},
]


def _panel(key: str, title: str, data: Any, *, wide: bool = False, more: str = "") -> PanelView:
    count = len(data) if isinstance(data, list) else None
    return PanelView(key, title, f"residents/panels/{key}.html", data, count, more, wide)


def resident_panels(*, empty: bool = False) -> list[PanelView]:
    """The records' own panels of a resident's page, filled or empty."""
    vitals = {**VITALS, "latest": [], "series": ()} if empty else VITALS
    merged = MERGED_PANELS[empty]
    return [
        PanelView("merged", "档案合并", "duplicates/panels/merged.html", merged, wide=True),
        _panel("vitals", "最近测量", vitals, wide=True, more="/residents/1/vitals"),
        _panel(
            "visits", "就诊记录", [] if empty else VISITS, wide=True, more="/residents/1/visits"
        ),
        _panel("problems", "健康问题", [] if empty else PROBLEMS),
        _panel("medications", "当前用药", [] if empty else MEDICATIONS),
        _panel("household", "家庭成员", [] if empty else HOUSEHOLD),
        PanelView("living", "生活环境", "households/panels/living.html", living_panel(empty=empty)),
        _panel("immunisations", "预防接种", [] if empty else IMMUNISATIONS),
    ]


TYPED = FormState(
    values={
        "on": "20261123",
        "name": '王伟 <script>alert("x")</script>',
        "systolic": "9999",
        "way": "2",
        "adherence": "2",
        "symptoms": ["2", "4"],
        "note": "家属陪同\n第二行",
    },
    errors={
        "systolic": "收缩压应在 50–300 mmHg 之间。",
        "diastolic": "请填写舒张压。",
        "adherence": "服药依从性与用药情况不一致，请核对。",
    },
)
REFUSED_SIGN_IN = FormState(
    values={"user_name": "lin.xiaomei", "password": "secret-that-must-not-return"},
    errors={"form": "用户名或密码不正确。"},
)
RESIDENT_PAGE: dict[str, Any] = {
    "resident": RESIDENT,
    "allergies": ["青霉素", "磺胺类"],
    "allergies_known": True,
    "panels": resident_panels(),
    "actions": [
        {"label": "打印封面", "href": "/residents/1/cover", "primary": False},
        {"label": "登记就诊", "href": "/residents/1/visits/new", "primary": True},
    ],
    "tabs": [
        {"label": "概览", "href": "/residents/1", "active": True, "count": None},
        {"label": "就诊记录", "href": "/residents/1/visits", "active": False, "count": 5},
    ],
}
SHEET: dict[str, Any] = {
    "resident": RESIDENT,
    "allergies": ["青霉素", "磺胺类"],
    "allergies_known": True,
    "problems": PROBLEMS,
    "medications": MEDICATIONS,
    "measures": VITALS["latest"],
    "visits": VISITS * 6,
    "printed_at": LAST_SIGN_IN,
}
LIST_PAGE: dict[str, Any] = {
    "search_text": "王",
    "rows": RESIDENTS,
    "names_shown": False,
    "list_state": LONG_LIST,
    "pager_state": Pager(20, "/residents?cursor=abc", "/residents", total=1482),
    "export_href": "/residents/export",
    "export_state": FormState(),
    "export_full": True,
    "register_href": "/residents/new",
    "filter_state": FormState({"sex": "female"}),
    "organisations": [("station-1", "翠苑一区社区卫生服务站")],
    "committees": [("371802001001", "海棠社区居民委员会")],
    "doctors": [("d1", "于海宁")],
    "teams": [("t1", "于海宁团队")],
    "more_filters": False,
    "by_grant": False,
}


def _listing(path: str, rows: list[dict[str, Any]], sort: str = "") -> Listing:
    return Listing(rows, rows, ListState(path, {}, sort), Pager(5, total=5), path + "/export")


STAFF_PAGE: dict[str, Any] = {
    "listing": _listing("/staff", STAFF, "name"),
    "export_state": FormState(),
    "filter_state": FormState({"role": "gp"}),
    "organisations": [("station-1", "翠苑一区社区卫生服务站")],
    "roles": [("gp", "全科医生"), ("nurse", "护士")],
}
AUDIT_PAGE: dict[str, Any] = {
    "rows": AUDIT_ROWS,
    "filter_state": FormState({"user": "lin.xiaomei", "from": "2026-11-01"}),
    "actions": [("read", "查看"), ("update", "修改"), ("export", "导出")],
    "list_state": ListState("/audit", {}, sort="-at"),
    "pager_state": Pager(6, next_href="/audit?cursor=abc"),
    "export_href": "/audit/export",
    "export_state": FormState({"reason": "核"}, {"reason": "请写明导出原因，5 至 200 个字。"}),
    "sealed_until": LAST_SIGN_IN,
}
COVER: dict[str, Any] = {
    "record_number": "33010600400100001",
    "name": "王伟",
    "sex_code": "1",
    "address": RESIDENT["address"],
    "phone": "13805711234",
    "town": "翠苑街道",
    "village": "翠苑一区居委会",
    "filed_at": "翠苑一区社区卫生服务站",
    "filed_by": "林晓梅",
    "doctor": "林晓梅",
    "filed_on": TODAY,
}
ACCOUNTS = [
    {
        "id": f"account-{index}", "name": row["user_name"], "display": row["name"],
        "organisation_name": row["organisation_name"], "role_titles": [row["role_title"]],
        "machine": False, "disabled": not row["active"], "locked": row["locked"],
        "waits_for_code": index == 4, "must_change": False, "own": False,
        "created_at": LAST_SIGN_IN, "password_set_at": row["last_sign_in"],
    }
    for index, row in enumerate(STAFF)
]  # fmt: skip
ACCOUNTS_PAGE: dict[str, Any] = {
    "listing": _listing("/accounts", ACCOUNTS),
    "export_state": FormState(),
    "filter_state": FormState({"state": "active"}),
    "organisations": [("station-1", "翠苑一区社区卫生服务站")],
}
ACCOUNT_PAGE: dict[str, Any] = {
    "account": ACCOUNTS[2],
    "roles": [
        {"code": "gp", "title": "全科医生", "from_on": date(2024, 3, 1), "to_on": None},
        {"code": "nurse", "title": "护士", "from_on": date(2020, 3, 1), "to_on": date(2024, 3, 1)},
    ],
    "state": FormState({"from_on": "2026-11-23"}),
    "move_state": FormState(),
    "organisations": [("station-2", "翠苑二区社区卫生服务站")],
    "grantable": [("gp", "全科医生"), ("nurse", "护士")],
    "code": "AB2C-D3EF-GH4J-KL5M-NP6Q",
}
NEW_ACCOUNT_PAGE: dict[str, Any] = {
    "state": FormState({"name": "wang"}, {"name": "用户名已被使用过"}),
    "organisations": [("station-1", "翠苑一区社区卫生服务站")],
    "roles": [("gp", "全科医生"), ("nurse", "护士")],
}
INSTITUTIONS_PAGE: dict[str, Any] = {
    "listing": _listing("/institutions", INSTITUTION_TREE),
    "export_state": FormState(),
    "filter_state": FormState(),
    "kinds": [("station", "社区卫生服务站"), ("hospital", "医院")],
}
INSTITUTION_PAGE: dict[str, Any] = {
    "institution": INSTITUTION,
    "children": [],
    "staff": STAFF[:3],
    "partners": [
        {
            "id": "h1",
            "name": "浙江大学医学院附属第一医院",
            "kind": "医院",
            "since": date(2024, 1, 1),
        }
    ],
}
HOME_PANELS = [
    PanelView("recent", "最近打开的居民", "residents/panels/household.html", HOUSEHOLD, wide=True),
    PanelView("visits", "最近就诊", "residents/panels/visits.html", VISITS[:2]),
]
PASSWORD_RULES = ["至少 8 个字符。", "不能是常见密码，也不能包含用户名。"]
SAVED = Flash("ok", "已保存。")

Sample = tuple[str, PageContext, Mapping[str, Any]]
SAMPLES: dict[str, Sample] = {
    "sign_in": ("sign_in.html", SIGNED_OUT, {"state": FormState(), "return_to": "/", "notice": ""}),
    "sign_in_refused": (
        "sign_in.html",
        SIGNED_OUT,
        {"state": REFUSED_SIGN_IN, "return_to": "/", "notice": "会话已超时，请重新登录。"},
    ),
    "home": (
        "home.html",
        PAGE,
        {
            "cards": CARDS,
            "panels": HOME_PANELS,
            "last_sign_in": LAST_SIGN_IN,
            "from_address": "10.33.6.21",
        },
    ),
    "home_empty": (
        "home.html",
        replace(PAGE, may_search=False),
        {"cards": [], "panels": [], "last_sign_in": None, "from_address": ""},
    ),
    "residents": ("residents/list.html", PAGE, LIST_PAGE),
    "residents_named": ("residents/list.html", PAGE, {**LIST_PAGE, "names_shown": True}),
    "residents_empty": ("residents/list.html", PAGE, {**LIST_PAGE, "rows": []}),
    "residents_granted": (
        "residents/list.html", PAGE,
        {**LIST_PAGE, "rows": [], "search_text": "", "by_grant": True, "register_href": ""},
    ),
    "resident": ("residents/show.html", replace(PAGE, flashes=(SAVED,)), RESIDENT_PAGE),
    "resident_empty": (
        "residents/show.html",
        PAGE,
        {**RESIDENT_PAGE, "panels": resident_panels(empty=True), "allergies": [],
         "allergies_known": False, "actions": [], "tabs": []},
    ),
    "resident_document": (
        "residents/document.html", PAGE, {**RESIDENT_PAGE, "state": FormState()},
    ),
    "imports": ("imports/list.html", PAGE, IMPORTS_PAGE),
    "import_checked": ("imports/show.html", PAGE, IMPORT_PAGE),
    "import_running": (
        "imports/show.html", PAGE,
        {**IMPORT_PAGE, "batch": {**IMPORT, "title": "正在导入", "kind": "info", "at_work": True},
         "step": "running"},
    ),
    "import_done": ("imports/show.html", PAGE, {**IMPORT_PAGE, "step": "done", "notes": []}),
    "import_mapping": ("imports/mapping.html", PAGE, MAPPING_PAGE),
    "import_document": ("imports/document.html", PAGE, ARRIVAL_PAGE),
    "resident_without_household": (
        "households/none.html", PAGE, without_household(RESIDENT_PAGE),
    ),
    **{
        name: (template, PAGE, values)
        for name, (template, values) in {
            **HOUSEHOLD_SAMPLES,
            **DUPLICATE_SAMPLES,
            **life_samples(RESIDENT_PAGE),
            **visit_samples(
                RESIDENT_PAGE,
                {"problems": PROBLEMS, "medications": MEDICATIONS, "visits": VISITS},
            ),
        }.items()
    },
    "institutions": ("institutions/list.html", PAGE, INSTITUTIONS_PAGE),
    "institution": ("institutions/show.html", PAGE, INSTITUTION_PAGE),
    "staff": ("staff/list.html", PAGE, STAFF_PAGE),
    "audit": ("audit/list.html", PAGE, AUDIT_PAGE),
    "accounts": ("accounts/list.html", PAGE, ACCOUNTS_PAGE),
    "account": ("accounts/show.html", PAGE, ACCOUNT_PAGE),
    "account_new": ("accounts/new.html", PAGE, NEW_ACCOUNT_PAGE),
    "password": (
        "account/password.html",
        PAGE,
        {"state": FormState(), "rules": PASSWORD_RULES, "forced": True, "with_code": False},
    ),
    **{
        f"error_{status}": (
            "error.html",
            SIGNED_OUT if status == 401 else PAGE,
            {"status": status, "request_id": "7f3a02c9d1", "detail": ""},
        )
        for status in (401, 403, 404, 500, 503, 507, 418)
    },
    "components": (
        "components_sample.html",
        PAGE,
        {"state": TYPED, "bars": [Bar("高血压", 402), Bar("2 型糖尿病", 133), Bar("老年人", 291)]},
    ),
    "print": ("print_sample.html", PAGE, COVER),
    "print_resident": ("residents/print.html", PAGE, SHEET),
}  # fmt: skip


def render_sample(name: str, language: Language = "zh_CN") -> str:
    """One page of the gallery."""
    template, context, values = SAMPLES[name]
    return RENDERER.render(template, request_context=replace(context, language=language), **values)


def write_gallery(folder: Path) -> None:
    """All pages in all languages, with their static files, below `folder`."""
    for asset in (path.name for path in STATIC_FOLDER.iterdir() if path.is_file()):
        target = folder / static_url(asset).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((STATIC_FOLDER / asset).read_bytes())
    for name in SAMPLES:
        for language in LANGUAGES:
            page = folder / f"{name}.{language}.html"
            page.write_text(render_sample(name, language), encoding="utf-8")


if __name__ == "__main__":
    write_gallery(Path(sys.argv[1]))
