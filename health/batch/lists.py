"""An uploaded list of follow-ups, understood and checked without writing anything.

A line names the resident by a number and by name; both have to agree with the file. Its values are
judged by the rules as if it were saved, the lines of one person after one another by their days.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from health.batch.checking import ROW, check
from health.batch.columns import Reading, by_key, columns_of, heading_of, read_cells
from health.batch.people import CLOSED, NOT_OWN, Person, by_numbers, not_meant
from health.declare import Programme
from health.fields import VISIT_DATE
from health.followups.services import Entry
from kernel.errors import unprocessable
from kernel.ids import uuid7
from kernel.messages import Message, _, joined
from kernel.values.identity_number import parse_identity_number
from kernel.values.invalid import InvalidValue
from kernel.values.names import normalise_text
from kernel.work import ReadWork
from records.api import Doctor, cells, headings, list_doctors, notes, sheets, uploads

Body = dict[str, Any]
MOST_ROWS: Final = 2000
"""Lines of one list: the check judges every one of them before it answers."""
NAME: Final = "name"
NUMBER: Final = "identity-number"
RECORD: Final = "record-number"
DOCTOR: Final = "doctor"
PERSON: Final = "patient"
CLASS: Final = "proposed"
"""Beside the columns a kept row has the id of the person, and the class that is proposed."""
WHO: Final[Mapping[str, sheets.Heading]] = {
    NAME: sheets.Heading(_("姓名"), _("必填，与健康档案中的姓名一致。"), "张秀兰", required=True),
    NUMBER: sheets.Heading(
        _("证件号码"),
        _("单元格须为文本格式；证件号码和档案编号至少填一项。示例行不填，不会被导入。"),
        wide=True,
    ),
    RECORD: sheets.Heading(_("档案编号"), _("17 位；填了证件号码时可不填。"), wide=True),
}
"""The columns that say whose follow-up it is; they stand before those of the form."""
_DOCTOR: Final = sheets.Heading(_("随访医生"), _("本机构医生的姓名；不填为导入人。"))
_OTHER_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    NAME: ("居民姓名", "患者姓名"),
    NUMBER: ("身份证号", "身份证号码", "公民身份号码", "身份证"),
    RECORD: ("健康档案编号", "居民健康档案编号", "档案号"),
    DOCTOR: ("随访医生签名", "医生"),
    VISIT_DATE: ("随访日期", "随访时间"),
}
_CITIZEN: Final = re.compile(r"[0-9]{15}|[0-9]{17}[0-9X]")
_TOO_MANY: Final = _("文件超过 %(most)s 行：请分成几个文件导入。")
_NO_COLUMN: Final = _("没有找到“%(title)s”列：请下载本项目的模板，按模板的列标题填写。")
_NO_WHO: Final = _("没有找到“证件号码”或“档案编号”列：请下载本项目的模板，按模板的列标题填写。")
_REQUIRED: Final = _("不能为空")
_WHO_WANTED: Final = _("证件号码和档案编号至少填一项")
_UNKNOWN: Final = _("没有这个号码的居民档案，请核对号码，或先为居民建档")
_OTHERS: Final = _("与证件号码不是同一位居民，请核对其中一项")
_OTHER_NAME: Final = _("与健康档案中的姓名不一致，请核对姓名和号码")
_TWICE: Final = _("与第%(row)d行是同一居民同一天的随访：同一天只能有一份")
_NO_DOCTOR: Final = _("本机构没有这位医生，应为：%(names)s")
_MISSING: Final = _("规范要求的项目没有填全（%(what)s）：可以导入，但不计为规范随访")
_LOST: Final = _("列“%(heading)s”没有认出，其中的内容不导入；请用模板中的列标题")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a file by the columns that their headings mean; `lost` are those unknown."""

    lines: Sequence[tuple[int, Mapping[str, str]]]
    lost: Sequence[str]


def headings_of(programme: Programme) -> dict[str, sheets.Heading]:
    """The columns of the template by their keys."""
    form = {column.key: heading_of(column) for column in columns_of(programme)}
    return {**WHO, **form, DOCTOR: _DOCTOR}


