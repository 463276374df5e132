"""What the pages read of examinations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kernel.canonical import LOINC
from kernel.errors import not_found
from kernel.fhir import json
from kernel.fhir.store import read, read_version
from kernel.work import ReadWork
from records.examinations.bodies import addresses, day_in, is_examination, values_in
from records.reading import Body, codes_of, id_of
from records.residents.queries import find_all

_MOST: Final = "100"


@dataclass(frozen=True, slots=True)
class Examination:
    """An answer to the form with its values and its version."""

    body: Body
    values: dict[str, Any]
    version: int

    @property
    def id(self) -> str:
        """The id of the QuestionnaireResponse."""
        return str(self.body["id"])

    @property
    def on(self) -> date | None:
        """The day of the examination."""
        return day_in(self.body)

    @property
    def status(self) -> str:
        """The status of the QuestionnaireResponse."""
        return str(self.body["status"])


def examination_of(body: Body) -> Examination:
    """A QuestionnaireResponse as an examination."""
    return Examination(body, values_in(body), int(body.get("meta", {}).get("versionId", 0)))


def get_examination(work: ReadWork, id_: str, *, version: int | None = None) -> Examination:
    """An examination as it is now, or as it was. Raises Refused (403, 404, 410)."""
    spec = work.registry.specs["QuestionnaireResponse"]
    found = read(work, spec, id_) if version is None else read_version(work, spec, id_, version)
    body = json.loads(found.body)
    if not is_examination(body):
        raise not_found(f"QuestionnaireResponse/{id_}")
    return examination_of(body)


def list_versions(work: ReadWork, one: Examination) -> list[Examination]:
    """All versions of an examination, the newest first."""
    earlier = (get_examination(work, one.id, version=n) for n in range(one.version - 1, 0, -1))
    return [one, *earlier]


def list_examinations(work: ReadWork, patient_id: str) -> list[Examination]:
    """A person's examinations, the newest first; those that were taken back are the last."""
    found = find_all(
        work, "QuestionnaireResponse", ("patient", patient_id),
        ("questionnaire", ",".join(addresses())), ("_sort", "-authored"), ("_count", _MOST),
    )  # fmt: skip
    every = [examination_of(body) for body in found if is_examination(body)]
    return sorted(every, key=lambda one: (one.status != _WRONG, one.on or date.min), reverse=True)


_WRONG: Final = "entered-in-error"


def find_examinations(work: ReadWork, encounter_ids: Sequence[str]) -> dict[str, Examination]:
    """The examinations that Encounters belong to, by the Encounter's id, in one search."""
    if not encounter_ids:
        return {}
    visits = ",".join(f"Encounter/{id_}" for id_ in encounter_ids)
    found = find_all(
        work, "QuestionnaireResponse", ("encounter", visits),
        ("questionnaire", ",".join(addresses())), ("_count", "1000"),
    )  # fmt: skip
    return {id_of(body.get("encounter"), "Encounter"): examination_of(body) for body in found}


def valid(examinations: list[Examination]) -> list[Examination]:
    """Those that are finished and were not taken back."""
    return [one for one in examinations if one.status in ("completed", "amended")]


def day_observations(work: ReadWork, patient_id: str, on: date) -> list[Body]:
    """The valid Observations of a person of a day, the newest first."""
    return find_all(
        work, "Observation", ("patient", patient_id), ("date", on.isoformat()),
        ("status:not", "entered-in-error"), ("_sort", "-date"), ("_count", _MOST),
    )  # fmt: skip


def loinc_of(body: Body) -> list[str]:
    """The LOINC codes of an Observation."""
    return codes_of(body.get("code"), LOINC)
