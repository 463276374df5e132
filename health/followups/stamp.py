"""What happens to a programme's answer while it is saved: it is checked, judged and stamped.

It runs on the write path (`kernel.declare.module.Stamp`), so a page, the API, a batch and an import
are all judged by the same rules, and nothing half judged is ever stored.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from health.declare import MOST_EARLIER, Case, Earlier, Programme
from health.enrolment.cards import find_card
from health.enrolment.kinds import programme_in
from health.fields import ACTION_REASON, VISIT_DATE
from health.followups.answers import (
    FINISHED,
    Asked,
    asked_in,
    completed,
    day_in,
    patient_in,
    subject_programme,
    unknown_edition,
    values_in,
    with_edition,
)
from health.followups.deciding import Proposal, downgraded, override_faults, propose
from health.followups.decision import (
    DECISION,
    read_decision,
    with_decision,
    without_decision,
    written,
)
from health.followups.facts import (
    About,
    contacts_before,
    earlier,
    find_enrolment,
    find_same_day,
    person,
)
from health.programmes import programme_of
from kernel.declare.form import Values
from kernel.declare.module import Stamp
from kernel.errors import Issue, Refused
from kernel.fhir.questionnaire import read_response
from kernel.messages import Message, _, joined
from kernel.values.dated import ALWAYS
from kernel.work import ReadWork, Work
from records.api import day_of, days_of, id_of

Body = Mapping[str, Any]
_SAID: Final = ("questionnaire", "status", "item")
_FUTURE: Final = _("随访日期不能晚于今天（%(today)s）")
_ANCIENT: Final = _("随访日期不能早于 %(day)s")
_UNBORN: Final = _("随访日期不能早于出生日期（%(born)s）")
_NOT_ENROLLED: Final = _("这一天居民不在“%(title)s”管理中，请先建立专项管理或核对随访日期")
_TWICE: Final = _("这一天已有一份%(title)s记录，请更正那一份，或核对随访日期")
_NO_DAY: Final = _("请填写随访日期。")
_EDITION: Final = _("没有这一版表单（%(version)s），可用的版本：%(known)s")
_NOBODY: Final = _("请写明是哪位居民（subject 应为 Patient 的引用）")
_INDEX: Final = _("体质指数由身高和体重算得，应为 %(index)s")


def stamped(work: Work, before: Body | None, body: Body, batch: Sequence[Body]) -> Body:
    """The answer with its decision. Raises Refused (422) with all faults, each by its linkId.

    A draft is not judged; one that was taken back, or says what it said before, keeps what was
    decided then.
    """
    asked = asked_in(body)
    if asked is None:
        return _other(before, body)
    body = with_edition(body)
    if body.get("status") not in FINISHED:
        return _kept(before, body)
    if before is not None and all(before.get(name) == body.get(name) for name in _SAID):
        return _kept(before, body)
    if not patient_in(body):
        raise Refused(422, [Issue("required", _NOBODY, "QuestionnaireResponse.subject")])
    found = judge(work, asked, body, batch)
    refuse(found.faults)
    if found.proposal is None:
        return without_decision(body)
    return with_decision(body, written(found.proposal.decided))


def _other(before: Body | None, body: Body) -> Body:
    """An answer to none of our forms, or as it lay there before."""
    if (before or {}).get("questionnaire") != body.get("questionnaire"):
        refuse_edition(body)
    return body


def refuse_edition(body: Body) -> None:
    """Refuse (422) an answer that names an edition of our form that never was."""
    known = unknown_edition(body)
    if not known:
        return
    version = body["questionnaire"].partition("|")[2]
    text = Message(_EDITION, version=version, known=joined(known))
    raise Refused(422, [Issue("business-rule", text, "QuestionnaireResponse.questionnaire")])


def _kept(before: Body | None, body: Body) -> Body:
    """The body with the decision of the version before, if there was one."""
    old = [one for one in (before or {}).get("extension", ()) if one.get("url") == DECISION]
    return with_decision(body, old[0]) if old else without_decision(body)


def refuse(faults: Mapping[str, str]) -> None:
    """Refuse (422) an answer with all its faults, each by its linkId; nothing where it has none."""
    if faults:
        told = faults.items()
        raise Refused(422, [Issue("business-rule", text, _place(name)) for name, text in told])


def _place(name: str) -> str:
    return f"QuestionnaireResponse.item.where(linkId='{name}')"


class Judgement(NamedTuple):
    """The faults of an answer by linkId, its values with what follows from them, and what is
    decided about it: nothing about a card, or where the form itself is not understood."""

    faults: Mapping[str, str]
    values: Values
    case: Case | None = None
    proposal: Proposal | None = None


def judge(work: ReadWork, asked: Asked, body: Body, batch: Sequence[Body] = ()) -> Judgement:
    """Check and judge an answer; `batch` is what is saved together with it."""
    answer = read_response(asked.form, body)
    told = dict(answer.errors)
    values = values_in(asked, body) if told or asked.card else completed(asked, answer.values)
    told |= {key: text for key, text in _computed(body, values).items() if key not in told}
    if told or asked.card:
        return Judgement(told, values)
    if VISIT_DATE not in values:
        return Judgement({VISIT_DATE: _NO_DAY}, values)
    known = _known(work, asked, body, values, batch)
    case, programme = known.case, asked.programme
    told = _day_faults(work, case)
    if told:  # nothing follows from a day that cannot be
        return Judgement({**programme.complain(values, case), **told}, values, case)
    proposal = propose(programme, values, case)
    told = _enrolment_faults(work, asked, body, values, known)
    rules = override_faults(programme, values, case, proposal)
    return Judgement({**rules, **programme.complain(values, case), **told}, values, case, proposal)


def _computed(body: Body, values: Values) -> dict[str, str]:
    """A body mass index that was sent has to be the one that follows from weight and height."""
    items = [item for section in body.get("item", ()) for item in section.get("item", ())]
    found = (item.get("answer", ()) for item in items if item.get("linkId") == "bmi")
    sent = [one.get("valueDecimal", one) for answers in found for one in answers]
    if all(value == values.get("bmi") for value in sent):
        return {}
    return {"bmi": Message(_INDEX, index=values.get("bmi", _("空")))}


def _day_faults(work: ReadWork, case: Case) -> dict[str, str]:
    """A visit is neither to come nor before somebody was born."""
    if case.on > work.today:
        return {VISIT_DATE: Message(_FUTURE, today=work.today.isoformat())}
    if case.on < ALWAYS:
        return {VISIT_DATE: Message(_ANCIENT, day=ALWAYS.isoformat())}
    if case.born is not None and case.on < case.born:
        return {VISIT_DATE: Message(_UNBORN, born=case.born.isoformat())}
    return {}


def _enrolment_faults(
    work: ReadWork, asked: Asked, body: Body, values: Values, known: "_Known"
) -> dict[str, str]:
    """Who is followed up is in the programme on that day, and has one record of it."""
    programme = asked.programme
    name = subject_programme(programme, values)
    if known.since is None and not programme.enrols_itself:
        title = programme.title if programme.regular else programme_of(name).title
        return {VISIT_DATE: Message(_NOT_ENROLLED, title=title)}
    same = find_same_day(
        work, patient_in(body), name, on=known.case.on, id=str(body.get("id", "")),
        regular=programme.regular,
    )  # fmt: skip
    return {VISIT_DATE: Message(_TWICE, title=programme.short)} if same is not None else {}


class _Known(NamedTuple):
    """The case of an answer, and since when the person is in the programme on its day, if so."""

    case: Case
    since: date | None


def case_of(
    work: ReadWork, asked: Asked, body: Body, values: Values, batch: Sequence[Body] = ()
) -> Case:
    """Whom an answer is about, and what was found before it in the same enrolment."""
    return _known(work, asked, body, values, batch).case


def _known(
    work: ReadWork, asked: Asked, body: Body, values: Values, batch: Sequence[Body]
) -> _Known:
    programme = asked.programme
    on = day_in(body, values) or work.today
    patient = patient_in(body)
    theirs = [one for one in batch if _about(one, patient)]
    about = _person(work, patient, theirs)
    name, id_ = subject_programme(programme, values), str(body.get("id", ""))
    begin = _begin(work, patient, name, on, theirs)
    begun = begin.since if begin else None
    since = begun or on
    if not programme.regular:
        contacts = contacts_before(work, patient, name, since=since, on=on, id=id_)
        return _Known(Case(on, about.born, about.sex, contacts), begun)
    stored = earlier(work, patient, programme, since=since, on=on, id=id_)
    others = [one for one in theirs if one.get("id") != id_]
    beside = _beside(work, asked, others, (since, on))
    found = sorted((dict(stored) | beside).values(), key=lambda one: one.on, reverse=True)
    card = _card(work, programme, begin, theirs) if begin and programme.card else {}
    case = Case(on, about.born, about.sex, tuple(found[:MOST_EARLIER]), card)
    return _Known(case, begun)


_SUBJECTS: Final = {"QuestionnaireResponse": "subject", "EpisodeOfCare": "patient"}


def _about(body: Body, patient_id: str) -> bool:
    """Whether it is a person's answer or enrolment, or the Patient."""
    type_ = body.get("resourceType", "")
    if type_ in _SUBJECTS:
        return id_of(body.get(_SUBJECTS[type_]), "Patient") == patient_id
    return bool(type_ == "Patient" and body.get("id") == patient_id)


