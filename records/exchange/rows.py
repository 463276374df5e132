"""A row of a list, understood: its values, and everything that is wrong with it by column."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from kernel.messages import Message, _, joined
from kernel.values.identity_number import (
    DocumentKind,
    IdentityNumber,
    parse_document_number,
    parse_identity_number,
)
from kernel.values.invalid import InvalidValue
from records.exchange.columns import BY_KEY, DEFAULT_KIND
from records.exchange.headings import IGNORED
from records.exchange.notes import Note, Row, Values
from records.exchange.uploads import Line
from records.life.numbering import is_record_number

SEX_CODES: Final = {"male": "1", "female": "2"}

_REQUIRED = _("不能为空")
_NO_SEX = _("没有身份证号时应填写性别")
_NO_BIRTH = _("没有身份证号时应填写出生日期")
_OTHER_BIRTH = _("与证件号码中的出生日期不一致，请核对其中一项")
_OTHER_SEX = _("与证件号码第17位表示的性别不一致，请核对其中一项")
_NO_NUMBER = _("填写了证件类别时应填写证件号码")
_NO_RELATION = _("填写了家庭编号时应填写与户主关系")
_NO_HOUSEHOLD = _("填写了与户主关系时应填写家庭编号")
_NO_HEAD = _("该家庭没有户主：请在一名成员的“与户主关系”中写“户主”")
_TWO_HEADS = _("该家庭有多名户主：只保留一名")
_LOST_HEAD = _("户主（第%(row)d行）有错误或疑似重复：户主不导入时，此人只建个人档案，不建立家庭")
_TWICE = _("与第%(row)d行的证件号码相同：同一人只能有一行")
_SAME_PERSON = _("与第%(row)d行的姓名、性别和出生日期相同，疑似同一人")
_NO_CODE = _("请填写现住址的居（村）委会代码（12 位），档案编号由它开头；或填写已有的17位档案编号")
_WHICH_CODE = _("本机构有多个居（村）委会，请填写代码：%(codes)s")
_NO_DOCTOR = _("本机构没有这位医生，应为：%(names)s")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a row is checked against: the day, and what the institution has."""

    today: date
    committees: Sequence[str] = ()
    """12-digit codes that the institution serves; empty where none are known."""
    doctors: Mapping[str, str] = field(default_factory=dict)
    """Practitioner ids by name."""


def read_rows(
    lines: Sequence[Line], headings: Sequence[str], meanings: Mapping[str, str], at: Surroundings
) -> list[Row]:
    """Every line as a row, checked by itself and against the others of the file."""
    places = [
        (place, meanings[heading])
        for place, heading in enumerate(headings)
        if meanings.get(heading, "") not in ("", IGNORED)
    ]
    readers = {key: BY_KEY[key].read(at.today) for _place, key in places}
    rows = [_row(line, places, readers, at) for line in lines]
    _check_households(rows)
    _check_twins(rows)
    return rows


def _row(
    line: Line, places: Sequence[tuple[int, str]], readers: Mapping[str, Any], at: Surroundings
) -> Row:
    row = Row(line.number)
    for place, key in places:
        typed = line.cells[place].strip() if place < len(line.cells) else ""
        if not typed:
            continue
        try:
            row.values[key] = readers[key](typed)
        except InvalidValue as error:
            row.wrong(key, error.message)
    _complete(row, at)
    return row


def _complete(row: Row, at: Surroundings) -> None:
    """Draw from the number what it says, look at columns together, demand what is missing."""
    told = {note.column for note in row.errors}
    if "name" not in row.values and "name" not in told:
        row.wrong("name", _REQUIRED)
    _identify(row, told, at.today)
    for key, text in (("sex", _NO_SEX), ("birth_date", _NO_BIRTH)):
        if key not in row.values and not told & {key, "document_number"}:
            row.wrong(key, text)
    if "rh_negative" in row.values:
        row.values.setdefault("rh", row.values.pop("rh_negative"))
    _place(row, told, at)
    family, related = family_of(row.values) != "", "relation" in row.values
    if family and not related and "relation" not in told:
        row.wrong("relation", _NO_RELATION)
    if related and not family and not told & {"household", "head"}:
        row.wrong("household", _NO_HOUSEHOLD)


