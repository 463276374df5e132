"""What the pages and the sheet show of a household: plain data, numbers masked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from markupsafe import Markup

from kernel.messages import Message, _
from kernel.values.phone import mask_phone
from kernel.web.filters import write_age
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.extensions import extension_value
from records.households.codes import DEAD, LEFT_TITLES, PHONE
from records.households.details import PLACE, details_of
from records.households.drawing import Portrait, draw
from records.households.group import (
    Body,
    Member,
    active_members,
    former_numbers,
    head_of,
    is_open,
    members_of,
    number_of,
)
from records.households.kinship import HEADS, Kin, generation_of
from records.households.living import CODED, ENVIRONMENT, LOW_INCOME, MEASURED, living_of
from records.households.problems import problems_of
from records.households.queries import committee_name
from records.households.services import Household
from records.reading import (
    UNNAMED,
    address_of,
    day_of,
    death_of,
    display_of,
    id_of,
    name_of,
    words,
)
from records.residents.frame import labels_of
from records.residents.panels import born_of
from records.residents.queries import active_codes, last_visits, load_all
from records.terminology import catalogue
from records.visits.display import known_allergies, prompts_of
from records.visits.queries import allergies_of

Row = dict[str, Any]
DEAD_HEAD: Final = _("户主已故：请指定新户主，或注销家庭。指定之前不能办理其他变动。")
GONE_HEAD: Final = _("户主的档案已结案：请指定新户主，或注销家庭。")
DUE: Final = {"pressure": _("今年未测血压"), "examination": _("今年未体检")}
"""What somebody waits for, by the keys of `records.visits.prompts`."""
_PLACE_TITLES: Final = {
    "grid": _("网格"),
    "committee": _("居（村）委会"),
    "building": _("楼栋"),
    "unit": _("单元"),
    "room": _("房号"),
}


def household_view(visit: Visit, work: ReadWork, found: Household) -> Row:
    """A household as its page shows it."""
    people = people_of(work, found.body)
    members = active_members(found.body)
    past = [one for one in members_of(found.body) if not one.active]
    return {
        "household": header(visit, work, found, people),
        "members": member_rows(work, members, people),
        "past": [_past_row(one, people) for one in past],
        "problems": problems_of(found.body),
        "conditions": conditions(found.body),
        "tree": family_picture(visit, found.body, people),
    }


def people_of(work: ReadWork, body: Body) -> dict[str, Body]:
    """The Patients among the members whom the actor sees, by id."""
    return load_all(work, "Patient", [one.patient_id for one in members_of(body)])


def heads_of(work: ReadWork, bodies: Iterable[Body]) -> dict[str, Body]:
    """The Patients who are the heads of households, by id, in one statement."""
    heads = [head_of(body) for body in bodies]
    return load_all(work, "Patient", [one.patient_id for one in heads if one])


def summary(visit: Visit, work: ReadWork, found: Household, people: Mapping[str, Body]) -> Row:
    """A household in a list. `people` are the Patients by id, at least the head.

    Where the household has no address or doctor of its own, the head's stand for it.
    """
    body, details = found.body, details_of(found.body)
    tree = visit.site.authenticator.tree(work.connection)
    keeper = body.get("managingEntity")
    head = head_of(body)
    of_head = people.get(head.patient_id, {}) if head else {}
    doctors = [display_of(one) for one in of_head.get("generalPractitioner", ())]
    return {
        "id": found.id,
        "number": number_of(body),
        "open": is_open(body),
        "head_name": _name(head, people) if head else "",
        "head_id": head.patient_id if head else "",
        "demand": demand(body, people),
        "members": len(active_members(body)),
        "address": details.address or address_of(of_head),
        "phone": mask_phone(details.phone) if details.phone else "",
        "doctor_name": details.doctor_name or next(filter(None, doctors), ""),
        "organisation_name": tree.name(id_of(keeper, "Organization")) or display_of(keeper),
    }


def header(visit: Visit, work: ReadWork, found: Household, people: Mapping[str, Body]) -> Row:
    """Which household it is, and what has to be done about it first."""
    details = details_of(found.body)
    return {
        **summary(visit, work, found, people),
        "version": found.version,
        "former_numbers": former_numbers(found.body),
        "book": details.book,
        "place": list(_place(work, details.place)),
        "total": details.total,
        "here": details.living.get("living"),
    }


def _place(work: ReadWork, place: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in PLACE:
        if text := place.get(name):
            shown = committee_name(work, text) if name == "committee" else text
            yield Message(_PLACE_TITLES[name]), shown


def phone_of(body: Body) -> str:
    """The household's telephone in full, or an empty text."""
    return str((extension_value(body, PHONE, "valueContactPoint") or {}).get("value", ""))


def demand(body: Body, people: Mapping[str, Body]) -> str:
    """What the household waits for: a new head, where the present one has died or moved away."""
    head = head_of(body)
    person = people.get(head.patient_id) if head and is_open(body) else None
    if person is None:
        return ""
    if death_of(person)[0]:
        return DEAD_HEAD
    return "" if person.get("active", True) else GONE_HEAD


