"""What the record's official sheets say: cover, personal information form, information card.

Domain: health-record.md §3, §4, §10. Opening a sheet is recorded as printing; numbers stand in full
for who may see them, because the paper goes into the resident's own folder.
"""

import re
from typing import Any, Final

import segno
from markupsafe import Markup
from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.declare.form import Values, beside
from kernel.fhir import json
from kernel.fhir.store import read
from kernel.values.identity_number import mask_identity_number
from kernel.values.phone import mask_phone
from kernel.web.i18n import _
from kernel.web.pages import Pages
from kernel.web.shell import page
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.extensions import extension_value
from records.households.living import ENVIRONMENT as HOME
from records.households.living import living_of
from records.households.queries import committee_name, find_household_of
from records.information import services
from records.information.form import DATED, DISEASES, ENVIRONMENT, FORM, HISTORIES, RELATIVES
from records.information.services import Information
from records.life.services import FILED_BY, FILING_ORGANISATION
from records.life.states import OPENED_ON
from records.reading import Body, day_of, display_of, id_of, name_of, record_number_of
from records.residents import panels
from records.residents.finding import CARD
from records.residents.frame import READ, REVEAL
from records.terminology import catalogue

PAGES = Pages()
_NONE: Final = "1"
_OTHER: Final = "8"
_CARD_DISEASES: Final = {"2": "2", "3": "3", "7": "4", "4": "5", "12": "7"}
"""Past diseases of the form by the codes of the card."""


def _values(work: ReadWork, id_: str, found: Information) -> dict[str, Any]:
    """The answers as they are printed, blank where there is none; the environment is the
    household's. Numbers are masked for who may not see them.
    """
    blank = {field.key: "" for field in FORM.fields}
    home = find_household_of(work, id_)
    told = living_of(home.body) if home else {}
    shared = {f"env_{one.key}": told[one.key] for one in HOME if told.get(one.key)}
    values: dict[str, Any] = {**blank, "birth_date": None, **found.values, **shared}
    if not work.actor.may(REVEAL):
        for key, mask in (
            ("number", mask_identity_number),
            ("phone", mask_phone),
            ("contact_phone", mask_phone),
        ):
            if values[key]:
                values[key] = mask(str(values[key]))
    return values


def _sheet(visit: Visit, work: ReadWork, template: str, **others: Any) -> Response:
    found = services.get_information(work, visit.params["id"])
    person, values = found.person, _values(work, visit.params["id"], found)
    tree = visit.site.authenticator.tree(work.connection)
    filed = extension_value(person, FILING_ORGANISATION, "valueReference")
    station = id_of(filed, "Organization") or id_of(
        person.get("managingOrganization"), "Organization"
    )
    return page(
        visit,
        template,
        id=visit.params["id"],
        name=name_of(person),
        record_number=record_number_of(person),
        values=values,
        committee=committee_name(work, str(values.get("committee", ""))),
        town=_town_of(person),
        station=tree.name(station) or display_of(filed),
        station_phone=_phone_of(work, station),
        filed_by=display_of(extension_value(person, FILED_BY, "valueReference")),
        filed_on=day_of(extension_value(person, OPENED_ON, "valueDate")),
        doctor=next(map(display_of, person.get("generalPractitioner", ())), ""),
        printed_at=work.now,
        **others,
    )


def _town_of(person: Body) -> str:
    """The street or township, where the address names it in a line of its own."""
    lines = [str(line) for one in person.get("address", ()) for line in one.get("line", ())]
    found = re.match(r".*?(?:街道|镇|乡)", lines[0]) if lines else None
    return found[0] if found else ""


def _phone_of(work: ReadWork, organisation_id: str) -> str:
    body = json.loads(read(work, work.registry.specs["Organization"], organisation_id).body)
    phones = (t.get("value") for t in body.get("telecom", ()) if t.get("system") == "phone")
    return next((str(phone) for phone in phones if phone), "")


@PAGES.reads("/residents/{id}/cover", permission=READ, action=Action.PRINT)
def cover(visit: Visit, work: ReadWork) -> Response:
    """The cover of the record (封面)."""
    return _sheet(visit, work, "residents/cover.html")


@PAGES.reads("/residents/{id}/information/print", permission=READ, action=Action.PRINT)
def information_sheet(visit: Visit, work: ReadWork) -> Response:
    """The personal information form (个人基本信息表)."""
    return _sheet(
        visit,
        work,
        "residents/information_print.html",
        fields={field.key: field for field in FORM.fields},
        diseases=_diseases,
        histories=HISTORIES,
        relatives=[(key, title.partition("：")[2]) for key, title, _role in RELATIVES],
        environment=[(key, title) for key, title, _terms in ENVIRONMENT],
    )


def _diseases(values: Values) -> list[tuple[str, str, str]]:
    """Code, words beside it and month of each past disease, for the squares of the form."""
    chosen = values.get(DISEASES, ())
    return [
        (
            str(code),
            str(values.get(beside(DISEASES, str(code)), "")),
            str(values.get(f"{DATED}_{code}", "")),
        )
        for code in (chosen if isinstance(chosen, tuple) else ())
    ]


@PAGES.reads("/residents/{id}/card", permission=READ, action=Action.PRINT)
def card(visit: Visit, work: ReadWork) -> Response:
    """The information card (健康档案信息卡): its code is opaque and says nothing of the person."""
    id_ = visit.params["id"]
    substances, asked = panels.allergies(work, id_)
    found = services.get_information(work, id_)
    code = segno.make(CARD + id_, error="m", micro=False)
    return _sheet(
        visit,
        work,
        "residents/card.html",
        chronic=_chronic(found.values),
        chronic_options=[
            (code, visit.translate(name)) for code, name in catalogue.choices("card-disease")
        ],
        allergies=substances,
        allergies_known=asked,
        code=Markup(code.svg_inline(scale=3, border=2)),  # noqa: S704 - drawn here from an id
        title=_("居民健康档案信息卡"),
    )


def _chronic(values: Values) -> list[str]:
    """The chronic diseases of the card; diseases that it has no number for are 其他."""
    chosen = values.get(DISEASES, ())
    told = [str(code) for code in chosen] if isinstance(chosen, tuple) else []
    known = sorted({_CARD_DISEASES.get(code, _OTHER) for code in told if code != _NONE})
    return known or ([_NONE] if _NONE in told else [])
