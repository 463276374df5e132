"""A hospital offers somebody back whom it may not see: looked for, counted, offered.

The hospital learns which institution manages the person and nothing else; what it offers is written
with the system's reach, because it could not write about somebody whom it does not see.
"""

from dataclasses import dataclass
from typing import Any, Final

from kernel.errors import Issue, Refused
from kernel.fhir.store import Draft, save_all
from kernel.ids import uuid7
from kernel.messages import Message, _
from kernel.serials import next_number
from kernel.work import Work
from records.api import Announced, Kept, announce, author_of, derived_id, find_kept
from referral.codes import (
    CATEGORY,
    DIRECTION,
    DOWN,
    FIRST_CONTACT,
    INDICATIONS,
    REFERRAL,
)
from referral.indications.queries import known_indications
from referral.letters.bodies import Written, letter_drafts
from referral.letters.letter import Letter
from referral.moving.following import new_offer
from referral.moving.services import task_id
from referral.parameters import LOOKUPS_A_DAY
from referral.request import request_of
from referral.requests.bodies import consent_body, consent_id
from referral.requests.slip import SELF, Consented

Resource = dict[str, Any]
_TOO_OFTEN: Final = _(
    "今天查询管理机构的次数已达上限（每人 %(own)s 次、全院 %(all)s 次），请明天再试。"
)


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom a hospital asks about: the whole identity number in its normal form, and the name."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer: of whom, with which letter, and how the person came to the hospital.

    `consented` is how the patient agreed to go back: 1 signed, 2 said before a witness, 3 by
    telephone. `kept` is what `look_up` found; without it `announced` opens a draft file.
    """

    sought: Sought
    letter: Letter
    first_contact: str
    consented: str
    kept: Kept | None = None
    announced: Announced | None = None


def look_up(work: Work, sought: Sought) -> Kept | None:
    """Which institution manages a person; every question counts, an unanswered one too.

    Keep the transaction whatever the answer is. Raises Refused (429) where the account or the
    hospital has asked too often today.
    """
    own, all_ = LOOKUPS_A_DAY.on(work.today)
    day = f"{work.today:%Y%m%d}"
    mine = next_number(work, f"referral-lookup-{work.actor.user_id}-{day}")
    ours = next_number(work, f"referral-lookups-{work.actor.organisation_id[:40]}-{day}")
    if mine > own or ours > all_:
        raise Refused(429, [Issue("throttled", Message(_TOO_OFTEN, own=own, all=all_))])
    return find_kept(work, number=sought.number, name=sought.name)


def offer_back(work: Work, offer: Offer, *, id: str) -> str:
    """Offer somebody to the community that manages him, as ServiceRequest `id`; returns the id.

    The referral begins as back-offered. Raises Refused (422).
    """
    kept = offer.kept
    if kept is None:
        if offer.announced is None:
            raise AssertionError("an offer is about somebody with a file, or announces him")
        kept = announce(work, offer.announced, id=uuid7(work.now))
    patient = {"reference": f"Patient/{kept.patient_id}", "display": offer.sought.name}
    author, letter_id = author_of(work), derived_id(id, "letter")
    by = Written(letter_id, id, patient, author.doctor, author.station, author.at)
    request = _request(work, offer, by)
    task = new_offer(request_of(request), request)
    agreed = consent_body(
        id,
        kept.patient_id,
        Consented(SELF, offer.consented, work.today),
        organisation_id=work.actor.organisation_id,
    )
    drafts = [
        *letter_drafts(offer.letter, by),
        Draft(agreed, agreed["id"], fresh=True),
        Draft(request, id, fresh=True),
    ]
    save_all(work.elevated(), [*drafts, Draft(task, task_id(id), fresh=True)])
    return id


def _request(work: Work, offer: Offer, by: Written) -> Resource:
    letter = offer.letter
    title = known_indications(work)[letter.indication]
    coding = {"system": INDICATIONS, "code": letter.indication, "display": title}
    words = {"text": letter.words} if letter.words else {}
    reason = {"coding": [coding], **words}
    body: Resource = {
        "resourceType": "ServiceRequest",
        "id": by.request_id,
        "status": "active",
        "intent": "order",
        "category": [{"coding": [{"system": CATEGORY, "code": REFERRAL, "display": "双向转诊"}]}],
        "priority": "routine",
        "subject": dict(by.patient),
        "authoredOn": by.at,
        "performer": [{"reference": f"Organization/{work.actor.organisation_id}"}],
        "reasonCode": [reason],
        "supportingInfo": [
            {"reference": f"Composition/{by.id}"},
            {"reference": f"Consent/{consent_id(by.request_id)}"},
        ],
        "extension": [
            {"url": DIRECTION, "valueCode": DOWN},
            {"url": FIRST_CONTACT, "valueCode": offer.first_contact},
        ],
    }
    if by.doctor.get("reference"):
        body["requester"] = dict(by.doctor)
    return body