def _name(member: Member, people: Mapping[str, Body]) -> str:
    person = people.get(member.patient_id)
    return name_of(person) if person else member.name


def member_rows(work: ReadWork, members: Sequence[Member], people: Mapping[str, Body]) -> list[Row]:
    """Members, the head first and the generations from above: who they are, what concerns them.

    Of somebody whose file another institution keeps only the name is known here.
    """
    concerns = _concerns(work, [people[m.patient_id] for m in members if m.patient_id in people])
    return [
        {
            "id": one.patient_id,
            "name": _name(one, people),
            "visible": one.patient_id in people,
            "relation": catalogue.title("gb-relation", one.relation),
            "head": one.is_head,
            "from_on": one.from_on,
            **concerns.get(one.patient_id, _UNKNOWN),
        }
        for one in sorted(members, key=lambda m: _rank(m, people))
    ]


_UNKNOWN: Final[Row] = {
    "sex": None, "birth_date": None, "labels": [], "allergies": [], "asked": True, "due": [],
    "last_visit_on": None,
}  # fmt: skip


def _concerns(work: ReadWork, people: Sequence[Body]) -> dict[str, Row]:
    """What concerns each person, in a handful of statements for all of them."""
    ids = [str(body["id"]) for body in people]
    codes, visits, told = active_codes(work, ids), last_visits(work, ids), allergies_of(work, ids)
    prompts = prompts_of(work, people, codes)
    found: dict[str, Row] = {}
    for body in people:
        id_ = str(body["id"])
        standing, asked = known_allergies(told.get(id_, []))
        found[id_] = {
            "sex": body.get("gender"),
            "birth_date": born_of(work, body),
            "labels": labels_of(work, body, codes.get(id_, {})),
            "allergies": list(dict.fromkeys(words(one.get("code")) or UNNAMED for one in standing)),
            "asked": asked,
            "due": [
                {"text": DUE[one.key], "kind": "due"} for one in prompts[id_] if one.key in DUE
            ],
            "last_visit_on": visits.get(id_),
        }
    return found


def _rank(member: Member, people: Mapping[str, Body]) -> tuple[bool, int, str]:
    level = generation_of(member.relation)
    born = str(people.get(member.patient_id, {}).get("birthDate", ""))
    return not member.is_head, 9 if level is None else -level, born


def _past_row(member: Member, people: Mapping[str, Body]) -> Row:
    return {
        "id": member.patient_id if member.patient_id in people else "",
        "name": _name(member, people),
        "relation": catalogue.title("gb-relation", member.relation),
        "from_on": member.from_on,
        "last_on": member.to_on - timedelta(days=1) if member.to_on else None,
        "left_for": LEFT_TITLES.get(member.left_for, ""),
    }


def conditions(body: Body) -> list[tuple[str, str, str]]:
    """Living conditions that are told: title, value (both Chinese), unit."""
    return list(_conditions(living_of(body)))


def environment(living: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The five items of the environment (生活环境), with an empty text for what is not told."""
    return [(f.title, catalogue.title(f.codes, living.get(f.key, ""))) for f in ENVIRONMENT]


def _conditions(living: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for coded in CODED:
        if coded.key in living:
            yield coded.title, catalogue.title(coded.codes, living[coded.key]), ""
    if LOW_INCOME in living:
        yield _("低保户"), _("是") if living[LOW_INCOME] else _("否"), ""
    for one in MEASURED:
        if one.key in living and one.key != "living":
            yield one.title, f"{living[one.key]:f}", one.unit


def kin_of(members: Iterable[Member], people: Mapping[str, Body]) -> list[Kin]:
    """Members as kin, each once: who came back is there only as a present member."""
    found: dict[str, Kin] = {}
    for one in members:
        if one.patient_id not in found or one.active:
            body = people.get(one.patient_id, {})
            born = day_of(body.get("birthDate"))
            found[one.patient_id] = Kin(one.patient_id, one.relation, body.get("gender", ""), born)
    return list(found.values())


def family_picture(visit: Visit, body: Body, people: Mapping[str, Body]) -> Markup:
    """The family tree: who is in the household, and who of it has died."""
    shown = [one for one in members_of(body) if one.active or one.left_for == DEAD]
    by_id = {one.patient_id: one for one in sorted(shown, key=lambda m: m.active)}
    portraits = [
        _portrait(visit, kin, by_id[kin.id], people.get(kin.id)) for kin in kin_of(shown, people)
    ]
    title = visit.translate(_("家庭成员关系图"))
    return draw(portraits, title=title, dead=visit.translate(_("已故")))


def _portrait(visit: Visit, kin: Kin, member: Member, body: Body | None) -> Portrait:
    today = visit.site.station.clock.today()
    known = kin.born is not None and kin.born <= today
    return Portrait(
        kin=kin,
        name=name_of(body) if body else member.name,
        relation=visit.translate(catalogue.title("gb-relation", member.relation)),
        note=write_age(kin.born, today, visit.language) if known else "",
        deceased=member.left_for == DEAD or (body is not None and death_of(body)[0]),
        head=member.relation in HEADS and member.active,
        href=f"/residents/{kin.id}" if body else "",
    )
