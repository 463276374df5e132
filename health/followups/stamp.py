"""What happens to a programme's answer while it is saved: it is checked, judged and stamped.

It runs on the write path (`kernel.declare.module.Stamp`), so a page, the API, a batch and an import
are all judged by the same rules, and nothing half judged is ever stored.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from health.declare import MOST_EARLIER, Case, Earlier
from health.enrolment.kinds import programme_in
from health.fields import VISIT_DATE
from health.followups.answers import (
    FINISHED,
    Asked,
    asked_in,
    day_in,
    patient_in,
    subject_programme,
    unknown_edition,
    values_in,
    with_edition,
)
from health.followups.deciding import override_faults, propose
from health.followups.decision import (
    DECISION,
    Decided,
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
from kernel.work import ReadWork, Work
from records.api import day_of, days_of, id_of

Body = Mapping[str, Any]
_SAID: Final = ("questionnaire", "status", "item")
_FUTURE: Final = _("随访日期不能晚于今天（%(today)s）")
_UNBORN: Final = _("随访日期不能早于出生日期（%(born)s）")
_NOT_ENROLLED: Final = _("这一天居民不在“%(title)s”管理中，请先建立专项管理或核对随访日期")
_TWICE: Final = _("这一天已有一份%(title)s记录，请更正那一份，或核对随访日期")
_NO_DAY: Final = _("请填写随访日期。")
_EDITION: Final = _("没有这一版表单（%(version)s），可用的版本：%(known)s")
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
    told, values = checked(work, asked, body, batch)
    if told:
        raise Refused(422, [Issue("business-rule", text, _place(n)) for n, text in told.items()])
    if asked.card:
        return without_decision(body)
    case = case_of(work, asked, body, values, batch)
    return with_decision(body, written(propose(asked.programme, values, case).decided))


def _other(before: Body | None, body: Body) -> Body:
    """An answer to none of our forms; one that names an edition that never was is refused."""
    known = unknown_edition(body)
    if not known or (before or {}).get("questionnaire") == body.get("questionnaire"):
        return body
    version = body["questionnaire"].partition("|")[2]
    text = Message(_EDITION, version=version, known=joined(known))
    raise Refused(422, [Issue("business-rule", text, "QuestionnaireResponse.questionnaire")])


def _kept(before: Body | None, body: Body) -> Body:
    """The body with the decision of the version before, if there was one."""
    old = [one for one in (before or {}).get("extension", ()) if one.get("url") == DECISION]
    return with_decision(body, old[0]) if old else without_decision(body)


def _place(name: str) -> str:
    return f"QuestionnaireResponse.item.where(linkId='{name}')"


def checked(
    work: ReadWork, asked: Asked, body: Body, batch: Sequence[Body]
) -> tuple[dict[str, str], Values]:
    """The faults of an answer by linkId, and its values with what follows from them."""
    answer = read_response(asked.form, body)
    told = dict(answer.errors)
    values = values_in(asked, body)
    told |= {key: text for key, text in _computed(body, values).items() if key not in told}
    if told or asked.card:
        return told, values
    if VISIT_DATE not in values:
        return {VISIT_DATE: _NO_DAY}, values
    case = case_of(work, asked, body, values, batch)
    told = _day_faults(work, case) or _enrolment_faults(work, asked, body, values, batch)
    rules = override_faults(asked.programme, values, case)
    return {**rules, **asked.programme.complain(values, case), **told}, values


def _computed(body: Body, values: Values) -> dict[str, str]:
    """A body mass index that was sent has to be the one that follows from weight and height."""
    items = [item for section in body.get("item", ()) for item in section.get("item", ())]
    sent = [a.get("valueDecimal") for i in items if i.get("linkId") == "bmi" for a in i["answer"]]
    if all(value == values.get("bmi") for value in sent):
        return {}
    return {"bmi": Message(_INDEX, index=values.get("bmi", _("空")))}


def _day_faults(work: ReadWork, case: Case) -> dict[str, str]:
    """A visit is neither to come nor before somebody was born."""
    if case.on > work.today:
        return {VISIT_DATE: Message(_FUTURE, today=work.today.isoformat())}
    if case.born is not None and case.on < case.born:
        return {VISIT_DATE: Message(_UNBORN, born=case.born.isoformat())}
    return {}


def _enrolment_faults(
    work: ReadWork, asked: Asked, body: Body, values: Values, batch: Sequence[Body]
) -> dict[str, str]:
    """Who is followed up is in the programme on that day, and has one record of it."""
    programme, on = asked.programme, day_in(body, values) or work.today
    name, patient = subject_programme(programme, values), patient_in(body)
    if _begin(work, patient, name, on, batch) is None and not programme.enrols_itself:
        title = programme.title if programme.regular else programme_of(name).title
        return {VISIT_DATE: Message(_NOT_ENROLLED, title=title)}
    same = find_same_day(
        work, patient, name, on=on, id=str(body.get("id", "")), regular=programme.regular
    )
    return {VISIT_DATE: Message(_TWICE, title=programme.short)} if same is not None else {}


def _begin(
    work: ReadWork, patient_id: str, programme: str, on: date, batch: Sequence[Body]
) -> date | None:
    """Since when a person is in a programme on a day, as stored or as saved with it; or None."""
    stored = find_enrolment(work, patient_id, programme, on)
    if stored is not None:
        return stored.from_on
    for body in batch:
        if programme_in(body) == programme and id_of(body.get("patient"), "Patient") == patient_id:
            days = days_of(body)
            if days and days[0] <= on.isoformat():
                return date.fromisoformat(days[0])
    return None


def case_of(
    work: ReadWork, asked: Asked, body: Body, values: Values, batch: Sequence[Body] = ()
) -> Case:
    """Whom an answer is about, and what was found before it in the same enrolment."""
    programme = asked.programme
    on = day_in(body, values) or work.today
    patient = patient_in(body)
    about = _person(work, patient, batch)
    name, id_ = subject_programme(programme, values), str(body.get("id", ""))
    since = _begin(work, patient, name, on, batch) or on
    if not programme.regular:
        contacts = contacts_before(work, patient, name, since=since, on=on, id=id_)
        return Case(on, about.born, about.sex, contacts)
    stored = earlier(work, patient, programme, since=since, on=on, id=id_)
    others = [one for one in batch if one.get("id") != id_ and patient_in(one) == patient]
    beside = _beside(work, asked, others, (since, on))
    known = dict(stored) | beside
    found = sorted(known.values(), key=lambda one: one.on, reverse=True)
    return Case(on, about.born, about.sex, tuple(found[:MOST_EARLIER]))


def _person(work: ReadWork, patient_id: str, batch: Sequence[Body]) -> About:
    for body in batch:
        if body.get("resourceType") == "Patient" and body.get("id") == patient_id:
            return About(day_of(body.get("birthDate")), body.get("gender", ""))
    return person(work, patient_id)


def _beside(
    work: ReadWork, asked: Asked, others: Sequence[Body], days: tuple[date, date]
) -> dict[str, Earlier]:
    """The earlier follow-ups that are saved together with one, by their ids."""
    found: dict[str, Earlier] = {}
    for other in others:
        if asked_in(other) is not asked or other.get("status") not in FINISHED:
            continue
        values = values_in(asked, other)
        on = day_in(other, values)
        if on is not None and days[0] <= on < days[1]:
            decided = read_decision(other) or _judged(work, asked, other, others)
            found[str(other.get("id"))] = Earlier(
                on, decided.outcome, decided.action, decided.uncontrolled, decided.adverse, values
            )
    return found


def _judged(work: ReadWork, asked: Asked, body: Body, batch: Sequence[Body]) -> Decided:
    """What will be decided about an answer further on in the same save."""
    values = values_in(asked, body)
    return propose(asked.programme, values, case_of(work, asked, body, values, batch)).decided


STAMPS: Final = (Stamp("QuestionnaireResponse", stamped),)
