"""The columns of a list of residents: one declaration for template, import and full export."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from kernel.messages import _, joined
from kernel.values.identity_number import DocumentKind
from records.exchange import cells, headings
from records.exchange.cells import Cell
from records.exchange.headings import Sheet, heading_key
from records.exchange.uploads import Line
from records.terminology import catalogue


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `key` is its name in the code, `title` its heading, `read` understands a cell.

    `others` are further headings that mean the same; `terms` names the code set of its choices;
    `note` tells in the template how to fill it in; `sample` is the example's cell. One without
    `exported` is only read: the export says the same in another column.
    """

    key: str
    title: str
    read: Callable[[date], Cell]
    note: str
    sample: str = ""
    others: tuple[str, ...] = ()
    terms: str = ""
    required: bool = False
    exported: bool = True
    wide: bool = False


def _always(cell: Cell) -> Callable[[date], Cell]:
    return lambda _today: cell


def _coded(set_name: str, **others: str) -> Callable[[date], Cell]:
    return _always(cells.coded(set_name, others))


_SEX: Final = {"M": "1", "F": "2", "未知": "0", "不详": "0", "未说明": "9"}
_DATE: Final = _("日期写成 2026-11-23、20261123、2026.11.23 或 2026/11/23。")


def _dated(note: str) -> str:
    return joined((_DATE, note), by="%(first)s%(next)s")


_CODE: Final = _("写名称或代码，见“代码”表。")
_MANY: Final = _("可多选，用“、”分开；写名称或代码，见“代码”表；选“其他”时在括号内写明。")

