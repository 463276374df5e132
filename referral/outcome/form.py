"""转诊情况随访 of a referral that no programme asks about: its form, and the words it leaves. Pure.

It asks what chronic-disease.md §1.6 has recorded: of who went where and with which plan, of who is
still there until when, of who did not go why, and after the second refusal a doctor's opinion and a
signed refusal.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from kernel.declare.form import Field, FieldKind, Form, Section, Values
from kernel.form_values import written
from kernel.messages import SEQUENCE, Message, _, joined
from records.api import catalogue, fields
from referral.outcome.bodies import (
    IN_HOSPITAL,
    LEFT,
    NOT_CONFIRMED,
    NOT_GONE,
    RETURNED,
    WITHDRAWN,
    Contact,
)

SOURCE: Final = "国家基本公共卫生服务规范（第三版）：转诊后2周内主动随访转诊情况"
YES: Final = "2"
_LONG: Final = 1000
_NEEDED: Final = _("这是第 %(times)s 次未去：请填写%(title)s")
_DAY: Final = _("随访日期：应在转诊日期（%(first)s）至今天（%(today)s）之间")
_SAID: Final = _("%(title)s：%(said)s")
_TOLD: Final = (
    "hospital", "discharge-on", "plan", "not-gone-reason", "doctor-opinion", "contacted", "words",
)  # fmt: skip


def outcome_form() -> Form:
    """What is asked about a referral."""
    finding = "finding"
    plan = Field(
        "plan", _("治疗方案和新的控制目标"), FieldKind.LONG_TEXT, most=_LONG, required=True,
        when=fields.when(finding, RETURNED),
    )  # fmt: skip
    refused, there = fields.when(finding, NOT_GONE), fields.when(finding, RETURNED, IN_HOSPITAL)
    asked = (
        fields.choice(finding, _("转诊结果"), "referral-finding", required=True),
        fields.day("on", _("随访日期"), required=True),
        fields.choice("mode", _("随访方式"), "visit-mode", required=True),
        fields.text("hospital", _("就诊机构及科别"), fields.SENTENCE, when=there),
        fields.day("discharge-on", _("预计出院日期"), when=fields.when(finding, IN_HOSPITAL)),
        plan,
        fields.text(
            "not-gone-reason", _("未去的原因"), fields.SENTENCE, required=True, when=refused
        ),
        fields.text("doctor-opinion", _("医生评估意见"), fields.SENTENCE, when=refused),
        fields.choice("refusal-signed", _("已签署拒绝转诊意见"), "no-yes", when=refused),
        fields.text(
            "contacted", _("已联系的人和单位"), fields.SENTENCE, required=True,
            when=fields.when(finding, NOT_CONFIRMED),
        ),
        fields.text(
            "words", _("说明"), fields.SENTENCE, required=True,
            when=fields.when(finding, WITHDRAWN, LEFT),
        ),
    )  # fmt: skip
    sections = (Section("outcome", _("转诊结果随访"), asked),)
    return Form("referral-contact", "1", _("转诊情况随访记录"), SOURCE, sections)


def faults_of(
    values: Values, earlier: Iterable[Contact], *, referred_on: date, today: date
) -> dict[str, str]:
    """What no single field shows: the day, and what a second refusal wants."""
    faults: dict[str, str] = {}
    on = values.get("on")
    if isinstance(on, date) and not referred_on <= on <= today:
        first = referred_on.isoformat()
        faults["on"] = Message(_DAY, first=first, today=today.isoformat())
    times = 1 + sum(one.finding == NOT_GONE for one in earlier)
    if values.get("finding") == NOT_GONE and times > 1:
        if not values.get("doctor-opinion"):
            faults["doctor-opinion"] = _needed(times, _("医生评估意见"))
        if values.get("refusal-signed") != YES:
            faults["refusal-signed"] = _needed(times, _("已签署拒绝转诊意见"))
    return faults


def _needed(times: int, title: str) -> Message:
    return Message(_NEEDED, times=times, title=title)


def contact_of(values: Values) -> Contact:
    """What was found out, with all that was written about it in words."""
    told: Mapping[str, Any] = values
    form = outcome_form()
    parts = [
        Message(_SAID, title=form.field(key).title, said=written(told[key]))
        for key in _TOLD
        if told.get(key)
    ]
    if told.get("refusal-signed") == YES:
        parts.append(Message(_("已签署拒绝转诊意见")))
    finding = str(told["finding"])
    text = joined([catalogue.title("referral-finding", finding), *parts], by=SEQUENCE)
    return Contact(told["on"], finding, str(text), str(told["mode"]))
