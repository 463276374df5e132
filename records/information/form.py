"""The personal information form (个人基本信息表) as one declaration.

National norm of basic public health services, third edition, 居民健康档案管理服务规范: the form's
items 1–31 (domain: health-record.md §3 and §4), with the address in the parts that a station works
by. 编号 is given by the system.
"""

from collections.abc import Iterable
from typing import Final

from kernel.declare.form import Condition, Field, FieldKind, Form, Option, Section
from kernel.messages import Message, _
from kernel.values.identity_number import DocumentKind
from records.terminology import catalogue

NONE: Final = "1"
"""无, on every list of the form that has it."""
PRESENT: Final = "2"
"""有, of 手术, 外伤, 输血 and 遗传病史."""
NAME_OF_FORM: Final = "personal-information"
DISEASES: Final = "past_disease"
DATED: Final = "past_disease_on"
"""Beginning of the keys of the months in which past diseases were diagnosed."""
HISTORIES: Final = ("surgery", "trauma", "transfusion")
"""Lists of things that happened once: what (or why), and when."""
RELATIVES: Final = (
    ("family_father", _("家族史：父亲"), "FTH"),
    ("family_mother", _("家族史：母亲"), "MTH"),
    ("family_siblings", _("家族史：兄弟姐妹"), "SIB"),
    ("family_children", _("家族史：子女"), "CHILD"),
)
"""Key, title and v3-RoleCode of the relatives that are asked about."""
ENVIRONMENT: Final = (
    ("env_vent", _("厨房排风设施"), "env-vent"),
    ("env_fuel", _("燃料类型"), "env-fuel"),
    ("env_water", _("饮水"), "env-water"),
    ("env_toilet", _("厕所"), "env-toilet"),
    ("env_livestock", _("禽畜栏"), "env-livestock"),
)
"""Key, title and code set of the living environment."""
_FORM_ETHNICITIES: Final = ("01", "11", "03", "10", "02")
"""What a station of the coast chooses mostly stands first."""


def options_of(name: str) -> tuple[Option, ...]:
    """A code set of the catalogue as the options of a field."""
    return tuple(
        Option(one.code, one.title, words=one.needs_text, alone=one.excludes_others)
        for one in catalogue.code_set(name).concepts.values()
    )


def _choice(
    key: str, title: str, terms: str, *, several: bool = False, required: bool = False,
    hint: str = "", starred: bool = False,
) -> Field:  # fmt: skip
    kind = FieldKind.CHOICES if several else FieldKind.CHOICE
    return Field(
        key, title, kind, options_of(terms), catalogue.code_set(terms).url, most=100,
        required=required, hint=hint, starred=starred,
    )  # fmt: skip


def _text(key: str, title: str, most: int, *, required: bool = False, hint: str = "") -> Field:
    return Field(key, title, FieldKind.TEXT, most=most, required=required, hint=hint)


_DOCUMENTS: Final = {
    DocumentKind.CITIZEN_ID: _("居民身份证"),
    DocumentKind.HMT_RESIDENCE_PERMIT: _("港澳台居民居住证"),
    DocumentKind.HK_MACAO_PERMIT: _("港澳居民来往内地通行证"),
    DocumentKind.TAIWAN_PERMIT: _("台湾居民来往大陆通行证"),
    DocumentKind.FOREIGNER_RESIDENCE_CARD: _("外国人永久居留身份证"),
    DocumentKind.PASSPORT: _("护照"),
    DocumentKind.BIRTH_CERTIFICATE: _("出生医学证明"),
    DocumentKind.HOUSEHOLD_BOOK: _("居民户口簿"),
    DocumentKind.MILITARY_ID: _("军官证"),
    DocumentKind.DRIVING_LICENCE: _("驾驶证"),
    DocumentKind.OTHER: _("其他法定有效证件"),
}
"""Kinds of document in the order of how often a station sees them."""


def _sex() -> Field:
    """What nearly everybody is stands first; 未知 and 未说明 are two codes (GB/T 2261.1)."""
    short = {"1": _("男"), "2": _("女"), "9": _("未说明"), "0": _("未知")}
    options = tuple(Option(code, title) for code, title in short.items())
    url = catalogue.code_set("gb-sex").url
    hint = _("有身份证号可不填")
    return Field("sex", _("性别"), FieldKind.CHOICE, options, url, hint=hint)


