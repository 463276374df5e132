"""Families for the tests: residents and households of station-1 as they are sent."""

from typing import Any

from kernel.canonical import GB_RELATION, HEALTH_RECORD_NUMBER, code_system, structure_definition
from records.households.codes import NUMBER_SYSTEM, RELATION
from tests.cast import Body, coded, patient, to
from tests.support.house import OpenHouse

COMMITTEE = "371802001002"
GRID = structure_definition("grid-address")
HOUSEHOLD_CODE = coded(code_system("group-kind"), "household", "家庭")


def home_address(committee: str = COMMITTEE) -> Body:
    """An address with its grid parts, as registration writes it."""
    parts = {"grid": f"{committee}01", "committee": committee, "building": "3", "unit": "2"}
    return {
        "use": "home",
        "text": "山东省蓬澜市望潮区听涛街道海棠社区3号楼2单元501室",
        "city": "蓬澜市",
        "extension": [
            {
                "url": GRID,
                "extension": [{"url": url, "valueString": text} for url, text in parts.items()],
            }
        ],
    }


def resident(id_: str, name: str, sex: str, born: str, **others: Any) -> Body:
    """A resident of station-1 with an address and a record number."""
    number = f"{COMMITTEE}{sum(map(ord, id_)) % 100_000:05d}"
    identifier = [{"system": HEALTH_RECORD_NUMBER, "value": number}]
    body = patient(name, sex, born, address=[home_address()], identifier=identifier)
    return {**body, "id": id_, **others}


FAMILY = (
    resident("grandfather", "周国强", "male", "1938-02-03"),
    resident("father", "周建军", "male", "1962-05-06"),
    resident("mother", "陈秀英", "female", "1963-08-09"),
    resident("son", "周磊", "male", "1988-11-12"),
    resident("wife", "吴婷", "female", "1989-01-15"),
    resident("girl", "周诗涵", "female", "2015-04-18"),
    resident("boy", "周浩然", "male", "2019-07-21"),
)
"""Seven people in four generations."""
RELATIONS = {
    "father": "02", "mother": "12", "grandfather": "51", "son": "22", "wife": "38", "girl": "42",
    "boy": "41",
}  # fmt: skip
"""How they are related to the father, who is the head."""


def moved_in(house: OpenHouse) -> None:
    """Save the family's records, without a household."""
    house.save(*FAMILY)


def member(id_: str, relation: str, **others: Any) -> Body:
    """A membership since 2020."""
    concept = coded(GB_RELATION, relation)
    return {
        "extension": [{"url": RELATION, "valueCodeableConcept": concept}],
        "entity": to("Patient", id_),
        "period": {"start": "2020-01-01"},
        "inactive": False,
        **others,
    }


def household(*members: Body, **others: Any) -> Body:
    """A household as a client sends it; `None` takes an element away."""
    body = {
        "resourceType": "Group",
        "active": True,
        "type": "person",
        "actual": True,
        "code": HOUSEHOLD_CODE,
        "identifier": [{"system": NUMBER_SYSTEM, "value": "3718020010000007"}],
        "managingEntity": to("Organization", "station-1"),
        "member": list(members),
        **others,
    }
    return {name: value for name, value in body.items() if value is not None}
