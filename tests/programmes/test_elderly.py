"""老年人: the worked cases E01 to E14 (chronic-disease.md §4.3), findings, and second scales."""

from datetime import date
from typing import Any

import pytest

from health.declare import Action, Activity, Case, Decision, Planned
from health.programmes import elderly
from health.programmes.elderly import LEVELS, POINTS, PROGRAMME, level, total
from kernel.values.dated import ALWAYS, Dated

CASES = """
    E01 | 1,1,1,1,1 | 0+0+0+0+0 | 0 | 1 | 2025-04-01 | 2026-04-01
    E02 | 1,2,1,2,2 | 0+1+0+1+1 | 3 | 1 | 2025-04-01 | 2026-04-01
    E03 | 1,3,1,1,1 | 0+3+0+0+0 | 3 | 1 | 2025-04-01 | 2026-04-01
    E04 | 1,3,1,2,1 | 0+3+0+1+0 | 4 | 2 | 2025-04-01 | 2026-04-01
    E05 | 1,2,2,3,2 | 0+1+0+5+1 | 7 | 2 | 2025-04-01 | 2026-04-01
    E06 | 3,1,1,3,1 | 3+0+0+5+0 | 8 | 2 | 2025-04-01 | 2026-04-01
    E07 | 3,2,1,3,1 | 3+1+0+5+0 | 9 | 3 | 2025-04-01 | 2026-04-01
    E08 | 3,3,3,2,2 | 3+3+3+1+1 | 11 | 3 | 2025-04-01 | 2026-04-01
    E09 | 3,3,3,3,2 | 3+3+3+5+1 | 15 | 3 | 2025-04-01 | 2026-04-01
    E10 | 3,3,3,3,3 | 3+3+3+5+5 | 19 | 4 | 2025-04-01 | 2026-04-01
    E11 | 1,1,3,3,4 | 0+0+3+5+10 | 18 | 3 | 2025-04-01 | 2026-04-01
    E12 | 4,4,4,2,1 | 5+7+5+1+0 | 18 | 3 | 2025-04-01 | 2026-04-01
    E13 | 4,4,4,4,4 | 5+7+5+10+10 | 37 | 4 | 2025-04-01 | 2026-04-01
    E14 | 2,1,2,1,1 | 0+0+0+0+0 | 0 | 1 | 2024-02-29 | 2025-02-28
"""
LINES = [tuple(p.strip() for p in line.split("|")) for line in CASES.strip().splitlines()]
ON = date(2025, 4, 1)


def answered(choices: str = "1,1,1,1,1", **values: Any) -> dict[str, Any]:
    keyed = {key.replace("_", "-"): value for key, value in values.items()}
    return PROGRAMME.complete({**dict(zip(POINTS, choices.split(","), strict=True)), **keyed})


def decide(choices: str = "1,1,1,1,1", **values: Any) -> Decision:
    return PROGRAMME.decide(answered(choices, **values), Case(ON, born=date(1950, 1, 1)))


def texts(decision: Decision) -> list[str]:
    return [reason.text for reason in decision.reasons]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_a_worked_case_is_judged_as_in_the_domain_reference(line: tuple[str, ...]) -> None:
    _number, choices, points, score, code, on, due = line
    values = answered(choices)
    assert values["self-care-score"] == int(score) == sum(int(one) for one in points.split("+"))
    decision = PROGRAMME.decide(values, Case(date.fromisoformat(on)))
    assert (decision.outcome, decision.action) == (code, Action.ROUTINE)
    assert decision.planned == (Planned(Activity.FOLLOW_UP, date.fromisoformat(due)),)
    following = date.fromisoformat(on).year + 1
    assert decision.planned[0].due_on.year == following, "inside the next year"


def test_the_levels_end_where_the_norm_says() -> None:
    ends = {0: "1", 3: "1", 4: "2", 8: "2", 9: "3", 18: "3", 19: "4", 37: "4"}
    assert {score: level(score) for score in ends} == ends
    assert {code for _most, code in LEVELS} == {one.code for one in PROGRAMME.outcomes}


