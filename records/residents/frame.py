"""What stands on every page of one resident: who it is, what must not be given, and the tabs.

Pages below `/residents/{id}` pass `**frame(visit, work, id_, "the tab's key")` to a template that
extends `residents/frame.html`.
"""

from collections.abc import Mapping
from typing import Any, Final

from kernel.values.identity_number import mask_identity_number
from kernel.values.phone import mask_phone
from kernel.web.i18n import _
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.households.group import number_of
from records.reading import (
    Body,
    address_of,
    ages,
    death_of,
    display_of,
    identity_number_of,
    name_of,
    phone_of,
    record_number_of,
)
from records.residents import panels, queries
from records.residents.panels import born_of, state_labels
from records.residents.rules import groups_of

READ = "records:resident:read"
REVEAL = "records:resident:reveal"
TABS: Final = (
    ("overview", _("概览"), ""),
    ("information", _("个人信息"), "/information"),
    ("visits", _("就诊"), "/visits"),
    ("examinations", _("体检"), "/examinations"),
    ("household", _("家庭"), "/household"),
    ("file", _("档案管理"), "/file"),
)
"""Key, Chinese title and the end of the address of our tabs of a resident, in their order; those
that other modules declare (`Tab`, page `resident`) come after them."""


def frame(
    visit: Visit, work: ReadWork, id_: str, tab: str, *, revealed: str = ""
) -> dict[str, Any]:
    """The values of `residents/frame.html`. Raises Refused (403, 404, 410).

    `tab` is the key of the tab that is open; `revealed` names a number that is shown in full
    (`identity_number` or `phone`).
    """
    body = queries.get_resident(work, id_)
    substances, asked = panels.allergies(work, id_)
    codes = queries.active_codes(work, [id_]).get(id_, {})
    return {
        "resident": {
            **_header(visit, work, body, revealed),
            "labels": labels_of(work, body, codes),
        },
        "allergies": substances,
        "allergies_known": asked,
        "tabs": [
            {"label": title, "href": f"/residents/{id_}{end}", "active": key == tab, "count": None}
            for key, title, end in (*TABS, *_others(work))
        ],
    }


def _others(work: ReadWork) -> list[tuple[str, str, str]]:
    """The tabs of other modules that the actor may open."""
    tabs = work.registry.tabs("resident")
    return [(one.key, one.title, one.suffix) for one in tabs if work.actor.may(one.permission)]


def labels_of(work: ReadWork, body: Body, codes: Mapping[str, None]) -> list[dict[str, str]]:
    """Badges beside a name: why the file is not kept, else the groups that the person is in."""
    if closed := state_labels(body):
        return closed
    groups = groups_of(codes, ages(born_of(work, body), work.today))
    return [{"text": text, "kind": "info"} for text in groups]


def _header(visit: Visit, work: ReadWork, body: Body, revealed: str) -> dict[str, Any]:
    """Who it is; numbers masked apart from the one that was asked for."""
    number, phone = identity_number_of(body), phone_of(body)
    may_reveal = work.actor.may(REVEAL)
    tree = visit.site.authenticator.tree(work.connection)
    keeper = body.get("managingOrganization")
    organisation = (keeper or {}).get("reference", "").rpartition("/")[2]
    doctors = [display_of(one) for one in body.get("generalPractitioner", ())]
    return {
        "id": body["id"],
        "name": name_of(body),
        "sex": body.get("gender"),
        "birth_date": born_of(work, body),
        "kept": not state_labels(body),
        "deceased": death_of(body)[0],
        "deceased_on": death_of(body)[1],
        "identity_number": number
        if revealed == "identity_number"
        else number and mask_identity_number(number),
        "identity_number_hidden": bool(number) and may_reveal and revealed != "identity_number",
        "phone": phone if revealed == "phone" else phone and mask_phone(phone),
        "phone_hidden": bool(phone) and may_reveal and revealed != "phone",
        "address": address_of(body),
        "record_number": record_number_of(body),
        "household_number": _household_number(work, body["id"]),
        "organisation_name": tree.name(organisation) or display_of(keeper),
        "doctor_name": next((name for name in doctors if name), ""),
    }


def _household_number(work: ReadWork, id_: str) -> str:
    found = queries.households_of(work, id_)
    numbers = (one.get("value") for group in found for one in group.get("identifier", ()))
    own = filter(None, map(number_of, found))
    return next(own, "") or next((str(number) for number in numbers if number), "")
