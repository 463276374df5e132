"""A year of one hypertensive resident, with the dates, classes and figures written by hand.

From 国家基本公共卫生服务规范（第三版）, 高血压患者健康管理服务规范, as chronic-disease.md has it:
§2.1 screening, §2.6 decision, §1.2 dates, §1.6 after a referral, §1.5 standard management; the
indicators HT01 and HT02.
"""

from decimal import Decimal

from sqlalchemy import delete, select

from health.programmes import programme_of
from health.tables import health_metadata
from health.years import turn_year
from kernel.reprojection import chosen_types, reproject
from records.api import records_file
from tests.scenarios.story import Body, Story
from tests.support.house import OpenHouse

WHOLE: Body = {
    "symptoms": ("1",), "height": Decimal("168.0"), "weight": Decimal("70.0"), "heart-rate": 72,
    "smoking-daily": 0, "alcohol-daily": Decimal(0), "exercise-times": 5, "exercise-minutes": 30,
    "salt": "2", "psych": "1", "compliance": "1", "adherence": "1", "adr": "1", "education": "2",
}  # fmt: skip
"""What every visit of the story answers besides the pressure: nothing that is mandatory is left
out, and health education is given."""


def pressure(systolic: int, diastolic: int) -> Body:
    """A visit of hypertension."""
    return {**WHOLE, "systolic": systolic, "diastolic": diastolic}


def eligible(story: Story, programme: str) -> bool:
    """Whether the person is on the list of who should be enrolled, were nobody yet."""
    with story.house.station.read() as work:
        condition = programme_of(programme).eligible(work.today)
        query = select(records_file.c.source_id).where(
            records_file.c.source_id == story.person, condition
        )
        return work.connection.execute(query).first() is not None


def test_a_year(fresh_house: OpenHouse) -> None:
    story = Story(fresh_house, "chen-hong")
    screened_and_confirmed(story)
    first_half(story)
    referred_and_back(story)
    second_half(story)
    new_year(story)
    derived_again(story)


def screened_and_confirmed(story: Story) -> None:
    """§2.1: three readings on different days, the third makes a suspicion; then the diagnosis."""
    story.on("2027-01-04")
    story.moves_in("陈红", "female", "1970-05-05", "2027-01-04")
    assert eligible(story, "pressure-screening")
    screening = "pressure-screening"
    raised = {"systolic": 152, "diastolic": 94}
    first = story.answers(screening, "2027-01-04", raised)
    assert first == ("recheck", "adjust", "recheck 2027-02-01")  # within four weeks
    second = story.answers(screening, "2027-01-11", {"systolic": 148, "diastolic": 88})
    assert second == ("recheck", "adjust", "recheck 2027-02-08")
    third = story.answers(screening, "2027-01-18", {"systolic": 146, "diastolic": 92})
    assert third == ("suspected", "refer", "referral-outcome 2027-02-01")  # 14 days
    assert "2027-01-04、2027-01-11、2027-01-18" in story.reasons(screening, "2027-01-18")
    assert story.due() == ["pressure-screening referral-outcome 2027-02-01"]
    story.on("2027-01-25")
    story.diagnosed("I10", "2027-01-25", "原发性高血压")
    assert eligible(story, "hypertension")
    assert not eligible(story, screening)
    story.enrolled("hypertension", "2027-01-25")
    assert story.due() == [
        "hypertension follow-up 2027-02-08",  # the first visit within 14 days
        "hypertension examination 2027-12-31",
    ]
    assert story.figure("HT01", 2027) == (0, 1)
    assert story.figure("HT02", 2027) == (0, 1)
    assert story.missing("HT02", 2027) == ["今年没有测量"]


def first_half(story: Story) -> None:
    """§2.6: controlled, then above target once, then twice."""
    visit = story.answers("hypertension", "2027-02-08", pressure(134, 84))
    assert visit == ("1", "routine", "follow-up 2027-05-08")  # three months
    assert story.figure("HT02", 2027) == (1, 1)
    visit = story.answers("hypertension", "2027-05-06", pressure(152, 94))
    assert visit == ("2", "adjust", "recheck 2027-05-20")  # 14 days
    visit = story.answers("hypertension", "2027-05-20", pressure(158, 96), mode="2")
    assert visit == ("2", "refer", "referral-outcome 2027-06-03")
    assert "连续两次控制不满意：上次 2027-05-06" in story.reasons("hypertension", "2027-05-20")
    assert story.due() == [
        "hypertension referral-outcome 2027-06-03",
        "hypertension examination 2027-12-31",
    ]
    assert story.figure("HT02", 2027) == (0, 1)
    assert story.missing("HT02", 2027) == ["最近一次未达标"]
    assert story.missing("HT01", 2027) == ["还差 1 次面对面随访", "今年还没有健康体检"]


def referred_and_back(story: Story) -> None:
    """§1.6: asked by telephone in time; back with a plan, so a visit within 14 days of that."""
    outcome = {
        "programme": "hypertension", "finding": "1", "hospital": "市第一医院心内科",
        "plan": "氨氯地平 5 mg，每日 1 次",
    }  # fmt: skip
    found = story.answers("referral-outcome", "2027-06-01", outcome, mode="3")
    assert found == ("1", "adjust", "follow-up 2027-06-15")
    assert story.missing("HT01", 2027) == ["还差 1 次面对面随访", "今年还没有健康体检"]
    visit = story.answers("hypertension", "2027-06-14", pressure(136, 82))
    assert visit == ("1", "routine", "follow-up 2027-09-14")
    assert story.facts() == [
        ("2027-02-08", True, True),
        ("2027-05-06", True, True),
        ("2027-05-20", True, True),
        ("2027-06-01", False, False),  # a telephone call about a referral is no visit
        ("2027-06-14", True, True),
    ]
    assert story.figure("HT02", 2027) == (1, 1)


def second_half(story: Story) -> None:
    """Four visits in the four quarters since January; what is missing is the examination."""
    assert story.figure("HT01", 2027) == (0, 1)
    assert story.missing("HT01", 2027) == ["今年还没有健康体检"]
    story.examined("2027-09-10")
    assert story.figure("HT01", 2027) == (1, 1)
    assert story.missing("HT01", 2027) == []
    assert story.due() == [
        "hypertension follow-up 2027-09-14",
        "hypertension examination 2028-12-31",
    ]


def new_year(story: Story) -> None:
    """The year stays what it was; the new one begins with nothing."""
    story.on("2028-01-03")
    assert story.figure("HT01", 2027) == (1, 1)
    assert story.figure("HT02", 2027) == (1, 1)
    turn_the_year(story)
    assert story.figure("HT01", 2028) == (0, 1)
    assert story.figure("HT02", 2028) == (0, 1)


def turn_the_year(story: Story) -> None:
    """What the daily job does."""
    with story.house.station.write() as work:
        while turn_year(work):
            pass


def derived_again(story: Story) -> None:
    """All facts are computed: deleted and made again they are what they were."""
    before = facts(story)
    assert before["health_follow_up"]
    assert before["health_year"]
    with story.house.database.writing() as connection:
        for table in health_metadata.tables.values():
            connection.execute(delete(table))
    assert not any(facts(story).values())
    reproject(story.house.station, chosen_types(story.house.station.registry, None))
    assert facts(story) == before


def facts(story: Story) -> dict[str, list[str]]:
    """Every row of every fact table of the programmes."""
    with story.house.station.read() as work:
        return {
            name: sorted(map(str, work.connection.execute(select(table)).all()))
            for name, table in health_metadata.tables.items()
        }