def title_of(programme: Programme, key: str) -> str:
    """What a column is called in a report."""
    if key == ROW:
        return _("整行")
    found = by_key(programme).get(key)
    return found.title if found else headings_of(programme)[key].title


def read_sheet(programme: Programme, name: str, content: bytes) -> Sheet:
    """A file as lines by column. Raises Refused (422, field `file`) saying what would be right."""
    lines = uploads.read_upload(name, content)
    said = _words(programme)
    sheet = headings.find_headings(lines, said)
    if len(sheet.lines) > MOST_ROWS:
        raise unprocessable(Message(_TOO_MANY, most=MOST_ROWS), "file")
    meanings = headings.meanings_of(sheet.headings, said)
    _demand(programme, meanings.values())
    places = [(place, meanings.get(one, "")) for place, one in enumerate(sheet.headings)]
    found = [(line.number, _by_column(line, places)) for line in sheet.lines]
    lost = [one for one in sheet.headings if one and not meanings.get(one)]
    return Sheet([(number, by) for number, by in found if any(by.values())], lost)


def _words(programme: Programme) -> dict[str, str]:
    """What each heading means, as `heading_key` compares them."""
    found: dict[str, str] = {}
    for key, heading in headings_of(programme).items():
        column = by_key(programme).get(key)
        for word in (heading.title, *(_OTHER_WORDS.get(key, ())), column.title if column else ""):
            found.setdefault(headings.heading_key(str(word)), key)
    return found


def _demand(programme: Programme, meanings: Iterable[str]) -> None:
    """Without these columns no line can be taken."""
    known = set(meanings)
    if not known & {NUMBER, RECORD}:
        raise unprocessable(_NO_WHO, "file")
    for key, heading in headings_of(programme).items():
        if heading.required and key not in known:
            raise unprocessable(Message(_NO_COLUMN, title=heading.title), "file")


def _by_column(line: uploads.Line, places: Sequence[tuple[int, str]]) -> dict[str, str]:
    return {
        key: line.cells[place].strip()
        for place, key in places
        if key and place < len(line.cells)
    }  # fmt: skip


@dataclass(slots=True)
class _Line:
    """A line on its way: the row that is kept of it, and what it says."""

    row: notes.Row
    cells: Mapping[str, str]
    person: Person | None = None
    reading: Reading | None = None

    @property
    def on(self) -> date | None:
        """The day of the visit."""
        found = self.reading.values.get(VISIT_DATE) if self.reading else None
        return found if isinstance(found, date) else None


def checked_rows(work: ReadWork, programme: Programme, sheet: Sheet) -> list[notes.Row]:
    """Every line with all that is wrong with it: `errors`; `suspects` are values that are rare and
    want to be confirmed. `values` keep the cells, the person and the proposed class."""
    lines = [_line(number, cells_) for number, cells_ in sheet.lines]
    _identify(work, lines)
    _eligible(work, programme, lines)
    doctors = doctors_of(work)
    for line in lines:
        _read(programme, line, doctors)
    _twice(lines)
    _judge(work, programme, lines)
    if lines:
        first = lines[0].row
        for heading in sheet.lost:
            told = Message(_LOST, heading=heading)
            first.warnings.append(notes.Note(first.number, ROW, told))
    return [line.row for line in lines]


def _line(number: int, typed: Mapping[str, str]) -> _Line:
    row = notes.Row(number, {key: text for key, text in typed.items() if text})
    return _Line(row, typed)


def doctors_of(work: ReadWork) -> dict[str, Doctor]:
    """The doctors of the institution by name."""
    return {one.name: one for one in list_doctors(work)}


def _identify(work: ReadWork, lines: Sequence[_Line]) -> None:
    asked = [(line, key) for line in lines for key in (NUMBER, RECORD)]
    numbers = [(line, key, _number(line, key, work.today)) for line, key in asked]
    known = by_numbers(work, [number for _line, _key, number in numbers if number])
    for line, key, number in numbers:
        if number:
            _found(line, key, known, number)
    for line in lines:
        _compare(line)


