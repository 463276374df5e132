"""The indicators RF01 to RF21 as declarations over the fact tables (referral.md §8).

A referral belongs to the period by a day that its cohort names: mostly that of its submission.
What is computed from others (a ratio, a median, a growth) or cannot be known here says so.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    and_,
    bindparam,
    exists,
    func,
    or_,
    true,
)

from kernel.messages import Message, _
from referral.codes import DOWN, UP
from referral.parameters import CLOSED_LOOP_DAYS, REPEAT_DAYS
from referral.request import GENERAL
from referral.states import Event
from referral.tables import referral_case, referral_move, referral_outcome

NOW: Final[ColumnElement[int]] = bindparam("now", type_=BigInteger)
RIPE_ON: Final[ColumnElement[object]] = bindparam("ripe_on", type_=Date)
"""The last day of submission whose loop should be closed by now (CLOSED_LOOP_DAYS)."""
TODAY: Final[ColumnElement[object]] = bindparam("today", type_=Date)
REPEAT_SPAN: Final[ColumnElement[int]] = bindparam("repeat_span", type_=BigInteger)
"""REPEAT_DAYS in microseconds."""


class Cohort(StrEnum):
    """By which day a referral belongs to a period."""

    SENT = "sent"
    OFFERED = "offered"
    BOOKED = "booked"
    DAY_14 = "day-14"


class Kind(StrEnum):
    """What an indicator is: a number of referrals, a share of them, or computed from others."""

    COUNT = "count"
    SHARE = "share"
    RATIO = "ratio"
    MEDIAN = "median"
    GROWTH = "growth"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Measure:
    """An indicator. `among` chooses the referrals of the cohort, `counted` those that count.

    A COUNT has no `counted`; what is computed has neither. `definition` says in a sentence what is
    divided by what, or why it cannot be known here.
    """

    code: str
    title: str
    definition: str
    kind: Kind
    cohort: Cohort = Cohort.SENT
    among: ColumnElement[bool] | None = None
    counted: ColumnElement[bool] | None = None
    source: str = _("地方监管指标，待确认")


_case, _outcome = referral_case.c, referral_outcome.c
_CLOSED: Final = _("已闭环的转诊数 ÷ 期内提交、提交已满%(n)s天的未撤销转诊数")
_REPEATS: Final = _(
    "%(n)s天内同一病种再次上转的转诊数 ÷ 上转人次；被拒绝后重新提交的、病种写为其他的不算重复"
)
_NATIONAL: Final = _("国家基本公共卫生服务规范（第三版）：转诊后2周内主动随访转诊情况")
_UP: Final = _case.direction == UP
_TO_HOSPITAL: Final = _case.direction != DOWN
_NOT_CANCELLED: Final = _case.cancelled_at.is_(None)
_ARRIVED: Final = _case.arrived_at.is_not(None)
_TAKEN: Final = or_(_case.accepted_at.is_not(None), _ARRIVED)
_OVERRUN: Final = exists().where(
    referral_move.c.source_id == _case.source_id,
    referral_move.c.event.in_((Event.ESCALATE.value, Event.EXPIRE.value)),
)
_EARLIER: Final = referral_case.alias("earlier")
_REPEATED: Final = exists().where(
    _EARLIER.c.patient_id == _case.patient_id,
    _EARLIER.c.disease == _case.disease,
    _EARLIER.c.disease != GENERAL,
    _EARLIER.c.direction == UP,
    _EARLIER.c.request_id != _case.request_id,
    _EARLIER.c.requisition.is_distinct_from(_case.requisition),
    _EARLIER.c.submitted_at <= _case.submitted_at,
    _EARLIER.c.submitted_at >= _case.submitted_at - REPEAT_SPAN,
)

MEASURES: Final = (
    Measure(
        "RF01",
        _("上转人次"),
        _("期内提交的上转转诊数"),
        Kind.COUNT,
        among=_UP,
    ),
    Measure(
        "RF02",
        _("下转人次"),
        _("期内医院提出转回社区的转诊数，包括上转后的回转和医院发起的下转"),
        Kind.COUNT,
        Cohort.OFFERED,
        among=true(),
    ),
    Measure(
        "RF03",
        _("下转/上转比"),
        _("下转人次 ÷ 上转人次"),
        Kind.RATIO,
    ),
    Measure(
        "RF04",
        _("接收率"),
        _("已接收的转诊数（急诊直接到诊的算已接收）÷ 期内提交的转诊数；答复前撤销的不算"),
        Kind.SHARE,
        among=and_(_TO_HOSPITAL, or_(_NOT_CANCELLED, _case.answered_at.is_not(None), _TAKEN)),
        counted=_TAKEN,
    ),
    Measure(
        "RF05",
        _("拒绝率"),
        _("被拒绝的转诊数 ÷ 期内提交的转诊数；原因构成见拒绝原因"),
        Kind.SHARE,
        among=_TO_HOSPITAL,
        counted=_case.rejected_at.is_not(None),
    ),
    Measure(
        "RF06",
        _("及时响应率"),
        _("在时限内答复的转诊数（急诊直接到诊的算已答复）÷ 期内提交的转诊数；未答复的算未及时"),
        Kind.SHARE,
        among=_TO_HOSPITAL,
        counted=func.coalesce(_case.answered_at, _case.arrived_at) <= _case.answer_due_at,
    ),
    Measure(
        "RF07",
        _("响应时间中位数"),
        _("从提交到首次答复所用时间的中位数，按自然时间计，包括夜间和节假日"),
        Kind.MEDIAN,
    ),
    Measure(
        "RF08",
        _("到诊率"),
        _("已到诊的转诊数 ÷ 预约时间在期内且已到的已接收转诊数"),
        Kind.SHARE,
        Cohort.BOOKED,
        among=and_(_case.accepted_at.is_not(None), _case.appointment_at <= NOW),
        counted=_ARRIVED,
    ),
    Measure(
        "RF09",
        _("未到诊率"),
        _("有过未到诊的转诊数 ÷ 期内提交且已预约的转诊数"),
        Kind.SHARE,
        among=_case.scheduled_at.is_not(None),
        counted=_case.no_shows > 0,
    ),
    Measure(
        "RF10",
        _("反馈率"),
        _("医院已反馈的转诊数 ÷ 期内提交且已到诊的转诊数"),
        Kind.SHARE,
        among=_ARRIVED,
        counted=_case.feedback_at.is_not(None),
    ),
    Measure(
        "RF11",
        _("反馈及时率"),
        _("在时限内反馈的转诊数 ÷ 期内提交、已到诊、已反馈或反馈时限已过的转诊数"),
        Kind.SHARE,
        among=and_(_ARRIVED, or_(_case.feedback_at.is_not(None), _case.feedback_due_at <= NOW)),
        counted=_case.feedback_at <= _case.feedback_due_at,
    ),
    Measure(
        "RF12",
        _("下转接回率"),
        _("社区已接回的转诊数 ÷ 期内医院提出转回社区的转诊数"),
        Kind.SHARE,
        Cohort.OFFERED,
        among=true(),
        counted=_case.back_accepted_at.is_not(None),
    ),
    Measure(
        "RF13",
        _("转诊后2周内随访率"),
        _("提交后14天内（含第14天）随访过转诊情况的上转数 ÷ 第14天在期内且已到的未撤销上转数"),
        Kind.SHARE,
        Cohort.DAY_14,
        among=and_(_UP, _NOT_CANCELLED, _outcome.first_due_on <= TODAY),
        counted=_outcome.first_on <= _outcome.first_due_on,
        source=_NATIONAL,
    ),
    Measure(
        "RF14",
        _("闭环完成率"),
        Message(_CLOSED, n=CLOSED_LOOP_DAYS.since[-1][1]),
        Kind.SHARE,
        among=and_(_NOT_CANCELLED, _case.submitted_on <= RIPE_ON),
        counted=_case.closed_at.is_not(None),
    ),
    Measure(
        "RF15",
        _("上转率"),
        _("上转人次 ÷ 期内本机构门诊人次；选择一个中心或站后才统计"),
        Kind.SHARE,
    ),
    Measure(
        "RF16",
        _("转诊符合率"),
        _("接收方判断符合转诊指征的转诊数 ÷ 期内提交且已到诊的转诊数；没有作判断的不计入分子"),
        Kind.SHARE,
        among=_ARRIVED,
        counted=_case.indicated,
    ),
    Measure(
        "RF17",
        _("重复转诊率"),
        Message(_REPEATS, n=REPEAT_DAYS.since[-1][1]),
        Kind.SHARE,
        among=_UP,
        counted=_REPEATED,
    ),
    Measure(
        "RF18",
        _("基层首诊率"),
        _("无数据来源：分母是签约居民的全部首次就诊，只有医保结算数据中有"),
        Kind.ABSENT,
    ),
    Measure(
        "RF18L",
        _("上转中的社区首诊率"),
        _("经社区首诊的上转数 ÷ 上转人次；由转诊医生填写，只反映上转的居民，不代替基层首诊率"),
        Kind.SHARE,
        among=_UP,
        counted=_case.first_contact == "1",
    ),
    Measure(
        "RF19",
        _("基层诊疗量占比"),
        _("无数据来源：分母是辖区所有医疗机构的诊疗人次，本系统没有医院的全部诊疗记录"),
        Kind.ABSENT,
        source=_("分级诊疗试点工作考核评价标准：2017年达到65%及以上"),
    ),
    Measure(
        "RF20",
        _("下转人次年增长率"),
        _("（期内下转人次 − 上年同期下转人次）÷ 上年同期下转人次"),
        Kind.GROWTH,
        source=_("分级诊疗试点工作考核评价标准：年增长10%及以上，待确认"),
    ),
    Measure(
        "RF21",
        _("超时率"),
        _("有过超时升级或超时关闭的转诊数 ÷ 期内提交的转诊数"),
        Kind.SHARE,
        among=_TO_HOSPITAL,
        counted=_OVERRUN,
    ),
)
"""In the order in which they are shown. RF18L is our own, beside RF18 that cannot be known."""

BY_CODE: Final = {one.code: one for one in MEASURES}
COUNTED: Final = tuple(one for one in MEASURES if one.among is not None)
"""Those that are counted; the others follow from them, or cannot be known."""
