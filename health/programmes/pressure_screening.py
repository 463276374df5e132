"""高血压筛查: the first pressure from 35 on, rechecks on other days, suspected, high risk.

Source: 国家基本公共卫生服务规范（第三版）（国卫基层发〔2017〕13号）, 高血压患者健康管理服务规范,
筛查; chronic-disease.md §2.1. Within which weeks it is measured again is a parameter.
"""

from datetime import date
from functools import cache
from itertools import takewhile
from typing import Final

from health.declare import Action, Case, Decision, Planned, Programme, Reason
from health.eligibility import aged, both, diagnosed, without
from health.fields import (
    EDUCATION,
    OUTCOME,
    body_fields,
    conclusion_section,
    pregnancy_faults,
    pregnant_field,
    pressure_faults,
    pressure_fields,
    visit_fields,
    waist_field,
    with_index,
)
from health.parameters import PRESSURE_SCREENING
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
from health.signs import (
    danger_signs,
    overweight,
    pregnancy_danger,
    pressure_danger,
    pressure_of,
)
from kernel.declare.form import Form, Section, Values
from kernel.messages import Message, _, joined
from records.api import fields

NAME: Final = "pressure-screening"
SOURCE: Final = _("国家基本公共卫生服务规范（第三版）高血压患者健康管理服务规范·筛查")
CLAUSE: Final = _("高血压规范·筛查")
HIGH_NORMAL, OVERWEIGHT, AGE = "1", "2", "6"
"""Codes of nbphs3-htn-risk-factor that are measured or counted."""
_RAISED = _("血压 %(pressure)s mmHg 高于正常：第 %(n)s 个测量日，去除诱因后请于其他日期复测")
_SUSPECTED = _("非同日 %(n)s 次血压均高于正常（%(days)s），疑似高血压，建议转诊确诊")
_NORMAL = _("血压正常，无高危因素，每年测量一次")
_RISK = _("高危因素：%(what)s；每半年至少测量一次血压，接受生活方式指导")


@cache
def form() -> Form:
    """What is asked at a measurement."""
    sections = (
        Section("visit", _("测量"), visit_fields()),
        Section("signs", _("体征"), (*pressure_fields(), *body_fields(), waist_field())),
        Section("risks", _("危险因素和危急情况"), (
            fields.choices("risk", _("高危因素"), "htn-risk-factor",
                           hint=_("血压、体质指数、腰围和年龄由系统判断，可不选")),
            fields.choices("danger", _("危急情况"), "htn-danger"),
            pregnant_field(),
            fields.choice(EDUCATION, _("本次健康教育"), "no-yes"),
        )),
        conclusion_section(fields.choice(OUTCOME, _("筛查结果"), "screening-result")),
    )  # fmt: skip
    return Form(NAME, "2017", _("高血压筛查登记"), SOURCE, sections)


def decide(values: Values, case: Case) -> Decision:
    """The result and when to measure again (§2.1)."""
    ticked = danger_signs(form().field("danger"), values)
    danger = (*pressure_danger(values), *pregnancy_danger(values), *ticked)
    if danger:
        return emergency(case, _told(*danger), raised=raised(values, case.on))
    if raised(values, case.on):
        return _raised(values, case)
    return _below(values, case)


def _told(*texts: str) -> tuple[Reason, ...]:
    return tuple(Reason(text, CLAUSE) for text in texts)


def raised(values: Values, on: date) -> bool:
    """Whether the pressure is above normal."""
    measured, limit = pressure_of(values), PRESSURE_SCREENING.on(on).raised
    return measured is not None and (measured[0] >= limit[0] or measured[1] >= limit[1])


def raised_days(case: Case) -> list[date]:
    """The days before on which the pressure was raised, since the last normal one."""
    since = takewhile(lambda one: one.uncontrolled, case.earlier)
    return sorted({one.on for one in since} - {case.on})


def _raised(values: Values, case: Case) -> Decision:
    rules, days = PRESSURE_SCREENING.on(case.on), [*raised_days(case), case.on]
    if len(days) >= rules.days_raised:
        on = joined(day.isoformat() for day in days)
        return suspected(case, _told(Message(_SUSPECTED, n=len(days), days=on)))
    pressure = f"{values['systolic']}/{values['diastolic']}"
    said = Message(_RAISED, pressure=pressure, n=len(days))
    return again(case, _told(said), days=rules.recheck_days)


def _dates(_values: Values, case: Case, action: Action) -> tuple[Planned, ...]:
    rules = PRESSURE_SCREENING.on(case.on)
    return dates(case.on, action, months=rules.normal_months, days=rules.recheck_days)


def _below(values: Values, case: Case) -> Decision:
    rules, risks = PRESSURE_SCREENING.on(case.on), risk_factors(values, case)
    if not risks:
        return routine(case, NORMAL, _told(_NORMAL), months=rules.normal_months)
    told = _told(*(Message(_RISK, what=one) for one in risks))
    return routine(case, HIGH_RISK, told, months=rules.risk_months)


def risk_factors(values: Values, case: Case) -> tuple[str, ...]:
    """The titles of the risk factors: those that are measured, and those that were ticked."""
    rules, measured = PRESSURE_SCREENING.on(case.on), pressure_of(values) or (0, 0)
    high = measured[0] >= rules.high_normal[0] or measured[1] >= rules.high_normal[1]
    found = {
        HIGH_NORMAL: high,
        OVERWEIGHT: overweight(values, case, index=rules.overweight, waists=rules.waists),
        AGE: case.age is not None and case.age >= rules.age,
    }
    return risk_titles(form().field("risk"), values, found)


def complain(values: Values, case: Case) -> dict[str, str]:
    """What no single field shows."""
    return {**pressure_faults(values), **pregnancy_faults(values, case.sex)}


PROGRAMME: Final = Programme(
    name=NAME,
    title=_("高血压筛查"),
    short=_("测压"),
    source=SOURCE,
    form=form,
    outcomes=RESULTS,
    decide=decide,
    dates=_dates,
    eligible=both(aged(35), without(diagnosed("I10", "I11", "I12", "I13", "I15"))),
    eligible_text=_("35 岁及以上、未确诊高血压的常住居民"),
    cadence_text=_("每年测量一次血压；高危者每半年一次；首次升高后 4 周内于其他日期复测"),
    complain=complain,
    complete=with_index,
    mandatory=("systolic", "diastolic"),
    carried=("height", "risk"),
    enrols_itself=True,
    screens="hypertension",
    first_days=28,
)
