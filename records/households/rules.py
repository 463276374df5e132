"""What a household must obey, whoever writes it: rules of Group, of households only.

Domain: health-record.md §5, invariants. What concerns other resources (one household a person, a
number given once, nobody dead) is looked at in `records.households.reactions`, after everything of
a transaction is written, so that a Bundle may move somebody from one household to another.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from kernel.declare.resource import Rule
from kernel.errors import Issue
from kernel.web.i18n import _
from kernel.work import ReadWork
from records.households.codes import HEAD, NUMBER_LENGTH, SELF
from records.households.group import (
    Body,
    active_members,
    current_numbers,
    is_household,
    is_open,
    members_of,
)
from records.households.living import (
    CODED,
    LEAST_TOTAL,
    LOW_INCOME,
    MEASURED,
    MOST_TOTAL,
    Measured,
    characteristics,
    coded_value,
    measured_value,
)
from records.terminology import catalogue

Fault = tuple[str, str]
"""The FHIRPath of an element, and what would be right there (Chinese)."""

NO_PEOPLE: Final = _("家庭由居民组成：type 应为 person，actual 应为 true，成员应引用 Patient。")
NO_RELATION: Final = _("每名成员应有与户主关系：GB/T 4761 两位代码，如 11=夫、12=妻、22=长子。")
SELF_IS_HEAD: Final = _("户主本人的关系代码应为 02=户主，不用 01=本人。")
TWICE: Final = _("同一个人在一个家庭里只能有一条在册记录。")
NO_HEAD: Final = _("家庭应有一名在册户主（与户主关系 02）：请指定户主，或注销家庭。")
TWO_HEADS: Final = _("家庭只能有一名在册户主（与户主关系 02），其他成员应写与户主的关系。")
CLOSED: Final = _("已注销的家庭不能有在册成员：请先办理成员离开，或恢复家庭。")
ENDED: Final = _("离开的成员应有最后一天（period.end），在册的成员不应有。")
CHOICE: Final = _("居住条件应是代码表里的一项：请核对代码，或去掉这一项。")
LIMITS: Final = _("居住面积应为 1 至 2000 ㎡，现住人口 0 至 99 人，月食用盐、油不能是负数。")
TOTAL: Final = _("家庭总人口应为 1 至 99 人。")
LIVING: Final = _("现住人口数不能超过家庭总人口。")
NUMBER: Final = _("家庭编号只有一个，最多 17 位；被合并家庭的编号应标为 old。")
HAS_MEMBERS: Final = _("家庭还有在册成员，不能删除：请先办理成员离开、并入其他家庭，或注销家庭。")


def faults(body: Body) -> list[Fault]:
    """What is wrong with a household by itself; empty for other groups."""
    if not is_household(body):
        return []
    checks = (_kind, _members, _heads, _living, _number)
    return [fault for check in checks for fault in check(body)]


def _kind(body: Body) -> Iterator[Fault]:
    if body.get("type") != "person" or body.get("actual") is not True:
        yield "Group.type", NO_PEOPLE


def _members(body: Body) -> Iterator[Fault]:
    known = catalogue.code_set("gb-relation").concepts
    seen = Counter(one.patient_id for one in active_members(body))
    for one in members_of(body):
        where = f"Group.member[{one.place}]"
        if not one.patient_id:
            yield f"{where}.entity", NO_PEOPLE
        elif one.active and seen[one.patient_id] > 1:
            yield f"{where}.entity", TWICE
        if one.relation not in known:
            yield f"{where}.extension", NO_RELATION
        elif one.relation == SELF:
            yield f"{where}.extension", SELF_IS_HEAD
        if one.active != (one.to_on is None):
            yield f"{where}.period.end", ENDED


def _heads(body: Body) -> Iterator[Fault]:
    heads = [one for one in active_members(body) if one.relation == HEAD]
    if not is_open(body):
        if active_members(body):
            yield "Group.active", CLOSED
    elif not heads:
        yield "Group.member", NO_HEAD
    for one in heads[1:]:
        yield f"Group.member[{one.place}].extension", TWO_HEADS


def _living(body: Body) -> Iterator[Fault]:
    coded, measured = {f.key: f for f in CODED}, {f.key: f for f in MEASURED}
    for place, key, element in characteristics(body):
        where = f"Group.characteristic[{place}].value"
        if key in coded:
            wrong = not coded_value(coded[key], element)
        elif key == LOW_INCOME:
            wrong = not isinstance(element.get("valueBoolean"), bool)
        else:
            wrong = False
        if wrong:
            yield where, CHOICE
        if key in measured:
            yield from _measure(body, where, measured[key], measured_value(element))
    total = body.get("quantity")
    if is_open(body) and total is not None and not LEAST_TOTAL <= total <= MOST_TOTAL:
        yield "Group.quantity", TOTAL


def _measure(body: Body, where: str, field: Measured, value: Decimal | None) -> Iterator[Fault]:
    if value is None or not field.least <= value <= field.most:
        yield where, LIMITS
    elif field.key == "living" and value > body.get("quantity", MOST_TOTAL):
        yield where, LIVING


def _number(body: Body) -> Iterator[Fault]:
    numbers = current_numbers(body)
    if len(numbers) > 1 or any(len(one) > NUMBER_LENGTH for one in numbers):
        yield "Group.identifier", NUMBER


def _check(_work: ReadWork, before: Body | None, after: Body | None) -> Sequence[Issue]:
    if after is None:  # it is about to be deleted
        has_members = before is not None and is_household(before) and active_members(before)
        return [Issue("business-rule", HAS_MEMBERS, "Group.member")] if has_members else []
    return [Issue("business-rule", text, where) for where, text in faults(after)]


RULES: Final = (Rule("household", _check),)
