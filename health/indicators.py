"""The indicators of the programmes over `health_year`: declarations, made by what they count.

Source: 国家基本公共卫生服务规范（第三版）, 工作指标 of each programme (indicators.md §2.6–2.8).
What a programme counts stands in its file (`Programme.indicators`). Indicators of programmes that
the norm does not have are local, by analogy, and say so.
"""

from collections.abc import Sequence
from typing import Final, Literal

from sqlalchemy import ColumnElement, Table, and_, not_, or_

from health.tables import health_year
from kernel.declare.indicator import TODAY, Indicator, Missing
from kernel.messages import _

THIRD_EDITION: Final = _("国家基本公共卫生服务规范（第三版）")
LOCAL: Final = _("地方指标，参照国家规范拟定，待确认")

_TABLE: Final[Table] = health_year
_year = health_year.c
PUNCTUAL: Final[ColumnElement[bool]] = and_(
    _year.punctual, or_(_year.answer_by.is_(None), _year.answer_by >= TODAY)
)
"""Every visit that asked for another was followed in time, or still may be (§1.5 c)."""
STANDARD: Final[ColumnElement[bool]] = and_(
    _year.standard, or_(_year.answer_by.is_(None), _year.answer_by >= TODAY)
)
"""规范管理 (chronic-disease.md §1.5)."""

_LOST: Final = Missing(_year.lost, _("失访"))
_NOT_EXAMINED: Final = Missing(
    and_(_year.examination_due, not_(_year.examined)), _("今年还没有健康体检")
)
_FORM_INCOMPLETE: Final = Missing(
    and_(_year.examined, not_(_year.examination_complete)), _("体检表不完整")
)
STANDARD_MISSING: Final = (
    Missing(_year.lacking > 0, _("还差 %(n)s 次面对面随访"), _year.lacking),
    _NOT_EXAMINED,
    Missing(and_(_year.examination_due, _FORM_INCOMPLETE.when), _FORM_INCOMPLETE.text),
    Missing(not_(PUNCTUAL), _("需复查而未在14天内随访")),
    Missing(not_(_year.complete), _("有随访记录不完整")),
    Missing(not_(_year.educated), _("没有健康教育记录")),
)
"""Why somebody is not managed by the norm: the parts of §1.5."""

STANDARD_DEFINITION: Final = _(
    "年内按规范要求管理的人数 ÷ 年内已管理的人数。按规范要求指：面对面随访次数足够"
    "（全年4次，年内建档的按建档起经过的季度数），"
    "年度健康体检表完整（10月1日后建档的不要求），"
    "需调整治疗或转诊的在14天内再次随访，每次随访的必填项目完整，有健康教育记录"
)
_FOUR_A_YEAR: Final = _(
    "年内按要求管理的人数 ÷ 年内已管理的人数。按要求指：面对面随访次数足够"
    "（全年4次，年内建档的按建档起经过的季度数），"
    "需调整治疗或转诊的在14天内再次随访，每次随访的必填项目完整，有健康教育记录"
)
_TWO_A_YEAR: Final = _(
    "年内按要求管理的人数 ÷ 年内已管理的人数。按要求指：面对面随访次数足够"
    "（全年2次，年内建档的按建档起经过的季度数折算），"
    "需调整治疗或转诊的在14天内再次随访，每次随访的必填项目完整，有健康教育记录"
)


def _managed(programme: str) -> ColumnElement[bool]:
    return and_(_year.programme == programme, _year.managed)


def standard_rate(
    code: str,
    programme: str,
    *,
    title: str,
    numerator: str,
    denominator: str,
    definition: str = STANDARD_DEFINITION,
    source: str = THIRD_EDITION,
    version: str = "2017",
) -> Indicator:
    """规范管理率: managed by the norm, of all that were managed on any day of the year."""
    return Indicator(
        code=code,
        title=title,
        numerator_title=numerator,
        denominator_title=denominator,
        definition=definition,
        source=source,
        table=_TABLE,
        denominator=_managed(programme),
        numerator=STANDARD,
        missing=STANDARD_MISSING,
        version=version,
    )


def control_rate(
    code: str,
    programme: str,
    *,
    title: str,
    numerator: str,
    denominator: str,
    definition: str,
    column: Literal["at_target", "below_140_90"] = "at_target",
    source: str = THIRD_EDITION,
    version: str = "2017",
) -> Indicator:
    """控制率: at target at the last visit of the year that measured, of all that were managed.

    A lost person counts as not controlled, and so does one whom nobody has measured.
    """
    controlled = _year[column]
    return Indicator(
        code=code,
        title=title,
        numerator_title=numerator,
        denominator_title=denominator,
        definition=definition,
        source=source,
        table=_TABLE,
        denominator=_managed(programme),
        numerator=controlled,
        missing=(
            _LOST,
            Missing(not_(_year.measured), _("今年没有测量")),
            Missing(and_(_year.measured, not_(_year.lost), not_(controlled)), _("最近一次未达标")),
        ),
        version=version,
        kind="outcome",
    )


