"""The people and institutions of the gallery. All of them are invented."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from kernel.clock import instant_of
from kernel.web.page import FormState

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, 5, tzinfo=UTC)
LAST_SIGN_IN = instant_of(NOW - timedelta(hours=15, minutes=12))

STATION = "翠苑一区社区卫生服务站"
HYPERTENSION = {"text": "高血压", "kind": "info"}
DIABETES = {"text": "糖尿病", "kind": "info"}
ELDERLY = {"text": "老年人", "kind": "neutral"}
CHILD = {"text": "0～6岁儿童", "kind": "neutral"}
CONTRACT = {"text": "已签约", "kind": "ok"}

_PEOPLE = (
    ("王伟", "male", date(1957, 3, 8), "330106195703080016", "13805711234"),
    ("王秀英", "female", date(1959, 9, 21), "330106195909210024", "13957109876"),
    ("欧阳文静", "female", date(1988, 6, 2), "33010619880602004X", "057188123456"),
    ("李强", "male", date(1970, 1, 15), "330106197001150037", "13655718888"),
    ("张一诺", "female", date(2025, 8, 30), None, "13757123344"),
    ("陈建国", "male", date(1949, 10, 1), "330106194910010058", None),
    ("阿依古丽·买买提", "female", date(1992, 4, 18), "652901199204180062", "15824455667"),
    ("刘洋", "other", date(2001, 12, 31), "330106200112310071", "18868001122"),
    ("周桂芳", "female", date(1938, 2, 11), "330106193802110083", "057188654321"),
    ("吴子轩", "male", date(2026, 11, 4), None, "13588009911"),
)
_LABELS: tuple[list[dict[str, str]], ...] = (
    [HYPERTENSION, DIABETES, ELDERLY], [HYPERTENSION, ELDERLY], [], [DIABETES], [CHILD],
    [HYPERTENSION, ELDERLY, CONTRACT], [CONTRACT], [], [ELDERLY], [CHILD],
)  # fmt: skip
RESIDENTS: list[dict[str, Any]] = [
    {
        "id": f"0192f0c1-7e3a-7{index:03d}-9f00-000000000001",
        "name": name,
        "sex": sex,
        "birth_date": born,
        "identity_number": number,
        "phone": phone,
        "record_number": f"330106004001{index + 1:05d}",
        "community": "翠苑一区居委会" if index % 3 else "古荡湾新村社区居民委员会",
        "labels": labels,
        "deceased": name == "周桂芳",
        "last_visit_on": None if index == 7 else TODAY - timedelta(days=17 * index),
    }
    for index, ((name, sex, born, number, phone), labels) in enumerate(
        zip(_PEOPLE * 2, _LABELS * 2, strict=True)
    )
]
RESIDENT = {
    "id": RESIDENTS[0]["id"],
    "name": "王伟",
    "sex": "male",
    "birth_date": date(1957, 3, 8),
    "deceased": False,
    "deceased_on": None,
    "identity_number": "330106********0016",
    "identity_number_hidden": True,
    "phone": "138****1234",
    "phone_hidden": True,
    "address": "浙江省杭州市西湖区翠苑街道翠苑一区12幢2单元401室",
    "record_number": "33010600400100001",
    "household_number": "33010600400100001",
    "organisation_name": STATION,
    "doctor_name": "林晓梅",
    "labels": [HYPERTENSION, DIABETES, ELDERLY, CONTRACT],
}
HOUSEHOLD = [
    {
        "id": row["id"], "name": row["name"], "sex": row["sex"], "birth_date": row["birth_date"],
        "relation": relation, "self": relation == "户主", "labels": row["labels"][:1],
    }
    for row, relation in zip(RESIDENTS[:5], ("户主", "配偶", "女儿", "儿子", "外孙女"), strict=True)
]  # fmt: skip
VISITS = [
    {
        "on": TODAY - timedelta(days=days),
        "title": title,
        "place": place,
        "detail": detail,
        "href": f"/visits/{days}",
    }
    for days, title, place, detail in (
        (20, "门诊", STATION, "高血压病；调整用药，两周后复测"),
        (61, "高血压随访", STATION, "152/96 mmHg，未达标"),
        (150, "老年人健康体检", "翠苑街道社区卫生服务中心", "空腹血糖 7.4 mmol/L"),
        (365, "门诊", "浙江大学医学院附属第一医院", ""),
        (540, "高血压随访", STATION, "138/86 mmHg"),
    )
]
STAFF = [
    {
        "id": f"staff-{index}",
        "name": name,
        "user_name": user,
        "role_title": role,
        "organisation_name": organisation,
        "phone": phone,
        "active": index != 3,
        "locked": index == 2,
        "last_sign_in": LAST_SIGN_IN if index < 4 else None,
    }
    for index, (name, user, role, organisation, phone) in enumerate(
        (
            ("林晓梅", "lin.xiaomei", "全科医生", STATION, "0571-88120001"),
            ("赵敏", "zhao.min", "护士", STATION, "0571-88120002"),
            ("孙国庆", "sun.guoqing", "站长", STATION, "0571-88120003"),
            ("何佳", "he.jia", "转诊协调员", "翠苑街道社区卫生服务中心", ""),
            ("郑立", "zheng.li", "卫生局管理员", "西湖区卫生健康局", "0571-87960001"),
        )
    )
]
INSTITUTION = {
    "id": "station-1",
    "name": STATION,
    "kind": "社区卫生服务站",
    "code": "47010012-3-330106",
    "address": "杭州市西湖区翠苑一区3幢底层",
    "phone": "0571-88120000",
    "active": True,
    "parent": {"id": "centre-1", "name": "翠苑街道社区卫生服务中心"},
    "residents": 1482,
}


INSTITUTION_TREE: list[dict[str, object]] = [
    {"id": name, "name": name, "kind": kind, "residents": residents, "staff": staff,
     "active": name != "古荡湾社区卫生服务站", "level": level}
    for level, name, kind, residents, staff in (
        (0, "杭州市卫生健康委员会", "市卫生主管部门", 12034, 3),
        (1, "西湖区卫生健康局", "区卫生主管部门", 8120, 4),
        (2, "翠苑街道社区卫生服务中心", "社区卫生服务中心", 4310, 21),
        (3, STATION, "社区卫生服务站", 1482, 6),
        (3, "古荡湾社区卫生服务站", "社区卫生服务站", 0, 0),
        (1, "浙江大学医学院附属第一医院", "医院", None, 12),
    )
]  # fmt: skip
CARDS = [
    {"title": title, "value": value, "unit": "人", "note": note, "href": href, "kind": kind,
     "state": state}
    for title, value, note, href, kind, state in (
        ("逾期随访", 7, "最早逾期 23 天", "/due?state=overdue", "overdue", "逾期"),
        ("本周到期随访", 18, "", "/due?state=week", "due", "本周到期"),
        ("两周内复测", 3, "血压未达标后两周内复测", "/due?state=recheck", "info", ""),
        ("辖区居民", 1482, "其中 65 岁及以上 291 人", "/residents", "neutral", ""),
    )
]  # fmt: skip
AUDIT_ROWS = [
    {
        "at": instant_of(NOW - timedelta(minutes=7 * index)),
        "user_name": user,
        "display": display,
        "action": action,
        "what": what,
        "record_id": "patient-7-5" if patients > 1 else "",
        "outcome": outcome,
        "patient_id": "0192f0c1-7e3a-7000-9f00-000000000001" if patients == 1 else "",
        "patients": patients if patients > 1 else 0,
        "source": "10.33.6.21",
        "damaged": False,
    }
    for index, (user, display, action, what, patients, outcome) in enumerate(
        (
            ("lin.xiaomei", "林晓梅", "查看", "居民", 1, "ok"),
            ("lin.xiaomei", "林晓梅", "显示完整号码", "居民", 1, "ok"),
            ("he.jia", "何佳", "查看", "居民", 1, "refused"),
            ("zhao.min", "赵敏", "查找", "居民", 20, "ok"),
            ("zheng.li", "郑立", "导出", "统计表", 0, "ok"),
            ("sun.guoqing", "孙国庆", "登录", "", 0, "ok"),
        )
    )
]

IMPORT: dict[str, Any] = {
    "href": "/imports/7",
    "unit": "人",
    "id": "0198f0aa-0000-7000-8000-000000000001",
    "name": "观海路站居民名单2026.xlsx",
    "created_at": 1_795_396_000_000_000,
    "title": "待确认导入",
    "kind": "due",
    "total": 412,
    "done": 128,
    "at_work": False,
    "percent": 31,
}
IMPORTS_PAGE: dict[str, Any] = {
    "rows": [IMPORT, {**IMPORT, "title": "已导入", "kind": "ok", "done": 412}],
    "state": FormState({"organisation": "station-1"}, {"file": "请选择要导入的文件。"}),
    "organisations": [("station-1", "观海路社区卫生服务站"), ("station-2", "听涛社区卫生服务站")],
    "undo_days": 7,
}
IMPORT_PAGE: dict[str, Any] = {
    "batch": IMPORT,
    "step": "checked",
    "counts": {"all": 412, "right": 405, "wrong": 5, "suspected": 2, "warned": 1},
    "notes": [
        {
            "row": 7,
            "name": "王秀英",
            "column": "证件号码",
            "title": "错误",
            "kind": "overdue",
            "text": "校验码不符：按前17位计算，最后一位应为0，请逐位核对",
        },
        {
            "row": 31,
            "name": "",
            "column": "姓名",
            "title": "错误",
            "kind": "overdue",
            "text": "不能为空",
        },
        {
            "row": 58,
            "name": "李建国",
            "column": "姓名",
            "title": "疑似重复",
            "kind": "alert",
            "text": "疑似听涛社区卫生服务站的一位居民：姓名相同、出生日期相同",
        },
    ],
    "more": 5,
    "state": FormState(),
    "failure": "",
    "undo_until": 1_796_000_800_000_000,
    "undoable": True,
    "touched": [],
    "stayed": 0,
}
MAPPING_PAGE: dict[str, Any] = {
    "batch": IMPORT,
    "state": FormState({"column-0": "name", "column-1": ""}),
    "columns": [
        {"field": "column-0", "heading": "姓名", "known": True, "samples": ["王秀英", "李建国"]},
        {"field": "column-1", "heading": "芳龄", "known": False, "samples": ["68", "71"]},
    ],
    "choices": [("-", "不导入这一列"), ("name", "姓名"), ("sex", "性别")],
}
ARRIVAL_PAGE: dict[str, Any] = {
    "state": FormState({}, {"who": "请选择文档中的居民是谁。"}),
    "suspects": [
        {
            "id": "patient-1-1",
            "organisation": "观海路社区卫生服务站",
            "own": True,
            "reasons": ["姓名相同", "出生日期相同"],
        },
        {
            "id": "patient-2-1",
            "organisation": "听涛社区卫生服务站",
            "own": False,
            "reasons": ["姓名读音相近", "电话相同"],
        },
    ],
    "carried": "c2VhbGVk",
    "new": "new",
}