def _identify(row: Row, told: set[str], today: date) -> None:
    kind = row.values.get("document_kind", DEFAULT_KIND)
    typed = row.values.get("document_number")
    if typed is None:
        if "document_kind" in row.values and "document_number" not in told:
            _drop_lone_kind(row, kind)
        return
    try:
        found = _understood(typed, kind, told_kind="document_kind" in row.values, today=today)
    except InvalidValue as error:
        row.wrong("document_number", error.message)
        told.add("document_number")
        return
    row.values["document_number"], row.values["document_kind"] = found.value, str(found.kind)
    row.warnings += [Note(row.number, "document_number", text) for text in found.warnings]
    sex = SEX_CODES.get(found.sex or "", "")
    _compare(row, told, "sex", sex, _OTHER_SEX)
    born = found.birth_date.isoformat() if found.birth_date else ""
    _compare(row, told, "birth_date", born, _OTHER_BIRTH)


def _drop_lone_kind(row: Row, kind: str) -> None:
    """身份证 without a number says nothing; any other kind was meant to have one."""
    if kind == DEFAULT_KIND:
        del row.values["document_kind"]
    else:
        row.wrong("document_number", _NO_NUMBER)


def _understood(typed: str, kind: str, *, told_kind: bool, today: date) -> IdentityNumber:
    """15 digits of history become 18; a permit in the column of citizens' numbers is a permit."""
    if kind == DocumentKind.CITIZEN_ID and (len(typed) == 15 or not told_kind):
        return parse_identity_number(typed, today=today, legacy=True)
    return parse_document_number(typed, DocumentKind(kind), today=today)


def _compare(row: Row, told: set[str], key: str, drawn: str, sentence: str) -> None:
    """Fill in what the number says, or complain where the cell says something else."""
    typed = row.values.get(key)
    if not drawn or key in told:
        return
    if typed is None:
        row.values[key] = drawn
    elif typed != drawn and not (key == "sex" and typed in ("0", "9")):
        row.wrong(key, sentence)


def _place(row: Row, told: set[str], at: Surroundings) -> None:
    _committee(row, told, at)
    doctor = row.values.get("doctor")
    if doctor is not None and doctor not in at.doctors:
        row.wrong("doctor", Message(_NO_DOCTOR, names=joined(at.doctors) or "—"))


def _committee(row: Row, told: set[str], at: Surroundings) -> None:
    """The code that a new number begins with: told, or the only one of the institution."""
    if "committee" in told | row.values.keys():
        return
    if len(at.committees) == 1:
        row.values["committee"] = at.committees[0]
    elif not is_record_number(row.values.get("record_number", "")):
        codes = joined(at.committees)
        row.wrong("committee", Message(_WHICH_CODE, codes=codes) if codes else _NO_CODE)


def _check_households(rows: Sequence[Row]) -> None:
    """Every household of the file has one head."""
    for members in households_of(rows).values():
        heads = [row for row in members if row.values.get("relation") == "02"]
        unsure = any(n.column == "relation" for row in members for n in row.errors)
        if not heads and not unsure:
            members[0].wrong("relation", _NO_HEAD)
        for row in heads[1:]:
            row.wrong("relation", _TWO_HEADS)


def warn_of_lost_heads(rows: Sequence[Row]) -> None:
    """Tell the members of a household whose head may not be taken in; after all other checks."""
    for members in households_of(rows).values():
        head = next((row for row in members if row.values.get("relation") == "02"), None)
        if head is not None and (head.errors or head.suspects):
            for row in members:
                if row is not head and not row.errors:
                    text = Message(_LOST_HEAD, row=head.number)
                    row.warnings.append(Note(row.number, "relation", text))


def households_of(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each household by its number or head, in the order of the file."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if family := family_of(row.values):
            found.setdefault(family, []).append(row)
    return found


def family_of(values: Values) -> str:
    """What the members of one household have in common; empty for who has none."""
    return values.get("household") or values.get("head", "")


def _check_twins(rows: Sequence[Row]) -> None:
    """The same person twice in the file: certain by the number, suspected by name and birth."""
    numbers: dict[str, int] = {}
    people: dict[tuple[str, ...], int] = {}
    for row in rows:
        number = row.values.get("document_number")
        if number and number in numbers:
            row.wrong("document_number", Message(_TWICE, row=numbers[number]))
            continue
        if number:
            numbers[number] = row.number
        person = tuple(_who(row))
        if len(person) == 3 and person in people:
            text = Message(_SAME_PERSON, row=people[person])
            row.suspects.append(Note(row.number, "name", text))
        people.setdefault(person, row.number)


def _who(row: Row) -> Iterator[str]:
    for key in ("name", "sex", "birth_date"):
        if key in row.values:
            yield row.values[key]
