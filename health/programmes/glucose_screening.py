"""糖尿病筛查: fasting glucose, rechecks on another day, suspected, high risk.

Source: 国家基本公共卫生服务规范（第三版）（国卫基层发〔2017〕13号）, 2型糖尿病患者健康管理服务规范,
筛查; the criteria of the diagnosis and the list of risk factors from the guideline;
chronic-disease.md §3.1.
"""

from decimal import Decimal
from functools import cache
from typing import Final

from health.declare import Action, Case, Decision, Planned, Programme, Reason
from health.eligibility import aged, both, diagnosed, either, without
from health.fields import (
    EDUCATION,
    OUTCOME,
    body_fields,
    chosen,
    conclusion_section,
    fasting_glucose_field,
    glucose_field,
    pressure_faults,
    pressure_fields,
    titles,
    visit_fields,
    waist_field,
    with_index,
)
from health.parameters import GLUCOSE, GLUCOSE_SCREENING
from health.screened import (
    HIGH_RISK,
    NORMAL,
    RESULTS,
    again,
    dates,
    emergency,
    risk_titles,
    routine,
    suspected,
)
from health.signs import danger_signs, overweight, pressure_danger, pressure_of
from kernel.declare.form import Form, Section, Values
from kernel.messages import Message, _, joined
from records.api import fields

NAME: Final = "glucose-screening"
SOURCE: Final = _("国家基本公共卫生服务规范（第三版）2型糖尿病患者健康管理服务规范·筛查")
CLAUSE: Final = _("2型糖尿病规范·筛查")
THIRST: Final = frozenset({"2", "3", "4", "9"})
"""Symptoms with which one raised value suffices: thirst, hunger, urination, loss of weight."""
RISKY: Final = ("R73", "E66", "E78", "I10", "I20", "I21", "I25", "I63", "I69")
"""Diagnoses that make somebody younger than 45 a person at risk."""
OVERWEIGHT, PRESSURE, AGE = "3", "7", "2"
"""Codes of nbphs3-dm-risk-factor that are measured or counted."""

_DANGER = _("血糖 %(value)s mmol/L，达到危急值（≤%(low)s 或≥%(high)s mmol/L）")
_RECHECK = _("血糖 %(value)s mmol/L，达到糖尿病诊断界值，请于其他日期复测空腹血糖或转诊确诊")
_AGAIN = _("血糖 %(value)s mmol/L，另一日（%(day)s）已达诊断界值，疑似糖尿病，建议转诊确诊")
_SYMPTOMS = _("血糖 %(value)s mmol/L，伴%(what)s，疑似糖尿病，建议转诊确诊")
_IMPAIRED = _("空腹血糖 %(value)s mmol/L，糖调节受损，建议口服葡萄糖耐量试验")
_RISK = _("高危因素：%(what)s；每年至少测量一次空腹血糖，接受健康教育")
_NORMAL = _("空腹血糖正常，无高危因素")


@cache
def form() -> Form:
    """What is asked at a measurement."""
    sections = (
        Section("visit", _("测量"), visit_fields()),
        Section("glucose", _("血糖"), (
            fasting_glucose_field(required=True),
            glucose_field("random-glucose", _("随机血糖（末梢血）"), "14743-9"),
        )),
        Section("signs", _("体征"), (
            *pressure_fields(required=False), *body_fields(), waist_field(),
        )),
        Section("risks", _("症状、危险因素和危急情况"), (
            fields.choices("symptoms", _("症状"), "dm-symptom"),
            fields.choices("risk", _("高危因素"), "dm-risk-factor",
                           hint=_("年龄、体质指数、腰围和血压由系统判断，可不选")),
            fields.choices("danger", _("危急情况"), "dm-danger"),
            fields.choice(EDUCATION, _("本次健康教育"), "no-yes"),
        )),
        conclusion_section(fields.choice(OUTCOME, _("筛查结果"), "screening-result")),
    )  # fmt: skip
    return Form(NAME, "2017", _("糖尿病筛查登记"), SOURCE, sections)


def decide(values: Values, case: Case) -> Decision:
    """The result and when to measure again (§3.1)."""
    danger, raised = _danger(values, case), _raised(values, case)
    if danger:
        return emergency(case, _told(*danger), raised=raised is not None)
    if raised is not None:
        return _reached(raised, values, case)
    return _below(values, case)


