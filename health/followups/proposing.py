"""What the page says about an answer before it is saved: class, action, next date, and why."""

from typing import Any, Final

from health.declare import Action, Activity, Programme
from health.followups.deciding import ACTION_TITLES, downgraded
from health.followups.decision import Decided
from health.followups.entering import Filled, Judged
from health.followups.joint import Joint
from kernel.declare.form import Form, Values
from kernel.messages import _
from records.api import with_words

Row = dict[str, Any]
BADGES: Final = {
    Action.ROUTINE: "ok",
    Action.ADJUST: "due",
    Action.REFER: "alert",
    Action.EMERGENCY: "overdue",
}
ACTIVITY_TITLES: Final = {
    Activity.FOLLOW_UP: _("下次随访"),
    Activity.RECHECK: _("复查随访"),
    Activity.REFERRAL_OUTCOME: _("随访转诊情况"),
    Activity.ARRIVAL_CHECK: _("确认到院"),
    Activity.EXAMINATION: _("年度健康体检"),
    Activity.RETURN_CONTACT: _("转回后首次随访"),
}


def proposals(joint: Joint, sent: Filled | None) -> list[Row]:
    """What is proposed for each programme of a page; before anything is typed, what is asked."""
    if sent is None:
        return [
            {"programme": one.name, "title": one.short, "ready": False, "wanting": [], "faults": []}
            for one in joint.programmes
        ]
    return [_proposal(joint, one) for one in sent.judged]


def _proposal(joint: Joint, judged: Judged) -> Row:
    programme, proposal = judged.programme, judged.proposal
    head: Row = {"programme": programme.name, "title": programme.short}
    if proposal is None:
        wanting = [joint.form.field(name).title for name in judged.wanting]
        return {**head, "ready": False, "wanting": wanting, "faults": []}
    proposed = proposal.proposed
    form = joint.forms[programme.name]
    shown = decided_row(programme, proposal.decided, form=form)
    return {
        **head,
        **shown,
        "ready": True,
        "reasons": [(one.text, one.clause) for one in proposed.reasons],
        "faults": list((judged.faults or {}).values()),
        "proposed_outcome": proposed.outcome,
        "proposed_action": proposed.action.value,
        "computed": computed(form, judged.entry.values),
    }


def decided_row(programme: Programme, decided: Decided, *, form: Form | None = None) -> Row:
    """A decision in words: what was proposed beside it where the clinician decided otherwise.

    `form` is the edition that was answered, where that is not the present one.
    """
    outcome = programme.outcome(decided.outcome)
    now = programme.form()
    titles = {one.key: one.title for one in (*now.fields, *(form or now).fields)}
    return {
        "outcome": outcome.title,
        "kind": outcome.badge,
        "action": ACTION_TITLES[decided.action],
        "action_kind": BADGES[decided.action],
        "planned": [(ACTIVITY_TITLES[one.activity], one.due_on) for one in decided.planned],
        "due_on": decided.due_on,
        "reasons": decided.reasons,
        "missing": [titles[key] for key in decided.missing if key in titles],
        "other_outcome": programme.outcome(decided.proposed_outcome).title
        if decided.outcome != decided.proposed_outcome
        else "",
        "other_action": ACTION_TITLES[decided.proposed_action]
        if decided.action is not decided.proposed_action
        else "",
        "downgraded": downgraded(decided.proposed_action, decided.action),
    }


def computed(form: Form, values: Values) -> list[tuple[str, str]]:
    """What follows from the values, such as the body mass index: title, and value with unit."""
    fields = [one for one in form.fields if one.computed and one.key in values]
    return [(one.title, with_words(one, values)) for one in fields]
