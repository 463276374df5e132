"""What becomes of two Patients that are one person: pure functions over their bodies.

The one that is kept has its own values, or the other's where somebody chose so; what it lacks it is
given. Nothing of the other one is deleted: it stays as it was, closed, with a link to the one that
is kept. Domain: health-record.md §13.5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kernel.canonical import CITIZEN_ID, HEALTH_RECORD_NUMBER, structure_definition
from kernel.values.invalid import compact
from kernel.web.i18n import _
from records.duplicates.matching import Candidate, twin
from records.life.projections import extension_day
from records.life.states import MERGED, OPENED_ON, with_state
from records.reading import UNNAMED, address_of, day_of, name_of

Body = Mapping[str, Any]
Element = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """What is chosen together: elements of Patient and extensions."""

    key: str
    title: str
    elements: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()


DOCUMENT: Final = "document"
FIELDS: Final = (
    Field("name", _("姓名"), ("name",)),
    Field("sex", _("性别"), ("gender",), ("national-sex",)),
    Field("born", _("出生日期"), ("birthDate",)),
    Field(DOCUMENT, _("证件号码"), ("identifier",)),
    Field("phone", _("电话"), ("telecom",)),
    Field("address", _("现住址"), ("address",)),
    Field("registered", _("户籍地址"), (), ("registered-address",)),
    Field("residency", _("常住类型"), (), ("residency-type",)),
    Field("ethnicity", _("民族"), (), ("ethnicity",)),
    Field("marital", _("婚姻状况"), ("maritalStatus",)),
    Field("education", _("文化程度"), (), ("education",)),
    Field("occupation", _("职业"), (), ("occupation",)),
    Field("employer", _("工作单位"), (), ("employer",)),
    Field("payment", _("医疗费用支付方式"), (), ("payment",)),
    Field("contact", _("联系人"), ("contact",)),
    Field("doctor", _("责任医生"), ("generalPractitioner",)),
)
"""What two files can differ in, in the order of the cover and of the form."""


def candidate_of(body: Body) -> Candidate:
    """A Patient as somebody who may be somebody else."""
    name = name_of(body)
    telecom = body.get("telecom", ())
    phones = (one.get("value") for one in telecom if one.get("system") == "phone")
    return Candidate(
        name="" if name == UNNAMED else name,
        sex=body.get("gender", ""),
        born=day_of(body.get("birthDate")),
        numbers=tuple(document_numbers(body)),
        phones=tuple(str(phone) for phone in phones if phone),
        address=address_of(body),
        id=body.get("id", ""),
    )


def document_numbers(body: Body) -> list[str]:
    """The numbers of documents, old ones too, without those of records."""
    return [str(one["value"]) for one in _documents(body)]


def _documents(body: Body) -> list[Element]:
    ours = (i for i in body.get("identifier", ()) if i.get("system") != HEALTH_RECORD_NUMBER)
    return [one for one in ours if one.get("value")]


def same_number(one: Body, other: Body) -> bool:
    """Whether a number of a document is the same, the 15 digits of old included."""
    numbers = [{twin(compact(text)) for text in document_numbers(body)} for body in (one, other)]
    return bool(numbers[0] & numbers[1])


def ranked(one: Body, other: Body, *, enrolments: Mapping[str, int]) -> tuple[Body, Body]:
    """Which of two is proposed to be kept, and the other.

    In this order: an open file before a closed one (it can go on at once), a citizen's number, more
    programmes (`enrolments` by id), the older filing date, the older id.
    """

    def rank(body: Body) -> tuple[bool, bool, int, date, str]:
        numbered = any(i.get("system") == CITIZEN_ID for i in _documents(body))
        opened = extension_day(body, OPENED_ON) or date.max
        enrolled = enrolments.get(body["id"], 0)
        return not body.get("active", True), not numbered, -enrolled, opened, body["id"]

    first, second = sorted((one, other), key=rank)
    return first, second


def value_of(body: Body, field: Field) -> list[Any]:
    """Everything that a Patient says in a field, to be compared; empty where it says nothing."""
    if field.key == DOCUMENT:
        return [{"system": i.get("system"), "value": i["value"]} for i in _documents(body)]
    found = [body[name] for name in field.elements if body.get(name)]
    return [*found, *(_told(one) for one in _extensions(body, field))]


def _told(extension: Body) -> Element:
    return {name: value for name, value in extension.items() if name != "id"}


def _extensions(body: Body, field: Field) -> list[Element]:
    urls = {structure_definition(name) for name in field.extensions}
    return [one for one in body.get("extension", ()) if one.get("url") in urls]


def differing(keep: Body, gone: Body) -> list[Field]:
    """The fields in which two Patients say different things, or only the other says anything."""
    return [field for field in FIELDS if value_of(keep, field) != value_of(gone, field)]


def is_taken(keep: Body, gone: Body, field: Field, chosen: Sequence[str]) -> bool:
    """Whether a field comes from the other one: it was chosen, or the kept one says nothing."""
    return bool(value_of(gone, field)) and (field.key in chosen or not value_of(keep, field))


def kept(keep: Body, gone: Body, *, taken: Sequence[str]) -> Element:
    """The Patient that is kept: `taken` are the keys of the fields in which the other is right."""
    body: Element = dict(keep)
    for field in FIELDS:
        if field.key != DOCUMENT and is_taken(keep, gone, field, taken):
            body = _with_field(body, gone, field)
    body["identifier"] = _identifiers(keep, gone, others_first=DOCUMENT in taken)
    links = [one for one in keep.get("link", ()) if one != _link(gone, "replaces")]
    return {**body, "link": [*links, _link(gone, "replaces")]}


def _with_field(body: Element, gone: Body, field: Field) -> Element:
    made = {name: value for name, value in body.items() if name not in field.elements}
    made |= {name: gone[name] for name in field.elements if name in gone}
    if field.extensions:
        urls = {structure_definition(name) for name in field.extensions}
        others = [one for one in body.get("extension", ()) if one.get("url") not in urls]
        made["extension"] = [*others, *_extensions(gone, field)]
    return made


def _identifiers(keep: Body, gone: Body, *, others_first: bool) -> list[Element]:
    """The own record number, the right documents, then all other numbers as old ones."""
    own, others = _documents(keep), _documents(gone)
    right, former = (others, own) if others_first and others else (own or others, others)
    known = {(i.get("system"), twin(compact(i["value"]))) for i in right}
    old = [
        {**one, "use": "old"}
        for one in (*former, *_records(gone))
        if (one.get("system"), twin(compact(one["value"]))) not in known
    ]
    return [*_records(keep), *right, *old]


def _records(body: Body) -> list[Element]:
    ours = (i for i in body.get("identifier", ()) if i.get("system") == HEALTH_RECORD_NUMBER)
    return [one for one in ours if one.get("value")]


def retired(gone: Body, keep: Body) -> Element:
    """The Patient that became part of the other one: not active, with a link that leads there."""
    return with_state({**gone, "link": [*gone.get("link", ()), _link(keep, "replaced-by")]}, MERGED)


def _link(other: Body, kind: str) -> Element:
    return {"other": {"reference": f"Patient/{other['id']}"}, "type": kind}