def _told(*texts: str) -> tuple[Reason, ...]:
    return tuple(Reason(text, CLAUSE) for text in texts)


def _danger(values: Values, case: Case) -> tuple[str, ...]:
    limits = GLUCOSE.on(case.on)
    told = (
        Message(_DANGER, value=value, low=limits.low, high=limits.high)
        for key in ("fasting-glucose", "random-glucose")
        if isinstance(value := values.get(key), Decimal) and not limits.low < value < limits.high
    )
    ticked = danger_signs(form().field("danger"), values)
    return (*told, *pressure_danger(values), *ticked)


def _raised(values: Values, case: Case) -> Decimal | None:
    """The value that reaches the criterion of diabetes, or None."""
    rules = GLUCOSE_SCREENING.on(case.on)
    limits = (("fasting-glucose", rules.diabetes), ("random-glucose", rules.random))
    reached = (
        value
        for key, limit in limits
        if isinstance(value := values.get(key), Decimal) and value >= limit
    )
    return next(reached, None)


def _reached(value: Decimal, values: Values, case: Case) -> Decision:
    """With symptoms, or on a second day, it is suspected; else it is measured again."""
    codes = tuple(code for code in chosen(values, "symptoms") if code in THIRST)
    if codes:
        what = joined(titles(form().field("symptoms"), {"symptoms": codes}))
        return suspected(case, _told(Message(_SYMPTOMS, value=value, what=what)))
    last = case.last
    if last is not None and last.uncontrolled and last.on != case.on:
        return suspected(case, _told(Message(_AGAIN, value=value, day=last.on.isoformat())))
    days = GLUCOSE_SCREENING.on(case.on).recheck_days
    return again(case, _told(Message(_RECHECK, value=value)), days=days)


def _dates(_values: Values, case: Case, action: Action) -> tuple[Planned, ...]:
    rules = GLUCOSE_SCREENING.on(case.on)
    return dates(case.on, action, months=rules.normal_months, days=rules.recheck_days)


def _below(values: Values, case: Case) -> Decision:
    rules, fasting = GLUCOSE_SCREENING.on(case.on), values["fasting-glucose"]
    if isinstance(fasting, Decimal) and fasting >= rules.impaired:
        told = _told(Message(_IMPAIRED, value=fasting))
        return routine(case, HIGH_RISK, told, months=rules.impaired_months)
    risks = risk_factors(values, case)
    told = _told(*(Message(_RISK, what=one) for one in risks)) if risks else _told(_NORMAL)
    return routine(case, HIGH_RISK if risks else NORMAL, told, months=rules.normal_months)


def risk_factors(values: Values, case: Case) -> tuple[str, ...]:
    """The titles of the risk factors: those that are measured, and those that were ticked."""
    rules, measured = GLUCOSE_SCREENING.on(case.on), pressure_of(values) or (0, 0)
    found = {
        OVERWEIGHT: overweight(values, case, index=rules.overweight, waists=rules.waists),
        PRESSURE: measured[0] >= rules.pressure[0] or measured[1] >= rules.pressure[1],
        AGE: case.age is not None and case.age >= rules.age,
    }
    return risk_titles(form().field("risk"), values, found)


PROGRAMME: Final = Programme(
    name=NAME,
    title=_("糖尿病筛查"),
    short=_("测血糖"),
    source=SOURCE,
    form=form,
    outcomes=RESULTS,
    decide=decide,
    dates=_dates,
    eligible=both(
        either(
            aged(45), both(aged(35), diagnosed("R73", "E66", "E78", "I10", "I20", "I25", "I63"))
        ),
        without(diagnosed("E10", "E11", "E14")),
    ),
    eligible_text=_("45 岁及以上，或 35 岁及以上有高危疾病，未确诊糖尿病的常住居民"),
    cadence_text=_("每年至少测量一次空腹血糖；糖调节受损者每半年一次；达到诊断界值的 2 周内复测"),
    complain=lambda values, _case: pressure_faults(values),
    complete=with_index,
    mandatory=("fasting-glucose",),
    carried=("height", "risk"),
    enrols_itself=True,
    screens="diabetes",
    first_days=28,
)