def _eligible(work: ReadWork, programme: Programme, lines: Sequence[_Line]) -> None:
    """Where the first answer enrols, it is about somebody who is meant."""
    people = [(line, line.person.id) for line in lines if line.person is not None]
    told = not_meant(work, programme, [id_ for _line, id_ in people])
    for line, id_ in people:
        if id_ in told:
            line.row.wrong(NAME, told[id_])


def _number(line: _Line, key: str, today: date) -> str:
    """A number as it is sought; 15 digits of history become 18."""
    typed = line.cells.get(key, "")
    try:
        number = cells.number(typed) if typed else ""
        if key == NUMBER and _CITIZEN.fullmatch(number):
            number = parse_identity_number(number, today=today, legacy=True).value
    except InvalidValue as wrong:
        line.row.wrong(key, wrong.message)
        return ""
    return number


def _found(line: _Line, key: str, known: Mapping[str, Person | None], number: str) -> None:
    person = known.get(number)
    if number not in known:
        line.row.wrong(key, _UNKNOWN)
    elif person is None or not person.own:
        line.row.wrong(key, NOT_OWN)
    elif person.closed:
        line.row.wrong(key, CLOSED)
    elif line.person is not None and line.person.id != person.id:
        line.row.wrong(key, _OTHERS)
    else:
        line.person = person


def _compare(line: _Line) -> None:
    name = line.cells.get(NAME, "")
    told = {note.column for note in line.row.errors}
    if not name:
        line.row.wrong(NAME, _REQUIRED)
    if line.person is None:
        if not told & {NUMBER, RECORD}:
            line.row.wrong(NUMBER, _WHO_WANTED)
    elif name and normalise_text(name) != normalise_text(line.person.name):
        line.row.wrong(NAME, _OTHER_NAME)
    else:
        line.row.values[PERSON] = line.person.id


def _read(programme: Programme, line: _Line, doctors: Mapping[str, Doctor]) -> None:
    line.reading = reading = read_cells(programme, line.cells)
    for key, text in reading.errors.items():
        line.row.wrong(key or ROW, text)
    for key, text in reading.doubts.items():
        line.row.suspects.append(notes.Note(line.row.number, key or ROW, text))
    doctor = line.cells.get(DOCTOR, "")
    if doctor and doctor not in doctors:
        line.row.wrong(DOCTOR, Message(_NO_DOCTOR, names=joined(doctors) or "—"))


def _twice(lines: Sequence[_Line]) -> None:
    """The same person on the same day twice in the file: the second one is told."""
    first: dict[tuple[str, date], int] = {}
    for line in lines:
        if line.person is None or line.on is None:
            continue
        key = (line.person.id, line.on)
        if key in first:
            line.row.wrong(VISIT_DATE, Message(_TWICE, row=first[key]))
        first.setdefault(key, line.row.number)


def _judge(work: ReadWork, programme: Programme, lines: Sequence[_Line]) -> None:
    """The lines without faults by the rules, those of a person in the order of their days."""
    told: dict[str, list[Body]] = {}
    for line in sorted(lines, key=lambda one: (one.on or date.min, one.row.number)):
        if line.row.errors or line.person is None or line.reading is None:
            continue
        earlier = told.setdefault(line.person.id, [])
        entry = Entry(uuid7(work.now), line.person.id, programme, line.reading.values)
        found = check(work, entry, earlier)
        for key, text in found.faults.items():
            line.row.wrong(key, text)
        if found.decided is not None:
            earlier.append(found.body)
            line.row.values[CLASS] = found.decided.outcome
            _incomplete(programme, line.row, found.decided.missing)


def _incomplete(programme: Programme, row: notes.Row, missing: Sequence[str]) -> None:
    if missing:
        form = programme.form()
        what = joined(form.field(key).title for key in missing)
        row.warnings.append(notes.Note(row.number, ROW, Message(_MISSING, what=what)))