def test_the_whole_assessment_is_needed_for_a_total() -> None:
    assert "self-care-score" not in PROGRAMME.complete({"self-care-eating": "1"})
    assert PROGRAMME.complete({"self-care-score": 5}) == {}, "a total is counted, never typed"
    assert total(answered("4,4,4,4,4")) == 37
    score = PROGRAMME.form().field("self-care-score")
    assert score.computed
    assert all(PROGRAMME.form().field(key).required for key in POINTS)


def test_an_abnormal_result_is_looked_at_again_within_thirty_days() -> None:
    decision = decide(findings=("4",))
    assert decision.action is Action.ADJUST
    assert decision.planned == (
        Planned(Activity.RECHECK, date(2025, 5, 1)),
        Planned(Activity.FOLLOW_UP, date(2026, 4, 1)),
    )
    assert "体检发现：检查结果异常，建议复查" in texts(decision)


def test_a_referral_is_followed_up_within_two_weeks_and_the_next_year_stays() -> None:
    decision = decide(findings=("1", "4", "5"))
    assert decision.action is Action.REFER
    assert decision.planned == (
        Planned(Activity.REFERRAL_OUTCOME, date(2025, 4, 15)),
        Planned(Activity.FOLLOW_UP, date(2026, 4, 1)),
    )
    assert "体检发现：确诊高血压，纳入管理" in texts(decision)


@pytest.mark.parametrize(("choices", "offered"), [("3,1,1,3,1", False), ("3,2,1,3,1", True)])
def test_from_nine_points_home_care_is_offered(choices: str, offered: bool) -> None:
    said = "评分 9 分及以上：建议上门服务，并评估家庭病床和长期护理需要"
    assert (said in texts(decide(choices))) is offered


@pytest.mark.parametrize(
    ("schooling", "mmse", "doubted"),
    [
        ("9", 17, True), ("9", 18, False), ("8", 20, True), ("8", 21, False),
        ("7", 24, True), ("7", 25, False), (None, 24, True),
    ],
)  # fmt: skip
def test_the_limit_of_the_mental_state_depends_on_schooling(
    schooling: str | None, mmse: int, doubted: bool
) -> None:
    values: dict[str, Any] = {"schooling": schooling} if schooling else {}
    said = texts(decide(cognition="2", mmse=mmse, **values))
    assert any(text.startswith("简易智力状态检查") for text in said) is doubted


@pytest.mark.parametrize(
    ("scale", "score", "doubted"),
    [("gds_15", 7, False), ("gds_15", 8, True), ("gds_30", 10, False), ("gds_30", 11, True)],
)
def test_the_limit_of_the_depression_scales(scale: str, score: int, doubted: bool) -> None:
    scored: dict[str, Any] = {scale: score}
    said = texts(decide(emotion="2", **scored))
    assert any(text.startswith("老年抑郁量表") for text in said) is doubted
    assert "情感状态粗筛阳性，须做老年抑郁量表检查" not in said


def test_a_positive_prescreening_asks_for_the_second_scale() -> None:
    said = texts(decide(cognition="2", emotion="2"))
    assert "认知功能粗筛阳性，须做简易智力状态检查" in said
    assert "情感状态粗筛阳性，须做老年抑郁量表检查" in said
    assert len(texts(decide(cognition="1", emotion="1"))) == 2


def test_who_is_65_is_told_by_the_year_or_by_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    def said(today: date) -> str:
        compiled = PROGRAMME.eligible(today).compile(compile_kwargs={"literal_binds": True})
        return str(compiled)

    assert "<= '1960-12-31'" in said(ON)
    monkeypatch.setattr(elderly, "ELDERLY_BY_YEAR", Dated(((ALWAYS, True), (ON, False))))
    assert "<= '1960-04-01'" in said(ON)
    assert "<= '1960-12-31'" in said(date(2025, 3, 31))


def test_the_chart_ends_where_dependence_begins() -> None:
    assert PROGRAMME.trends[0].band(Case(ON)) == (4,)
