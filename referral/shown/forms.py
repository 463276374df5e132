"""A move as a form of the page: its fields with labels, choices and hints. Plain data."""

from typing import Any, Final

from kernel.messages import _
from kernel.web.visit import Visit
from referral.shown.choosing import Asked, named
from referral.shown.offers import (
    DAY,
    DEPARTMENT,
    INDICATED,
    PERSON,
    REASON,
    RECEIVER,
    SLOT,
    TEXT,
    TIME,
    UNTIL,
    Offer,
)
from referral.shown.typed import FIELD_TITLES, MOST_TEXT, reasons_of, wordy_reasons
from referral.states import EVENT_TITLES, Event

Row = dict[str, Any]
_KINDS: Final = {
    REASON: "radios", TEXT: "textarea", DEPARTMENT: "select", SLOT: "select", DAY: "date",
    TIME: "time", PERSON: "select", RECEIVER: "select", UNTIL: "date", INDICATED: "radios",
}  # fmt: skip
_HINTS: Final = {
    Event.REQUEST_INFO: _("写明需要社区补充什么，对方会在待办中看到。"),
    Event.RETURN: _("写明需要修改什么。"),
    Event.REDIRECT: _("写明改派的原因；新的接收方从现在起计算答复时限。"),
    Event.TRANSFER: _("写明转院的原因；新的接收医院会看到这份转诊。"),
    Event.EMERGENCY_OVERRIDE: _("患者已到急诊、还没有办理接收时使用；转诊单在 24 小时内补交。"),
    Event.NO_SHOW: _("登记后由社区联系患者，可以改约。"),
    Event.CLOSE_WITHOUT_LETTER: _("医院没有回单，结果由社区联系患者得知；计入医院的回单率。"),
    Event.APPROVE: _("审核通过后立即发送给接收医院。"),
}
_ENDS: Final = frozenset({Event.REJECT, Event.CANCEL, Event.DECLINE_BACK})
_LABELS: Final = {Event.ACCEPT: _("接收并预约"), Event.CLAIM: _("由我负责")}
_NO_SLOT: Final = _("不用号源")
_YES_NO: Final = (("yes", _("符合")), ("no", _("不符合")))


def form_of(visit: Visit, offer: Offer, asked: Asked, *, opened: bool) -> Row:
    """A move's form: where it is sent, what its button says, its fields in their order."""
    event = offer.event
    return {
        "event": event.value,
        "title": _LABELS.get(event, EVENT_TITLES[event]),
        "hint": _HINTS.get(event, ""),
        "opened": opened,
        "danger": event in _ENDS,
        "fields": [_field(visit, offer, asked, name) for name in offer.fields],
    }


def _field(visit: Visit, offer: Offer, asked: Asked, field: str) -> Row:
    return {
        "name": named(offer.event, field),
        "kind": _KINDS[field],
        "label": FIELD_TITLES[field],
        "needed": field in offer.needed,
        "choices": _choices(visit, offer, asked, field),
        "empty": _NO_SLOT if field == SLOT else "",
        "hint": _hint(visit, offer, field),
        "most": MOST_TEXT,
    }


def _choices(visit: Visit, offer: Offer, asked: Asked, field: str) -> list[tuple[str, str]]:
    said = visit.translate
    if field == REASON:
        return [(code, said(title)) for code, title in reasons_of(offer.event).items()]
    if field == INDICATED:
        return [(code, said(title)) for code, title in _YES_NO]
    return list(asked.choices(offer.event, field))


def _hint(visit: Visit, offer: Offer, field: str) -> str:
    if field == TEXT and REASON in offer.fields:
        titles, wordy = reasons_of(offer.event), wordy_reasons(offer.event)
        named_ = [visit.translate(titles[code]) for code in titles if code in wordy]
        return visit.translate(_("选“%(reasons)s”时必填。")) % {"reasons": "、".join(named_)}
    if field == SLOT and not offer.needed and offer.event is Event.ACCEPT:
        return visit.translate(_("不选号源也不填时间，则只接收，稍后再预约。"))
    return ""
