"""The examination form as a Questionnaire that clients can read."""

from kernel.fhir.publishing import publish
from kernel.fhir.questionnaire import questionnaire
from kernel.work import Work
from records.examinations.form import examination_form


def publish_form(work: Work) -> None:
    """Keep the Questionnaire of this edition of the form."""
    publish(work, questionnaire(examination_form()))
