"""Publishing the checklists, and the bureau's editions of them."""

from dataclasses import replace
from typing import Final

from kernel.declare.module import Job
from kernel.errors import not_found, precondition_failed, unprocessable
from kernel.fhir.store import Draft, save_all
from kernel.fhir.store.heads import find_head
from kernel.messages import Message, _
from kernel.work import Work
from records.api import catalogue
from referral.indications.checklists import (
    KEYS,
    Checklist,
    Item,
    first_edition,
    questionnaire_id,
    questionnaire_of,
    with_item,
)
from referral.indications.queries import checklist
from referral.indications.words import checklist_title

_STALE: Final = _("这份清单刚才被别人修订过，请重新打开再改")
_WORDS: Final = _("请填写指征")
_MOST: Final = 200
_LONG: Final = _("指征最多 %(most)s 个字")
_URGENCY: Final = _("请选择建议的紧急程度")
_TWICE: Final = _("清单里已有这一条")


def publish_checklists(work: Work) -> bool:
    """Keep the checklists that come with the program, where nothing is kept yet."""
    for key in KEYS:
        if find_head(work, "Questionnaire", questionnaire_id(*key)) is None:
            _keep(work, first_edition(*key))
    return False


def _keep(work: Work, found: Checklist) -> None:
    title = str(checklist_title(found.disease, found.direction))
    body = questionnaire_of(found, title)
    save_all(work, [Draft(body, body["id"])])


def keep_item(work: Work, key: tuple[str, str], item: Item, *, seen: int) -> Checklist:
    """A new edition of a checklist with this item changed, or added where it has no code yet.

    Raises Refused: 404 (no such list or item), 412 (another edition than `seen` holds), 422.
    """
    if key not in KEYS:
        raise not_found("the checklist")
    found = checklist(work, *key)
    if found.version != seen:
        raise precondition_failed(_STALE)
    if not item.title.strip():
        raise unprocessable(_WORDS, "title")
    if len(item.title.strip()) > _MOST:
        raise unprocessable(Message(_LONG, most=_MOST), "title")
    if item.urgency and item.urgency not in dict(catalogue.choices("referral-urgency")):
        raise unprocessable(_URGENCY, "urgency")
    others = {one.title for one in found.every if one.code != item.code and not one.retired}
    if item.title.strip() in others:
        raise unprocessable(_TWICE, "title")
    if item.code and item.code not in {one.code for one in found.every}:
        raise not_found("the indication")
    edition = with_item(found, replace(item, title=item.title.strip()))
    _keep(work, edition)
    return edition


JOBS: Final = (Job("referral:indications", 60, publish_checklists),)
