"""Who works where: the Practitioners that can be responsible for residents of an institution."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from kernel.canonical import code_system
from kernel.errors import unprocessable
from kernel.fhir.interactions import reader_of
from kernel.fhir.json import loads
from kernel.fhir.search.query import read_query
from kernel.fhir.search.run import search
from kernel.web.i18n import _
from kernel.work import ReadWork
from records.reading import codes_of, day_of, display_of, id_of

STAFF_ROLE: Final = code_system("staff-role")
DOCTORS: Final = frozenset({"gp"})
_NO_DOCTOR = _("请选择接收机构的责任医生。")
_MOST = 200


class Colleague(NamedTuple):
    """A member of staff: the Practitioner's id, the name, the codes of the posts held."""

    id: str
    name: str
    roles: frozenset[str]

    @property
    def reference(self) -> dict[str, str]:
        """A Reference to the Practitioner."""
        return {"reference": f"Practitioner/{self.id}", "display": self.name}


def list_staff(work: ReadWork, organisation_id: str) -> list[Colleague]:
    """Who holds a post at an institution today, by name."""
    spec = work.registry.specs["PractitionerRole"]
    pairs = (
        ("organization", f"Organization/{organisation_id}"),
        ("active:not", "false"),
        ("_count", str(_MOST)),
    )
    found: dict[str, Colleague] = {}
    for match in search(work, spec, read_query(reader_of(work, strict=True), spec, pairs)).matches:
        body = loads(match.body)
        ends = day_of(body.get("period", {}).get("end"))
        id_ = id_of(body.get("practitioner"), "Practitioner")
        if not id_ or (ends is not None and ends < work.today):
            continue
        roles = {code for one in body.get("code", ()) for code in codes_of(one, STAFF_ROLE)}
        known = found.get(id_, Colleague(id_, display_of(body.get("practitioner")), frozenset()))
        found[id_] = known._replace(roles=known.roles | roles)
    return sorted(found.values(), key=lambda one: (one.name, one.id))


def list_doctors(work: ReadWork, organisation_id: str) -> list[Colleague]:
    """Who can be a responsible doctor (责任医生) at an institution; all staff without a GP."""
    staff = list_staff(work, organisation_id)
    return [one for one in staff if one.roles & DOCTORS] or staff


def get_doctor(work: ReadWork, organisation_id: str, doctor_id: str, field: str) -> Colleague:
    """A doctor of an institution. Raises Refused (422) where there is no such one."""
    found = one_of(list_doctors(work, organisation_id), doctor_id)
    if found is None:
        raise unprocessable(_NO_DOCTOR, field)
    return found


def one_of(people: Iterable[Colleague], id_: str) -> Colleague | None:
    """The one with this id, or None."""
    return next((one for one in people if one.id == id_), None)
