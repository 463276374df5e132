"""慢阻肺病患者健康服务: who, what follows, when again. What is asked is in `copd_form`.

In the national programme since 2024-09-13; its specification was not at hand, so that rules and
intervals follow guidelines and are parameters, all to be confirmed (chronic-disease.md §7).
"""

from decimal import Decimal
from typing import Final

from health import indicators
from health.declare import MOST_EARLIER, Case, Decision, Measured, Programme, Trend
from health.eligibility import aged, both, diagnosed
from health.fields import KEPT, pressure_faults, with_index
from health.judging import CLASSES, Clauses, Findings, judged, next_dates
from health.parameters import COPD
from health.programmes.copd_form import NAME, SOURCE, card, form
from health.signs import adverse_signs, complication_signs, danger_signs
from kernel.declare.form import Value, Values
from kernel.messages import Message, _

CLAUSES: Final = Clauses(
    emergency=_("慢阻肺病随访（指南）·危急情况：紧急处理后转诊"),
    control=_("慢阻肺病随访（指南）·分类干预"),
)

_LOW = _("静息血氧饱和度 %(value)s%%（<%(limit)s%%）")
_FAST = _("呼吸频率 %(value)s 次/分（≥%(limit)s 次/分）")
_EXACERBATED = _("上次随访以来急性加重 %(n)s 次")
_CAT = _("CAT 评分由 %(before)s 分升至 %(now)s 分")
_MMRC = _("mMRC 呼吸困难分级由 %(before)s 级升至 %(now)s 级")
_INHALER = _("吸入装置使用须纠正，请当面示教")


def findings(values: Values, case: Case) -> Findings:
    """What an answer shows (§7)."""
    worse = _worse(values, case)
    ticked = danger_signs(form().field("danger"), values)
    return Findings(
        emergency=(*_measured_danger(values, case), *ticked),
        complication=complication_signs(values),
        uncontrolled=worse,
        adverse=adverse_signs(values),
        hard_to_control=values.get("adr-hard") == "2",
        at_target=not worse,
        advice=(_INHALER,) if values.get("inhaler") == "2" else (),
    )


def _measured_danger(values: Values, case: Case) -> tuple[str, ...]:
    rules, found = COPD.on(case.on), []
    saturation, breaths = values.get("saturation"), values.get("respiration")
    if isinstance(saturation, int) and saturation < rules.saturation:
        found.append(Message(_LOW, value=saturation, limit=rules.saturation))
    if isinstance(breaths, int) and breaths >= rules.respiration:
        found.append(Message(_FAST, value=breaths, limit=rules.respiration))
    return tuple(found)


def _worse(values: Values, case: Case) -> tuple[str, ...]:
    """An exacerbation, or a score that rose since it was last asked."""
    rules, times, found = COPD.on(case.on), values.get("exacerbations"), []
    if isinstance(times, int) and times >= 1:
        found.append(Message(_EXACERBATED, n=times))
    for key, by, text in (("cat", rules.cat, _CAT), ("mmrc", rules.mmrc, _MMRC)):
        now, before = values.get(key), earlier_value(case, key)
        if isinstance(now, int) and isinstance(before, int) and now - before >= by:
            found.append(Message(text, before=before, now=now))
    return tuple(found)


def earlier_value(case: Case, key: str) -> Value | None:
    """The value of the latest earlier answer that has one."""
    return next((one.values[key] for one in case.earlier if key in one.values), None)


def months(values: Values, case: Case) -> int:
    """Months to the next routine visit, by the latest FEV1: of the visit, of one before, of the
    card. Where it was never measured, the shorter interval."""
    rules = COPD.on(case.on)
    fev1 = values.get("fev1", earlier_value(case, "fev1"))
    known = case.card.get("fev1") if fev1 is None else fev1
    mild = isinstance(known, Decimal) and known >= rules.fev1
    return rules.mild if mild else rules.severe


def decide(values: Values, case: Case) -> Decision:
    """Class, action and next date."""
    return judged(case, findings(values, case), CLAUSES, months=months(values, case))


PROGRAMME: Final = Programme(
    name=NAME,
    title=_("慢阻肺病患者健康服务"),
    short=_("慢阻肺病"),
    source=SOURCE,
    form=form,
    outcomes=CLASSES,
    decide=decide,
    dates=lambda values, case, action: next_dates(
        case.on, action, months=months(values, case)
    ),
    eligible=both(diagnosed("J44"), aged(35)),
    eligible_text=_("35 岁及以上、确诊慢阻肺病的常住居民"),
    cadence_text=_(
        "FEV1 占预计值 50% 及以上每 6 个月、50% 以下每 3 个月随访；"
        "病情加重、不良反应、转诊后 2 周内随访；肺功能每年 1 次"
    ),
    complain=lambda values, _case: pressure_faults(values),
    complete=with_index,
    mandatory=(
        "symptoms", "mmrc", "cat", "exacerbations", "saturation", "respiration", "smoking-daily",
        "inhaler", "adherence", "adr",
    ),
    carried=(*KEPT, "dust", "oxygen-hours", "influenza-vaccine", "pneumococcal-vaccine"),
    yearly=2,
    indicators=indicators.COPD,
    measured=(Measured("systolic", "systolic"), Measured("diastolic", "diastolic")),
    trends=(Trend(_("CAT 评分"), "分", ("cat",), lambda _case: (10,)),),
    card=card,
    recalls=MOST_EARLIER,
)  # fmt: skip