def service_rate(code: str, programme: str) -> Indicator:
    """老年人健康管理率 (EL01), over our own residents.

    The official population of the area comes with the bureau's figures; who left the area within
    the year belongs to neither side (indicators.md §1: handled at period end).
    """
    return Indicator(
        code=code,
        title=_("老年人健康管理率"),
        numerator_title=_("年内接受健康管理的65岁及以上居民数"),
        denominator_title=_("本机构在管档案中65岁及以上居民数"),
        definition=_(
            "年内接受健康管理（已建档、体检表完整并给予健康指导）的65岁及以上居民数 ÷ "
            "65岁及以上居民数；分母为本机构在管档案中年内满65岁的居民，不是官方公布的常住人口数"
        ),
        source=THIRD_EDITION,
        table=_TABLE,
        denominator=and_(_year.programme == programme, _year.kept),
        numerator=_year.managed,
        missing=(
            _NOT_EXAMINED,
            _FORM_INCOMPLETE,
            Missing(and_(_year.examined, not_(_year.guided)), _("没有健康指导记录")),
        ),
        version="2017",
    )


HYPERTENSION: Final = (
    standard_rate(
        "HT01",
        "hypertension",
        title=_("高血压患者规范管理率"),
        numerator=_("按规范要求管理的高血压患者人数"),
        denominator=_("年内已管理的高血压患者人数"),
    ),
    control_rate(
        "HT02",
        "hypertension",
        title=_("管理人群血压控制率（第三版规范）"),
        numerator=_("年内最近一次随访血压达标人数"),
        denominator=_("年内已管理的高血压患者人数"),
        definition=_(
            "年内最近一次随访血压达标人数 ÷ 年内已管理的高血压患者人数；"
            "达标指收缩压<140且舒张压<90 mmHg，随访当日满65岁的收缩压<150 mmHg；失访的按未达标计"
        ),
    ),
    control_rate(
        "HT02-2018",
        "hypertension",
        title=_("管理人群血压控制率（WS/T 598.4-2018）"),
        numerator=_("年内最近一次随访血压<140/90 mmHg人数"),
        denominator=_("年内已管理的高血压患者人数"),
        definition=_(
            "年内最近一次随访血压<140/90 mmHg（不分年龄）的人数 ÷ 年内已管理的高血压患者人数；"
            "失访的按未达标计"
        ),
        column="below_140_90",
        source=_("卫生统计指标 第4部分：公共卫生服务（WS/T 598.4-2018）"),
        version="2018",
    ),
)
DIABETES: Final = (
    standard_rate(
        "DM01",
        "diabetes",
        title=_("2型糖尿病患者规范管理率"),
        numerator=_("按规范要求管理的2型糖尿病患者人数"),
        denominator=_("年内已管理的2型糖尿病患者人数"),
    ),
    control_rate(
        "DM02",
        "diabetes",
        title=_("管理人群血糖控制率"),
        numerator=_("年内最近一次随访空腹血糖达标人数"),
        denominator=_("年内已管理的2型糖尿病患者人数"),
        definition=_(
            "年内最近一次随访空腹血糖达标（<7.0 mmol/L）的人数 ÷ 年内已管理的2型糖尿病患者人数；"
            "失访的按未达标计"
        ),
    ),
)
ELDERLY: Final = (service_rate("EL01", "elderly"),)


def local_rates(
    letters: str,
    programme: str,
    *,
    titles: Sequence[str],
    numerators: Sequence[str],
    people: str,
    definition: str = _FOUR_A_YEAR,
) -> tuple[Indicator, Indicator]:
    """By analogy for a programme that the norm does not have: standard management and control.

    `titles` and `numerators` are those of the two, `people` what the denominator is called,
    `definition` that of the first.
    """
    return (
        standard_rate(
            f"{letters}01",
            programme,
            title=titles[0],
            numerator=numerators[0],
            denominator=people,
            definition=definition,
            source=LOCAL,
            version="local",
        ),
        control_rate(
            f"{letters}02",
            programme,
            title=titles[1],
            numerator=numerators[1],
            denominator=people,
            definition=_(
                "年内最近一次随访达到该病随访表控制要求的人数 ÷ 年内已管理的患者人数；"
                "失访的按未达标计"
            ),
            source=LOCAL,
            version="local",
        ),
    )


CORONARY: Final = local_rates(
    "CHD",
    "coronary",
    titles=(_("冠心病患者规范管理率"), _("冠心病患者控制率")),
    numerators=(_("按规范要求管理的冠心病患者人数"), _("最近一次随访达标的冠心病患者人数")),
    people=_("年内已管理的冠心病患者人数"),
)
STROKE: Final = local_rates(
    "STR",
    "stroke",
    titles=(_("脑卒中患者规范管理率"), _("脑卒中患者控制率")),
    numerators=(_("按规范要求管理的脑卒中患者人数"), _("最近一次随访达标的脑卒中患者人数")),
    people=_("年内已管理的脑卒中患者人数"),
)
COPD: Final = local_rates(
    "COPD",
    "copd",
    titles=(_("慢阻肺病患者规范管理率"), _("慢阻肺病患者控制率")),
    numerators=(_("按规范要求管理的慢阻肺病患者人数"), _("最近一次随访达标的慢阻肺病患者人数")),
    people=_("年内已管理的慢阻肺病患者人数"),
    definition=_TWO_A_YEAR,
)
