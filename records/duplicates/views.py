"""What the pages of duplicates show: plain values for the templates."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import literal, select

from kernel.db.derived import DELIMITER
from kernel.db.dialect import contains
from kernel.fhir.store.heads import Head, find_heads
from kernel.security.policy import sees_organisation, sight
from kernel.values.names import mask_name
from kernel.web.filters import write_sex
from kernel.web.i18n import _
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.duplicates.joining import FIELDS, Body, Field, document_numbers, value_of
from records.duplicates.pairs import PROPOSED, Pair, list_facts
from records.duplicates.search import Suspect
from records.duplicates.services import Files, keepers
from records.life.contract import FAMILY_DOCTOR
from records.life.projections import extension_day
from records.life.residence import CARE_KIND, RECORD_MANAGEMENT
from records.life.services import clinical_content
from records.life.states import OPENED_ON, TITLES
from records.reading import address_of, display_of, name_of, record_number_of, words

Row = dict[str, Any]
CLOSED = _("已结案")


def sees(work: ReadWork, organisation_id: str | None) -> bool:
    """Whether the actor sees the files that an institution keeps."""
    return sees_organisation(sight(work.actor, work.registry.specs["Patient"]), organisation_id)


def suspect_rows(visit: Visit, work: ReadWork, suspects: Sequence[Suspect]) -> list[Row]:
    """Rows of the warning: of a stranger's file only what helps to ask for it."""
    tree = visit.site.authenticator.tree(work.connection)
    return [
        {
            "id": one.patient_id if sees(work, one.organisation_id) else "",
            "name": one.name if sees(work, one.organisation_id) else mask_name(one.name),
            "sex": one.sex,
            "year": one.born.year if one.born else None,
            "organisation": tree.name(one.organisation_id) or "",
            "reasons": one.reasons,
            "certain": one.certain,
            "active": one.active,
        }
        for one in suspects
    ]


def pair_rows(visit: Visit, work: ReadWork, pairs: Sequence[Pair]) -> list[Row]:
    """Rows of the list of pairs; whom the actor does not see is masked."""
    ids = [id_ for pair in pairs for id_ in (pair.low_id, pair.high_id)]
    heads, facts = find_heads(work, "Patient", ids), list_facts(work, ids)
    rows = []
    for pair in pairs:
        people = [
            _person(visit, work, heads[id_], facts[id_]) for id_ in (pair.low_id, pair.high_id)
        ]
        people.sort(key=lambda one: not one["own"])
        rows.append(
            {
                "people": people,
                "reasons": pair.reasons if pair.reasons != ("",) else (),
                "proposed": pair.state == PROPOSED,
                "mine": pair.proposed_by == work.actor.user_id,
                "href": f"/duplicates/{people[0]['id']}/{people[1]['id']}",
                "both": all(one["own"] for one in people),
            }
        )
        work.touched.update(one["id"] for one in people)
    return rows


def _person(visit: Visit, work: ReadWork, head: Head, fact: Any) -> Row:
    tree = visit.site.authenticator.tree(work.connection)
    own = sees(work, head.organisation_id)
    return {
        "id": head.id,
        "own": own,
        "name": fact.name if own else mask_name(fact.name),
        "sex": fact.sex,
        "birth_date": fact.born,
        "organisation": tree.name(head.organisation_id or "") or "",
        "active": fact.active,
    }


def enrolments(work: ReadWork, ids: Sequence[str]) -> dict[str, int]:
    """In how many programmes each is or was enrolled."""
    table = work.registry.search["EpisodeOfCare"].c
    statement = select(table.patient_id).where(
        table.patient_id.in_(ids),
        *(
            ~contains(table.type, literal(f"{DELIMITER}{CARE_KIND}|{kind}{DELIMITER}"))
            for kind in (RECORD_MANAGEMENT, FAMILY_DOCTOR)
        ),
    )
    found = list(work.connection.scalars(statement))
    return {id_: found.count(id_) for id_ in ids}


def facts_of(visit: Visit, work: ReadWork, files: Files) -> list[Row]:
    """What nobody chooses: number, institution, state, how much is in it."""
    tree = visit.site.authenticator.tree(work.connection)
    enrolled = enrolments(work, [file.id for file in files])
    lines = (
        (_("档案编号"), [record_number_of(file.body) for file in files]),
        (_("管理机构"), [tree.name(id_) or "" for id_ in keepers(work, files)]),
        (_("档案状态"), [visit.translate(TITLES[file.state]) for file in files]),
        (_("建档日期"), [extension_day(file.body, OPENED_ON) for file in files]),
        (_("服务记录（条）"), [clinical_content(work, file.id) for file in files]),
        (_("专项管理（项）"), [enrolled[file.id] for file in files]),
    )
    return [{"title": title, "values": values} for title, values in lines]


def field_rows(visit: Visit, one: Body, other: Body, chosen: Mapping[str, str]) -> list[Row]:
    """Every field of two files beside each other; `chosen` is the id whose value is right."""
    rows = []
    for field in FIELDS:
        values = [value_of(body, field) for body in (one, other)]
        if any(values):
            rows.append(
                {
                    "key": field.key,
                    "title": field.title,
                    "values": [written(visit, body, field) for body in (one, other)],
                    "differs": values[0] != values[1],
                    "choice": all(values) and values[0] != values[1],
                    "chosen": chosen.get(field.key, ""),
                }
            )
    return rows


def written(visit: Visit, body: Body, field: Field) -> str:
    """What a Patient says in a field, in words."""
    special = {
        "name": lambda: name_of(body) if body.get("name") else "",
        "sex": lambda: write_sex(body.get("gender"), visit.language) if "gender" in body else "",
        "document": lambda: "、".join(document_numbers(body)),
        "address": lambda: address_of(body),
        "doctor": lambda: "、".join(map(display_of, body.get("generalPractitioner", ()))),
    }
    if field.key in special:
        return special[field.key]()
    parts = [_text(part) for value in value_of(body, field) for part in _each(value)]
    return "；".join(part for part in parts if part)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """An element or an extension as a line."""
    if not isinstance(value, Mapping):
        return str(value)
    if "name" in value:  # a contact
        phones = [one.get("value", "") for one in value.get("telecom", ())]
        return " ".join([str(value["name"].get("text", "")), *phones]).strip()
    for element in ("valueCodeableConcept", "valueAddress"):
        if element in value:
            return _text(value[element])
    if "line" in value or "city" in value or value.get("text"):
        return str(value.get("text") or "".join([value.get("city", ""), *value.get("line", ())]))
    return str(value.get("valueString") or value.get("value") or words(value))
