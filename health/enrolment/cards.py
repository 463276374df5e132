"""The card of an enrolment (管理卡, 建床申请): a QuestionnaireResponse with the episode's id.

`<episode id>-card`. It is saved with the step that asks for it, in the same transaction, and is
checked on the write path like every answer to a form of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from health.declare import Programme
from health.followups.answers import asked_in, values_in
from kernel.declare.form import Form, Values
from kernel.fhir.questionnaire import Answered, response
from kernel.fhir.store import Draft
from kernel.work import ReadWork
from records.api import derived_id, doctor_of, load_all

CARD: Final = "card"


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it is stored."""

    form: Form
    values: dict[str, Any]
    body: Mapping[str, Any]

    @property
    def version(self) -> int:
        """The version of the QuestionnaireResponse."""
        return int(self.body.get("meta", {}).get("versionId", 0))


def card_id(episode_id: str) -> str:
    """The id of the card of an enrolment."""
    return derived_id(episode_id, CARD)


def find_card(work: ReadWork, episode_id: str) -> Card | None:
    """The card of an enrolment, or None where there is none."""
    id_ = card_id(episode_id)
    body = load_all(work, "QuestionnaireResponse", [id_]).get(id_)
    asked = asked_in(body) if body is not None else None
    if body is None or asked is None or not asked.card:
        return None
    return Card(asked.form, values_in(asked, body), body)


@dataclass(frozen=True, slots=True)
class CardOf:
    """Whose card it is: the programme, the person, the enrolment."""

    programme: Programme
    patient_id: str
    episode_id: str


def card_drafts(
    work: ReadWork, whose: CardOf, values: Values, *, on: date, before: Card | None = None
) -> tuple[Draft, ...]:
    """What is saved of a card: one draft; none where there is no card, or nothing stands on it.

    `before` is the card that it changes, whose author and day stay.
    """
    if whose.programme.card is None or (before is None and not values):
        return ()
    author = before.body["author"] if before else doctor_of(work)
    authored = before.body["authored"] if before else on.isoformat()
    about = Answered(
        whose.patient_id, authored, author, status="amended" if before else "completed"
    )
    body = response(whose.programme.card(), values, about)
    return (Draft(body, card_id(whose.episode_id), expect=before.version if before else None),)