COLUMNS: Final = (
    Column("name", _("姓名"), _always(cells.name), _("必填。"), "张秀兰",
           ("居民姓名", "个人姓名", "患者姓名"), required=True),
    Column("sex", _("性别"), _always(cells.coded("gb-sex", _SEX)),
           _("写男、女或代码；有身份证号时可不填。"), "女", ("性别代码",), "gb-sex"),
    Column("birth_date", _("出生日期"), cells.past_day,
           _dated(_("有身份证号时可不填。")), "1958-03-12", ("出生年月日", "生日", "出生年月")),
    Column("document_kind", _("证件类别"), _always(cells.document_kind),
           _("不填为居民身份证。"), "居民身份证", ("证件类型", "身份证件类别")),
    Column("document_number", _("证件号码"), _always(cells.number),
           _("单元格须为文本格式；15 位旧身份证号自动升为 18 位；没有证件时不填。"), "",
           ("身份证号", "身份证号码", "公民身份号码", "身份证", "身份证件号码", "证件号"),
           wide=True),
    Column("phone", _("本人电话"), _always(cells.phone),
           _("手机号码，或区号加固定电话。"), "15400001234",
           ("电话", "联系电话", "手机", "手机号", "手机号码", "电话号码", "本人联系电话")),
    Column("contact_name", _("联系人姓名"), _always(cells.name), "", "王强", ("联系人",)),
    Column("contact_phone", _("联系人电话"), _always(cells.phone), "", "15400005678",
           ("联系人手机", "联系人联系电话")),
    Column("residency", _("常住类型"), _coded("residency-type", 户籍常住="1", 非户籍常住="2"),
           _CODE, "户籍", ("户籍类型", "居住类型"), "residency-type"),
    Column("ethnicity", _("民族"), _always(cells.ethnicity), _CODE, "汉族", ("民族代码",),
           "gb-ethnicity"),
    Column("abo", _("血型"), _coded("abo", A="1", B="2", O="3", AB="4", 未查="5", 未知="5"),
           _CODE, "A型", ("ABO血型", "血型ABO"), "abo"),
    Column("rh", _("RH血型"), _always(cells.RH), _("1 阴性、2 阳性、3 不详。"), "阳性",
           ("RH", "血型RH"), "rh"),
    Column("rh_negative", _("RH阴性"), _always(cells.rh_negative),
           _("旧系统的“RH阴性”列：1 否、2 是、3 不详。"), others=("是否RH阴性", "RH阴性否"),
           exported=False),
    Column("education", _("文化程度"), _coded("education", 本科="2", 大专="3", 中专="4",
           文盲="9"), _CODE, "初中", ("学历", "文化程度代码"), "education"),
    Column("occupation", _("职业"), _coded("occupation"), _CODE, "无职业", ("职业代码",),
           "occupation", wide=True),
    Column("marital", _("婚姻状况"), _always(cells.marital), _CODE, "已婚", ("婚姻", "婚姻状态"),
           "gb-marital"),
    Column("payment", _("医疗费用支付方式"),
           _always(cells.several("payment", {"城镇职工医保": "1", "职工医保": "1",
                   "居民医保": "2", "城乡居民基本医疗保险": "2", "城乡居民医保": "2",
                   "新农合": "3", "商业保险": "5", "自费": "7"})),
           _MANY, "城镇居民基本医疗保险", ("医疗支付方式", "付费方式", "医保类型"), "payment",
           wide=True),
    Column("drug_allergy", _("药物过敏史"), _always(cells.several("drug-allergy", {
           "磺胺类": "3", "青霉素类": "2", "无过敏史": "1", "否认": "1"})), _MANY, "青霉素",
           ("药物过敏", "过敏史"), "drug-allergy"),
    Column("past_disease", _("既往史疾病"), _always(cells.diseases),
           _("可多选，用“、”分开；确诊年月写在括号内：高血压（2015-03）、其他（痛风，2019-05）。"),
           "高血压（2015-03）", ("既往史", "既往疾病", "疾病史", "慢性病"), "past-disease",
           wide=True),
    Column("exposure", _("暴露史"), _always(cells.several("exposure")), _MANY, "无", (),
           "exposure"),
    Column("disability", _("残疾情况"), _always(cells.several("disability")), _MANY, "无残疾",
           ("残疾",), "disability"),
    Column("employer", _("工作单位"), _always(cells.plain(70)), _("现在或最后的工作单位。"), "",
           ("单位", "工作单位名称"), wide=True),
    Column("address", _("现住址"), _always(cells.plain(200)), _("现在居住的详细地址。"),
           "滨海市海阳区观海街道望海社区花园小区3号楼2单元501室",
           ("现住地址", "家庭住址", "家庭地址", "住址", "居住地址", "地址"), wide=True),
    Column("registered_address", _("户籍地址"), _always(cells.plain(200)), "", "",
           ("户口地址", "户籍所在地"), wide=True),
    Column("committee", _("居（村）委会代码"), _always(cells.committee),
           _("12 位区划代码，决定档案编号；机构只有一个居（村）委会时可不填。"), "",
           ("居委会代码", "村委会代码", "居村委会代码", "社区代码")),
    Column("building", _("楼栋"), _always(cells.plain(20)), "", "3", ("楼号", "栋", "楼")),
    Column("unit", _("单元"), _always(cells.plain(20)), "", "2", ("单元号",)),
    Column("room", _("房号"), _always(cells.plain(20)), "", "501", ("室", "门牌", "房间号")),
    Column("household", _("家庭编号"), _always(cells.plain(17)),
           _("同一家庭写同一个编号；每个家庭须有一位户主。"), "H0001",
           ("户编号", "家庭档案编号", "户号", "家庭户号")),
    Column("head", _("户主证件号码或姓名"), _always(cells.plain(30)),
           _("没有家庭编号时，同一家庭写同一位户主。"),
           others=("户主", "户主姓名", "户主身份证号", "户主身份证号码", "户主证件号码"),
           exported=False),
    Column("relation", _("与户主关系"), _always(cells.relation),
           _("写名称或两位代码，见“代码”表；户主写“户主”。"), "户主",
           ("户主关系", "家庭关系", "与户主的关系", "关系"), "gb-relation"),
    Column("record_number", _("档案编号"), _always(cells.record_number),
           _("17 位编号原样保留；其他编号作为旧编号保存；不填时由系统给出。"), "",
           ("原档案编号", "健康档案编号", "居民健康档案编号", "档案号"), wide=True),
    Column("opened_on", _("建档日期"), cells.past_day, _dated(_("不填为导入当天。")),
           "2026-11-23", ("建档时间",)),
    Column("doctor", _("责任医生"), _always(cells.plain(50)),
           _("本机构医生的姓名；不填为导入人（如果是医生）。"), "", ("家庭医生", "签约医生")),
)  # fmt: skip
"""In the order of the template."""

BY_KEY: Final[Mapping[str, Column]] = {column.key: column for column in COLUMNS}
EXPORTED: Final = tuple(column for column in COLUMNS if column.exported)

_BY_HEADING: Final[Mapping[str, str]] = {
    heading_key(word): column.key for column in COLUMNS for word in (column.title, *column.others)
}


def find_headings(lines: Sequence[Line], learnt: Mapping[str, str]) -> Sheet:
    """The line of the headings, by our own words and those that the institution once said."""
    return headings.find_headings(lines, {*_BY_HEADING, *map(heading_key, learnt)})


def meanings_of(said: Sequence[str], learnt: Mapping[str, str]) -> dict[str, str]:
    """What each heading means; what the institution once said goes before our own list."""
    told = {heading_key(heading): meaning for heading, meaning in learnt.items()}
    return headings.meanings_of(said, {**_BY_HEADING, **told})


def title_of(key: str, code: str) -> str:
    """A canonical text of a column in the words that the export writes."""
    column = BY_KEY[key]
    if not code:
        return ""
    if key == "document_kind":
        return cells.kind_title(code)
    if not column.terms:
        return code
    parts = ((part, text) for part, text in cells.parts_of(code))
    return cells.JOINT.join(
        catalogue.title(column.terms, part) + (f"（{text}）" if text else "")
        for part, text in parts
    )


DEFAULT_KIND: Final = str(DocumentKind.CITIZEN_ID)