class _Begun(NamedTuple):
    """An enrolment: the id of the EpisodeOfCare, and its first day."""

    episode_id: str
    since: date


def _begin(
    work: ReadWork, patient_id: str, programme: str, on: date, theirs: Sequence[Body]
) -> _Begun | None:
    """The enrolment in a programme on a day, as stored or as saved with the answer; or None."""
    stored = find_enrolment(work, patient_id, programme, on)
    if stored is not None:
        return _Begun(stored.episode_id, stored.from_on)
    for body in theirs:
        days = days_of(body) if programme_in(body) == programme else None
        if days and days[0] <= on.isoformat():
            return _Begun(str(body["id"]), date.fromisoformat(days[0]))
    return None


def _card(
    work: ReadWork, programme: Programme, begun: _Begun, theirs: Sequence[Body]
) -> dict[str, Any]:
    """What stands on the card of an enrolment, as saved with the answer or as stored."""
    for body in theirs:
        asked = asked_in(body)
        if asked is not None and asked.card and asked.programme is programme:
            return values_in(asked, body)
    stored = find_card(work, begun.episode_id)
    return stored.values if stored else {}


def _person(work: ReadWork, patient_id: str, theirs: Sequence[Body]) -> About:
    for body in theirs:
        if body.get("resourceType") == "Patient":
            return About(day_of(body.get("birthDate")), body.get("gender", ""))
    return person(work, patient_id)


