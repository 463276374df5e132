"""An examination that comes over the API obeys the same rules and gives the same Observations."""

from typing import Any, Final

from kernel.errors import Issue, Refused
from kernel.fhir import json
from kernel.fhir.questionnaire import read_response
from kernel.fhir.store import ResourceSaved, read_version, save_all
from kernel.messages import Message, _
from kernel.work import ReadWork, Work
from records.examinations import rules
from records.examinations.bodies import (
    answered,
    day_in,
    is_examination,
    patient_of,
)
from records.examinations.form import examination_form
from records.examinations.person import person_of
from records.extracting import FINISHED, extraction
from records.reading import Body
from records.residents.queries import load_all

_SAID: Final = ("questionnaire", "status", "item")
_ASKED: Final = frozenset({"in-progress", *FINISHED})


def keep_examination(work: Work, event: ResourceSaved) -> None:
    """Check an answer to the examination form and write what follows from it.

    Raises Refused (422) with all faults at once, each naming its item.
    """
    body = event.body
    if not is_examination(body):
        return
    if body.get("status") in _ASKED and _says_something_new(work, event):
        issues = faults(work, body)
        if issues:
            raise Refused(422, issues)
    drafts = extraction(work, answered(body))
    if drafts:
        save_all(work, drafts)


def _says_something_new(work: ReadWork, event: ResourceSaved) -> bool:
    """Whether more changed than whose record it lies in, as when two files are merged."""
    before, saved = event.before, event.saved
    if before is None or before.deleted:
        return True
    spec = work.registry.specs[saved.type]
    earlier = json.loads(read_version(work, spec, saved.id, before.version).body)
    return any(earlier.get(name) != event.body.get(name) for name in _SAID)


def faults(work: ReadWork, body: Body) -> list[Issue]:
    """What is wrong with an answer, in Chinese."""
    answer = read_response(examination_form(), body)
    told = dict(answer.errors)
    patient = load_all(work, "Patient", [patient_of(body)]).get(patient_of(body), {})
    on = day_in(body)
    if on is not None and not told:
        values = rules.completed(answer.values)
        told = rules.contradictions(values, person_of(patient, on), work.today)
        told |= _index(body, values)
        if body.get("status") in FINISHED:
            told = rules.missing(values) | told
    return [
        Issue("business-rule", Message("%(name)s: %(text)s", name=name, text=text), _place(name))
        for name, text in told.items()
    ]


def _index(body: Body, values: dict[str, Any]) -> dict[str, str]:
    """A body mass index that was sent has to be the one that follows from weight and height."""
    items = [item for section in body.get("item", ()) for item in section.get("item", ())]
    sent = [a.get("valueDecimal") for i in items if i.get("linkId") == "bmi" for a in i["answer"]]
    if all(value == values.get("bmi") for value in sent):
        return {}
    follows = _("体质指数由身高和体重算得，应为 %(index)s")
    return {"bmi": Message(follows, index=values.get("bmi", _("空")))}


def _place(name: str) -> str:
    return f"QuestionnaireResponse.item.where(linkId='{name}')"