def _ethnicity() -> Field:
    options = {one.code: one for one in options_of("gb-ethnicity")}
    first = [options.pop(code) for code in _FORM_ETHNICITIES]
    url = catalogue.code_set("gb-ethnicity").url
    return Field("ethnicity", _("民族"), FieldKind.CHOICE, (*first, *options.values()), url)


def _diagnosed() -> Iterable[Field]:
    """The month in which each chosen disease was diagnosed."""
    for one in options_of("past-disease"):
        if one.code != NONE:
            yield Field(
                f"{DATED}_{one.code}",
                Message(_("确诊时间（%(disease)s）"), disease=one.title),
                FieldKind.MONTH,
                when=Condition(DISEASES, (one.code,)),
            )


def _happened(key: str, title: str, what: str) -> Iterable[Field]:
    yield _choice(key, title, "absent-present")
    yield Field(
        f"{key}_rows",
        title,
        FieldKind.ROWS,
        when=Condition(key, (PRESENT,)),
        columns=(
            _text("what", what, 100, required=True),
            Field("on", _("时间"), FieldKind.MONTH),
        ),
        most=20,
    )


def _hereditary() -> Field:
    none, present = options_of("absent-present")
    url = catalogue.code_set("absent-present").url
    named = Option(present.code, present.title, words=True)
    return Field("hereditary", _("遗传病史"), FieldKind.CHOICE, (none, named), url, most=100)


_IDENTITY = Section(
    "identity",
    _("身份"),
    (
        Field(
            "document_kind",
            _("证件类别"),
            FieldKind.CHOICE,
            tuple(Option(str(kind), title) for kind, title in _DOCUMENTS.items()),
            hint=_("不选为居民身份证"),
        ),
        _text("number", _("证件号码"), 30, hint=_("刷身份证或输入；没有证件可不填")),
        _text("name", _("姓名"), 50, required=True),
        _sex(),
        Field("birth_date", _("出生日期"), FieldKind.DATE, hint=_("有身份证号可不填")),
        _text("phone", _("本人电话"), 20),
        _text("contact_name", _("联系人姓名"), 50),
        _text("contact_phone", _("联系人电话"), 20),
    ),
)
_RESIDENCE = Section(
    "residence",
    _("住址"),
    (
        Field("committee", _("居（村）委会"), FieldKind.TEXT, most=12),
        _text("address", _("现住址"), 200, required=True),
        _text("grid", _("网格"), 20),
        _text("building", _("楼栋"), 10),
        _text("unit", _("单元"), 10),
        _text("room", _("房号"), 10),
        _text("registered_address", _("户籍地址"), 200, hint=_("与现住址相同可不填")),
        _choice("residency", _("常住类型"), "residency-type"),
    ),
)
_SOCIAL = Section(
    "social",
    _("基本情况"),
    (
        _text("employer", _("工作单位"), 70),
        _ethnicity(),
        _choice("abo", _("血型"), "abo"),
        _choice("rh", _("RH 血型"), "rh"),
        _choice("education", _("文化程度"), "education"),
        _choice("occupation", _("职业"), "occupation"),
        _choice("marital", _("婚姻状况"), "marital-form"),
        _choice("payment", _("医疗费用支付方式"), "payment", several=True),
    ),
)
_HISTORY = Section(
    "history",
    _("健康史"),
    (
        _choice("drug_allergy", _("药物过敏史"), "drug-allergy", several=True),
        _choice("exposure", _("暴露史"), "exposure", several=True),
        _choice(DISEASES, _("既往史：疾病"), "past-disease", several=True),
        *_diagnosed(),
        *_happened("surgery", _("既往史：手术"), _("名称")),
        *_happened("trauma", _("既往史：外伤"), _("名称")),
        *_happened("transfusion", _("既往史：输血"), _("原因")),
        *(_choice(key, title, "family-disease", several=True) for key, title, _code in RELATIVES),
        _hereditary(),
        _choice("disability", _("残疾情况"), "disability", several=True),
    ),
)
_ENVIRONMENT = Section(
    "environment",
    _("生活环境"),
    tuple(_choice(key, title, terms, starred=True) for key, title, terms in ENVIRONMENT),
)

FORM: Final = Form(
    NAME_OF_FORM,
    "2017",
    _("个人基本信息表"),
    "国家基本公共卫生服务规范（第三版）居民健康档案管理服务规范 个人基本信息表",
    (_IDENTITY, _RESIDENCE, _SOCIAL, _HISTORY, _ENVIRONMENT),
)
"""Every item of the form. The living environment of somebody who lives in a household is the
household's (`records.households.living`) and is not asked again."""