def _beside(
    work: ReadWork, asked: Asked, others: Sequence[Body], days: tuple[date, date]
) -> dict[str, Earlier]:
    """The latest of the earlier follow-ups that are saved together with one, by their ids."""
    dated = [
        (on, one)
        for one in others
        if asked_in(one) is asked and one.get("status") in FINISHED
        if (on := _day(asked, one)) is not None and days[0] <= on < days[1]
    ]
    dated.sort(key=lambda found: found[0], reverse=True)
    return {
        str(one.get("id")): _earlier(work, asked, one, on, others)
        for on, one in dated[:MOST_EARLIER]
    }


def _day(asked: Asked, body: Body) -> date | None:
    """The day of an answer, which stands in its first section, or when it was authored."""
    items = [item for section in body.get("item", ())[:1] for item in section.get("item", ())]
    told = next((one for one in items if one.get("linkId") == VISIT_DATE), None)
    day = day_of(told["answer"][0].get("valueDate")) if told and told.get("answer") else None
    return day or day_in(body, values_in(asked, body))


def _earlier(work: ReadWork, asked: Asked, body: Body, on: date, others: Sequence[Body]) -> Earlier:
    values = values_in(asked, body)
    decided = read_decision(body)
    if decided is None:
        # It comes further on in the same save and will be decided like this.
        case = case_of(work, asked, body, values, others)
        decided = propose(asked.programme, values, case).decided
    return Earlier(
        on, decided.outcome, decided.action, decided.uncontrolled, decided.adverse, values
    )


def audited(body: Body) -> Mapping[str, Any] | None:
    """What the audit tells of an answer that made a referral or an emergency milder (§1.3)."""
    decided, asked = read_decision(body), asked_in(body)
    if decided is None or asked is None or body.get("status") not in FINISHED:
        return None
    if not downgraded(decided.proposed_action, decided.action):
        return None
    return {
        "downgraded": {
            "programme": decided.programme,
            "proposed": decided.proposed_action.value,
            "chosen": decided.action.value,
            "reason": str(values_in(asked, body).get(ACTION_REASON, "")),
        }
    }


STAMPS: Final = (Stamp("QuestionnaireResponse", stamped, audited),)
