"""The examination form as a Questionnaire that clients can read."""

from kernel.fhir import json
from kernel.fhir.questionnaire import questionnaire
from kernel.fhir.store import get_head, read, save
from kernel.work import Work
from records.examinations.form import examination_form


def publish_form(work: Work) -> None:
    """Keep the Questionnaire of this edition of the form; one that is there stays as it is.

    A job, because the form comes with the program: after an upgrade the next run publishes it.
    """
    body = questionnaire(examination_form())
    spec = work.registry.specs["Questionnaire"]
    head = get_head(work, spec, body["id"])
    if head is None or head.deleted:
        save(work, body, id=body["id"])
        return
    stored = json.loads(read(work, spec, body["id"]).body)
    if {k: v for k, v in stored.items() if k != "meta"} != body:
        save(work, body, id=body["id"])
