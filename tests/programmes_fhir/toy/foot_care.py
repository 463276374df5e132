"""糖足护理: a programme that nobody has, to show what one file is enough for."""

from functools import cache
from typing import Final

from health import indicators
from health.declare import Case, Decision, Programme
from health.eligibility import aged
from health.fields import class_field, conclusion_section, visit_fields
from health.judging import CLASSES, Clauses, Findings, judged
from kernel.declare.form import Form, Section, Values
from records.api import fields

NAME: Final = "foot-care"
SOURCE: Final = "糖足护理示例规范"


@cache
def form() -> Form:
    pain = fields.whole("pain", "疼痛评分", "分", ("0", "10"), required=True)
    sections = (
        Section("visit", "随访", visit_fields()),
        Section("feet", "足部", (pain,)),
        conclusion_section(class_field()),
    )
    return Form(NAME, "1", "糖足护理随访表", SOURCE, sections)


def decide(values: Values, case: Case) -> Decision:
    hurts = ("疼痛评分 4 分及以上",) if int(str(values["pain"])) >= 4 else ()
    found = Findings(uncontrolled=hurts, at_target=not hurts)
    return judged(case, found, Clauses("第1条", "第2条"))


PROGRAMME: Final = Programme(
    name=NAME,
    title="糖足护理",
    short="糖足",
    source=SOURCE,
    form=form,
    outcomes=CLASSES,
    decide=decide,
    eligible=aged(60),
    eligible_text="60 岁及以上居民",
    cadence_text="每年 4 次",
    mandatory=("pain",),
    yearly=4,
    indicators=(
        indicators.standard_rate(
            "FC01",
            NAME,
            title="糖足规范护理率",
            numerator="按规范护理的人数",
            denominator="护理人数",
        ),
    ),
)
