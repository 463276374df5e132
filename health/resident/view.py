"""What the tab 健康管理 shows of each programme: its state, what is due, its follow-ups."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from health.declare import Activity, Programme
from health.due.choosing import ACTIVITY_TITLES
from health.due.links import REFERRAL_OUTCOME
from health.enrolment import display
from health.enrolment.cards import card_id
from health.enrolment.kinds import NOTE, SOURCE
from health.enrolment.queries import find_eligible
from health.fields import VISIT_MODE
from health.followups.queries import list_follow_ups
from health.followups.services import FollowUp, day_of_visit
from health.plans import plan_id
from health.programmes import PROGRAMMES
from health.resident.standing import Standing, badge_of, list_standings, progress_texts
from health.resident.trends import charts_of, measured
from kernel.work import ReadWork
from records.api import catalogue, codes_of, extension_value, load_all

Row = dict[str, Any]
Body = Mapping[str, Any]
_SHOWN: Final = 8
"""Follow-ups of a programme that stand on the tab; the others are behind one more click."""


def programme_rows(work: ReadWork, patient_id: str) -> list[Row]:
    """Each programme that a person is or was in, those that go on first."""
    standings = list_standings(work, patient_id)
    ids = [one.enrolment.episode_id for one in standings]
    episodes = load_all(work, "EpisodeOfCare", ids)
    plans = load_all(work, "CarePlan", [plan_id(id_) for id_ in ids])
    cards = load_all(work, "QuestionnaireResponse", [card_id(id_) for id_ in ids])
    return [
        {
            **_row(work, patient_id, one),
            **_told(episodes.get(one.enrolment.episode_id, {})),
            "dues": _dues(work, patient_id, one, plans.get(plan_id(one.enrolment.episode_id), {})),
            "has_card": card_id(one.enrolment.episode_id) in cards,
        }
        for one in standings
    ]


def _row(work: ReadWork, patient_id: str, one: Standing) -> Row:
    programme, enrolled = one.programme, one.enrolment
    state, kind = display.state_of(programme, enrolled.status)
    follow_ups = list_follow_ups(work, patient_id, programme.name)
    return {
        "name": programme.name,
        "title": programme.title,
        "short": programme.short,
        "episode_id": enrolled.episode_id,
        "status": enrolled.status,
        "state": state,
        "kind": kind,
        "open": enrolled.open,
        "applied": enrolled.applied,
        "from_on": enrolled.from_on,
        "to_on": enrolled.to_on,
        "suspended_on": enrolled.suspended_on,
        "closed_for": catalogue.title("enrol-close-reason", enrolled.closed_for or ""),
        "last": badge_of(programme, one.last.outcome) if one.last else None,
        "last_on": one.last.on if one.last else None,
        "progress": progress_texts(one, work.today),
        "follow_ups": [follow_up_row(programme, each) for each in follow_ups[:_SHOWN]],
        "earlier": [follow_up_row(programme, each) for each in follow_ups[_SHOWN:]],
        "charts": charts_of(work, patient_id, programme, follow_ups),
        "steps": display.steps_of(work.actor, enrolled.status),
        "wants_card": programme.card is not None,
    }


def follow_up_row(programme: Programme, one: FollowUp) -> Row:
    """A follow-up as a line: when, how, what was measured, the class."""
    field = one.asked.form.field(VISIT_MODE)
    mode = field.by_code.get(str(one.values.get(VISIT_MODE)))
    return {
        "id": one.id,
        "on": day_of_visit(one),
        "mode": mode.title if mode else "",
        "measured": measured(programme, one.values),
        "outcome": badge_of(programme, one.decided.outcome) if one.decided else None,
        "amended": one.body["status"] == "amended",
    }


def _told(episode: Body) -> Row:
    """What was told when somebody was enrolled, or at the last step."""
    source = extension_value(episode, SOURCE, "valueCode") or ""
    return {
        "source": catalogue.title("enrol-source", source),
        "note": extension_value(episode, NOTE, "valueString") or "",
        "doctor": episode.get("careManager", {}).get("display", ""),
    }


def _dues(work: ReadWork, patient_id: str, one: Standing, plan: Body) -> list[Row]:
    """What is due, each with why: the sentences that the decision gave."""
    reasons = {
        code: activity["detail"].get("description", "")
        for activity in plan.get("activity", ())
        for code in codes_of(activity.get("detail", {}).get("code"))
    }
    return [
        {
            "title": ACTIVITY_TITLES[Activity(due.activity)],
            "on": due.on,
            "overdue": due.on < work.today,
            "href": form_href(patient_id, one.programme, due.activity),
            "why": reasons.get(due.activity, ""),
        }
        for due in one.dues
    ]


_REFERRALS: Final = frozenset({Activity.REFERRAL_OUTCOME, Activity.ARRIVAL_CHECK})


def is_visit(activity: str) -> bool:
    """Whether an activity is done with the programme's own form."""
    return activity not in _REFERRALS and activity != Activity.EXAMINATION


def form_href(patient_id: str, programme: Programme, activity: str) -> str:
    """The form with which something due is done."""
    begin = f"/residents/{patient_id}"
    if activity == Activity.EXAMINATION:
        return f"{begin}/examinations/new"
    if activity in _REFERRALS:
        return f"{begin}/follow-ups/new?programmes={REFERRAL_OUTCOME}&of={programme.name}"
    return f"{begin}/follow-ups/new?programmes={programme.name}"


def missing_rows(work: ReadWork, patient_id: str, rows: Sequence[Row]) -> list[Row]:
    """The programmes that a person's file asks for and that she is in neither now nor applied."""
    held = {row["name"] for row in rows if row["open"] or row["applied"]}
    eligible = find_eligible(work, patient_id) - held
    return [
        {
            "name": one.name,
            "title": one.title,
            "why": one.eligible_text,
            "screens": bool(one.screens),
            "direct": one.enrols_itself,
        }
        for one in PROGRAMMES
        if one.name in eligible and one.screens not in held
    ]


def offered_rows(rows: Sequence[Row], missing: Sequence[Row]) -> list[Row]:
    """The other programmes, which a doctor may choose without a sign in the file."""
    told = {row["name"] for row in missing}
    told |= {row["name"] for row in rows if row["open"] or row["applied"]}
    return [
        {"name": one.name, "title": one.title, "why": one.eligible_text}
        for one in PROGRAMMES
        if one.name not in told and one.regular and not one.screens
    ]
