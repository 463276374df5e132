"""转诊情况随访: what came of a referral, asked within two weeks, in any mode.

It belongs to every programme that refers: an answer says to which. It comes where the plan says
`Activity.REFERRAL_OUTCOME` or `ARRIVAL_CHECK`, replaces what was planned, and is no regular visit:
the counters of the next decision keep the last one (chronic-disease.md §1.6).

Source: 国家基本公共卫生服务规范（第三版）: 紧急转诊者、连续两次不满意者2周内主动随访转诊情况.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, false

from health.declare import Action, Activity, Case, Decision, Outcome, Planned, Programme, Reason
from health.fields import CONCLUSION, NEXT_DATE, drugs_field, plain_text, visit_fields
from health.parameters import ARRIVAL_DAYS, RECHECK_DAYS
from kernel.declare.form import Field, FieldKind, Form, Option, Section, Values
from kernel.messages import Message, _
from records.api import CARE_KIND, fields

NAME: Final = "referral-outcome"
SOURCE: Final = (
    "国家基本公共卫生服务规范（第三版）慢性病患者健康管理服务规范·分类干预：转诊后2周内随访"
)
CLAUSE: Final = _("转诊后2周内主动随访转诊情况")
PROGRAMME_KEY: Final = "programme"
FINDING: Final = "finding"
LEFT_FOR: Final = "left-for"
"""Key of why somebody is no longer there; its codes are those of nbphs3-enrol-close-reason."""
RETURNED, IN_HOSPITAL, NOT_GONE, NOT_CONFIRMED, WITHDRAWN, LEFT = "1", "2", "3", "4", "5", "6"
"""Codes of nbphs3-referral-finding."""
YES: Final = "2"

OUTCOMES: Final = (
    Outcome(RETURNED, _("已就诊并带回方案"), "ok"),
    Outcome(IN_HOSPITAL, _("住院中"), "neutral"),
    Outcome(NOT_GONE, _("未去"), "alert"),
    Outcome(NOT_CONFIRMED, _("未确认到院"), "overdue"),
    Outcome(WITHDRAWN, _("排除诊断"), "neutral"),
    Outcome(LEFT, _("死亡或迁出"), "neutral"),
)
_RETURNED: Final = _("已就诊并带回方案，两周内面对面随访")
_IN_HOSPITAL: Final = _("仍在住院，两周后再随访转诊情况")
_NOT_GONE: Final = _("未去就诊，已再次建议转诊，两周内再随访")
_REFUSED: Final = _("第 %(times)s 次未去：由医生评估、签署拒绝转诊意见，两周内面对面随访")
_NOT_CONFIRMED: Final = _("紧急转诊未确认到院：当日联系患者、家属和医院，次日再确认")
_WITHDRAWN: Final = _("诊断已排除，终止管理（误诊）")
_LEFT: Final = _("患者已死亡或迁出，终止管理")
_NEEDED: Final = _("这是第 %(times)s 次未去：请填写%(title)s")


def form(programmes: Sequence[Programme]) -> Form:
    """转诊情况随访记录 for these programmes (§1.6)."""
    sections = (
        Section("visit", _("随访"), (*visit_fields(), _programme_field(programmes))),
        Section("outcome", _("转诊情况"), _outcome_fields()),
        Section("treatment", _("上级机构的方案"), _plan_fields()),
        Section(CONCLUSION, _("本次结论"), (fields.day(NEXT_DATE, _("下次随访日期")),)),
    )
    return Form(NAME, "1", _("转诊情况随访记录"), SOURCE, sections)


def _programme_field(programmes: Sequence[Programme]) -> Field:
    options = tuple(Option(one.name, one.title) for one in programmes)
    title = _("管理项目")
    return Field(
        PROGRAMME_KEY, title, FieldKind.CHOICE, options=options, system=CARE_KIND, required=True
    )


def _outcome_fields() -> tuple[Field, ...]:
    left = fields.choice(
        LEFT_FOR,
        _("终止原因"),
        "enrol-close-reason",
        required=True,
        when=fields.when(FINDING, LEFT),
    )
    died_or_moved = tuple(one for one in left.options if one.code in {"1", "2"})
    refused = fields.when(FINDING, NOT_GONE)
    return (
        fields.choice(FINDING, _("转诊结果"), "referral-finding", required=True),
        fields.text(
            "hospital", _("就诊机构及科别"), fields.SENTENCE,
            when=fields.when(FINDING, RETURNED, IN_HOSPITAL),
        ),
        fields.day(
            "discharge-date", _("预计出院日期"), when=fields.when(FINDING, IN_HOSPITAL)
        ),
        fields.text(
            "not-gone-reason", _("未去的原因"), fields.SENTENCE, required=True, when=refused
        ),
        fields.text("doctor-opinion", _("医生评估意见"), fields.SENTENCE, when=refused),
        fields.choice("refusal-signed", _("已签署拒绝转诊意见"), "no-yes", when=refused),
        fields.text(
            "contacted", _("已联系的人和单位"), fields.SENTENCE, required=True,
            when=fields.when(FINDING, NOT_CONFIRMED),
        ),
        replace(left, options=died_or_moved),
    )  # fmt: skip


def _plan_fields() -> tuple[Field, ...]:
    returned = fields.when(FINDING, RETURNED)
    return (
        replace(plain_text("plan", _("治疗方案")), required=True, when=returned),
        fields.text("new-target", _("新的控制目标"), fields.SENTENCE, when=returned),
        replace(drugs_field(), when=returned),
    )


def decide(values: Values, case: Case) -> Decision:
    """What was found, and what is next (§1.6); `case.earlier` are the contacts since the last
    regular visit."""
    found = str(values.get(FINDING, NOT_CONFIRMED))
    action, text = _said(found, case)
    return Decision(found, action, _planned(found, case), (Reason(text, CLAUSE),))


def refusals(case: Case) -> int:
    """How many times somebody has not gone, this one included."""
    return 1 + sum(one.outcome == NOT_GONE for one in case.earlier)


def _said(found: str, case: Case) -> tuple[Action, str]:
    again = refusals(case)
    told = {
        RETURNED: (Action.ADJUST, _RETURNED),
        IN_HOSPITAL: (Action.REFER, _IN_HOSPITAL),
        NOT_GONE: (Action.REFER, _NOT_GONE),
        NOT_CONFIRMED: (Action.EMERGENCY, _NOT_CONFIRMED),
        WITHDRAWN: (Action.ROUTINE, _WITHDRAWN),
        LEFT: (Action.ROUTINE, _LEFT),
    }
    if found == NOT_GONE and again > 1:
        return Action.ADJUST, Message(_REFUSED, times=again)
    return told[found]


def _planned(found: str, case: Case) -> tuple[Planned, ...]:
    soon = case.on + timedelta(days=RECHECK_DAYS.on(case.on))
    if found in (WITHDRAWN, LEFT):
        return ()
    if found == NOT_CONFIRMED:
        tomorrow = case.on + timedelta(days=ARRIVAL_DAYS.on(case.on))
        return (
            Planned(Activity.ARRIVAL_CHECK, tomorrow),
            Planned(Activity.REFERRAL_OUTCOME, soon),
        )
    regular = found == RETURNED or (found == NOT_GONE and refusals(case) > 1)
    return (Planned(Activity.FOLLOW_UP if regular else Activity.REFERRAL_OUTCOME, soon),)


def complain(values: Values, case: Case) -> dict[str, str]:
    """After the second refusal a doctor looks at it and the refusal is signed."""
    faults: dict[str, str] = {}
    found, again = values.get(FINDING), refusals(case)
    if found == NOT_GONE and again > 1:
        if not values.get("doctor-opinion"):
            faults["doctor-opinion"] = Message(_NEEDED, times=again, title=_("医生评估意见"))
        if values.get("refusal-signed") != YES:
            title = _("已签署拒绝转诊意见")
            faults["refusal-signed"] = Message(_NEEDED, times=again, title=title)
    return faults


def _nobody(_today: date) -> ColumnElement[bool]:
    return false()


def after(programmes: Sequence[Programme]) -> Programme:
    """The outcome follow-up of these programmes."""
    declared = form(programmes)
    return Programme(
        name=NAME,
        title=_("转诊情况随访"),
        short=_("转诊情况"),
        source=SOURCE,
        form=partial(_same, declared),
        outcomes=OUTCOMES,
        decide=decide,
        eligible=_nobody,
        eligible_text=_("建议转诊或紧急转诊的在管患者"),
        cadence_text=_("转诊后 2 周内随访转诊情况；未去或仍住院的，2 周后再随访"),
        complain=complain,
        mandatory=(FINDING,),
        regular=False,
    )


def _same(declared: Form) -> Form:
    return declared
