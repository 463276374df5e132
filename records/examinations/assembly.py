"""A finished examination made of values that somebody else has: a machine, the synthetic city."""

from collections.abc import Mapping
from datetime import date

from kernel.declare.form import Values
from records.examinations.bodies import Entered, Resource, answer_body, answered
from records.examinations.form import examination_form
from records.examinations.person import person_of
from records.examinations.references import evaluation
from records.examinations.rules import completed
from records.extracting import measured_bodies
from records.reading import Body


def examination(
    values: Values, entered: Entered, *, patient: Body, encounter: Mapping[str, str]
) -> list[Resource]:
    """The answer to the examination form, and the Observations that follow from it.

    `values` are those of `records.examinations.form`, `encounter` a Reference to the visit. The
    evaluation is the one that the program proposes. They are as a page or the API would save them.
    """
    form, on = examination_form(), values["exam-date"]
    if not isinstance(on, date):
        raise TypeError("exam-date is the local date of the examination")
    known = completed(values)
    judged = {**known, **evaluation(form, known, person_of(patient, on))}
    body = answer_body(judged, entered, status="completed") | {"encounter": dict(encounter)}
    return [body, *measured_bodies(answered(body)).values()]
