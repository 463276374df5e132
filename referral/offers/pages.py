"""发起下转: first who manages the person, then the letter with which he is offered back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from starlette.responses import Response

from kernel.audit.entry import Action, Outcome
from kernel.errors import Refused, bad_request
from kernel.messages import _
from kernel.security.directory import organisation_name
from kernel.values.identity_number import mask_identity_number, parse_identity_number
from kernel.values.invalid import InvalidValue
from kernel.web.acting import Wrong, attempt
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import page, see_other
from kernel.web.submission import is_saved, submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import Announced, Kept, catalogue, list_all_committees
from referral.letters.files import read_files
from referral.letters.form import FORM, OFFER, down_indications, read_letter
from referral.letters.pages import FILE_FIELDS
from referral.offers.services import Offer, Sought, look_up, offer_back
from referral.permissions import OFFICE
from referral.requests.form import CONSENT_HOW

PAGES = Pages()
NEW: Final = "/referral-offers/new"
SEND: Final = "/referral-offers"
_PURPOSE: Final = "referral-offer"
_FIELDS: Final = frozenset(
    {
        "consented",
        "first_contact",
        "committee",
        "phone",
        "address",
        "indication",
        "words",
        *FILE_FIELDS,
    }
)
_NAME: Final = _("请填写姓名，最多 50 个字。")
_INDICATION: Final = _("请选择下转指征。")
_CONSENT: Final = _("请记录患者或家属怎样同意转回社区；没有同意的不能下转。")
_CONTACT: Final = _("请选择首诊情况。")
_COMMITTEE: Final = _("请选择现住址所属的居（村）委会。")
_ADDRESS: Final = _("请填写现住址，最多 200 个字。")
_STALE: Final = _("查询结果只在当天有效，请重新查询管理机构")
_LONGEST_NAME: Final = 50
_LONGEST_ADDRESS: Final = 200


@PAGES.reads(NEW, permission=OFFICE)
def find_form(visit: Visit, work: ReadWork) -> Response:
    """Whom the hospital wants to offer back."""
    return _asking(visit, FormState(), _indications(work))


def _indications(work: ReadWork) -> list[tuple[str, str]]:
    return [(one.code, one.title) for one in down_indications(work)]


def _asking(
    visit: Visit, state: FormState, indications: list[tuple[str, str]], status: int = 0
) -> Response:
    return page(
        visit,
        "referrals/offer_find.html",
        http_status=status or (422 if state.errors else 200),
        state=state,
        indications=indications,
    )


@PAGES.alone(NEW, permission=OFFICE, post=True)
def find(visit: Visit) -> Response:
    """Tell which institution manages the person, and ask for the letter. The question counts."""
    errors: dict[str, str] = {}
    station = visit.site.station
    with station.read(visit.actor) as reading:
        indications = _indications(reading)
    sought = _sought(visit, dict(indications), errors)
    if sought is None or errors:
        return _asking(visit, FormState(visit.form, errors), indications)
    visit.detail["sought"] = {"name": sought.name, "number": sought.number}
    try:
        with station.write(visit.actor) as work:
            kept = look_up(work, sought)
            values = [sought.number, sought.name, *(kept or ("", "")), work.today.isoformat()]
            found = sealed(work, _PURPOSE, values)
    except Refused as refused:
        if refused.status != 429:
            raise
        visit.note(Action.DENIED, outcome=Outcome.MINOR, resource_type="ServiceRequest")
        state = FormState(visit.form, {"form": refused.issues[0].diagnostics})
        return _asking(visit, state, indications, refused.status)
    visit.note(
        Action.OPERATION,
        patients=[kept.patient_id] if kept else (),
        resource_type="Patient" if kept else "ServiceRequest",
    )
    with station.read(visit.actor) as reading:
        chosen = {"indication": visit.field("indication")}
        return _writing(visit, reading, found, FormState(chosen))


def _sought(visit: Visit, indications: Mapping[str, str], errors: dict[str, str]) -> Sought | None:
    name = visit.field("name")
    if not 0 < len(name) <= _LONGEST_NAME:
        errors["name"] = _NAME
    if visit.field("indication") not in indications:
        errors["indication"] = _INDICATION
    try:
        today = visit.site.station.clock.today()
        return Sought(parse_identity_number(visit.field("number"), today=today).value, name)
    except InvalidValue as invalid:
        errors["number"] = invalid.message
        return None


def _writing(visit: Visit, work: ReadWork, found: str, state: FormState) -> Response:
    sought, kept = _found(work, found)
    return page(
        visit,
        "referrals/offer_edit.html",
        http_status=422 if state.errors else 200,
        name=sought.name,
        number=mask_identity_number(sought.number),
        institution=organisation_name(work.connection, kept.organisation_id) if kept else "",
        found=found,
        form_of=FORM,
        state=state,
        files=FILE_FIELDS,
        indications=_indications(work),
        contacts=catalogue.choices("first-contact"),
        manners=CONSENT_HOW,
        committees=[] if kept else _committees(visit, work),
        submission=submission_of(visit),
    )


def _committees(visit: Visit, work: ReadWork) -> list[tuple[str, str]]:
    """All committees of the city with the institution that serves each, as choices."""
    tree = visit.site.authenticator.tree(work.connection)
    return [
        (one.code, f"{tree.name(one.organisation_id)} · {one.name}")
        for one in list_all_committees(work)
    ]


def _found(work: ReadWork, token: str) -> tuple[Sought, Kept | None]:
    """What was found today by this user. Raises Refused (400)."""
    number, name, patient_id, organisation_id, on = map(str, unsealed(work, _PURPOSE, token))
    if on != work.today.isoformat():
        raise bad_request(_STALE)
    return Sought(number, name), Kept(patient_id, organisation_id) if patient_id else None


@PAGES.alone(SEND, permission=OFFICE, post=True)
def send(visit: Visit) -> Response:
    """Offer the person back; a refused form keeps what was typed."""
    made, found = submission_of(visit), visit.field("found")

    def act(work: Work) -> Response:
        if not is_saved(work, "ServiceRequest", made):
            offer_back(work, _offer(visit, work, found), id=made)
        return see_other(visit, f"/referrals/{made}", flash="referral-down")

    def again(work: ReadWork, state: FormState) -> Response:
        return _writing(visit, work, found, FormState(visit.lists, state.errors))

    return attempt(
        visit, act, again, fields=_FIELDS, action=Action.CREATE, resource_type="ServiceRequest"
    )


def _offer(visit: Visit, work: Work, found: str) -> Offer:
    """What was typed. Raises Wrong, Refused (400: the look-up is not of today)."""
    sought, kept = _found(work, found)
    chosen = ((name, visit.files[name]) for name in FILE_FIELDS if name in visit.files)
    files, errors = read_files(chosen)
    texts: dict[str, Any] = {**visit.lists, "act": (OFFER,)}
    letter, wrong = read_letter(
        texts, files=len(files), today=work.today, indications=down_indications(work)
    )
    errors |= wrong
    contact = visit.field("first_contact")
    if contact not in dict(catalogue.choices("first-contact")):
        errors["first_contact"] = _CONTACT
    if (consented := visit.field("consented")) not in dict(CONSENT_HOW):
        errors["consented"] = _CONSENT
    announced = None if kept else _announced(visit, work, sought, errors)
    if errors:
        raise Wrong(errors)
    return Offer(sought, replace(letter, files=files), contact, consented, kept, announced)


def _announced(visit: Visit, work: ReadWork, sought: Sought, errors: dict[str, str]) -> Announced:
    committee, address = visit.field("committee"), visit.field("address")
    if committee not in dict(_committees(visit, work)):
        errors["committee"] = _COMMITTEE
    if not 0 < len(address) <= _LONGEST_ADDRESS:
        errors["address"] = _ADDRESS
    return Announced(sought.name, sought.number, visit.field("phone"), address, committee)
