"""The form of a letter: what a hospital without a system of its own fills in (回转单 fields)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from kernel.declare.form import Field, FieldKind, Form, Option, Section, Values
from kernel.forms import read_form
from kernel.messages import Message, _
from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue
from kernel.work import ReadWork
from records.api import FREQUENCIES
from referral.codes import DOWN
from referral.indications.checklists import Item
from referral.indications.queries import list_checklists
from referral.letters.letter import PARTS, Drug, Letter
from referral.request import GENERAL

_LONG: Final = 4000
_WHOLE: Final = 20_000
FOR_GOOD: Final = frozenset({"长期", "long term"})
"""What is typed for a drug without a stop date, in either language of the pages."""
SEND, OFFER = "send", "offer"
"""The two buttons: only the letter, or the letter with the offer to take the person back."""
_CODE: Final = re.compile(r"[A-Z]\d{2}([.]?[0-9A-Zx+*]{1,8})?", re.IGNORECASE)
_SPLIT: Final = re.compile(r"[\s,，;；、]+")
_DRUGS: Final = (
    Field("name", _("药名"), FieldKind.TEXT, required=True, most=80),
    Field("dose", _("每次剂量"), FieldKind.TEXT, required=True, most=20),
    Field(
        "frequency",
        _("频次"),
        FieldKind.CHOICE,
        tuple(Option(code, title) for code, (title, *_rhythm) in FREQUENCIES.items()),
        required=True,
    ),
    Field("until", _("停药日期或“长期”"), FieldKind.TEXT, required=True, most=10),
)


def _text(key: str, *, most: int = _LONG, required: bool = False, hint: str = "") -> Field:
    title = PARTS[key][1]
    return Field(key, title, FieldKind.LONG_TEXT, most=most, required=required, hint=hint)


FORM: Final = Form(
    "referral-letter",
    "1",
    _("双向转诊（回转）单"),
    "国家基本公共卫生服务规范 居民健康档案管理 双向转诊（回转）单",
    (
        Section(
            "outcome",
            _("诊断和诊疗经过"),
            (
                _text("diagnosis", hint=_("填写诊断，或在下面粘贴反馈全文、上传文件。")),
                Field(
                    "codes",
                    _("ICD-10 编码"),
                    FieldKind.TEXT,
                    most=100,
                    hint=_("多个用空格分开，例如 I10.x00 E11.900。"),
                ),
                Field("number", _("住院病案号"), FieldKind.TEXT, most=40),
                _text("results"),
                _text("course"),
                Field(
                    "indicated",
                    _("符合转诊指征"),
                    FieldKind.CHOICE,
                    (Option("1", _("是")), Option("0", _("否"))),
                ),
            ),
        ),
        Section(
            "plan",
            _("下一步治疗和康复"),
            (
                _text("next_plan"),
                _text("rehabilitation"),
                Field("follow_up_on", _("建议随访日期"), FieldKind.DATE),
            ),
        ),
        Section(
            "drugs",
            _("带药"),
            (Field("drugs", _("药品"), FieldKind.ROWS, columns=_DRUGS, most=20),),
        ),
        Section(
            "whole",
            _("反馈全文"),
            (_text("whole", most=_WHOLE, hint=_("可以从医院系统复制整份出院小结粘贴在这里。")),),
        ),
    ),
)
_NOTHING: Final = _("请填写诊断结果，或粘贴反馈全文，或上传一份文件。")
_NEEDED: Final = {
    "diagnosis": _("转回社区须填写诊断结果。"),
    "next_plan": _("转回社区须填写下一步治疗方案。"),
}
_INDICATION: Final = _("请选择下转指征。")
_WORDS: Final = _("下转指征选“双方商定的其他”时请写明，最多 200 个字。")
_WRONG_CODE: Final = _("ICD-10 编码“%(code)s”不像编码，应如 I10.x00。")
_WRONG_UNTIL: Final = _("停药日期应为“长期”或日期，例如 2026-12-31，且不早于今天。")
_PAST: Final = _("建议随访日期不能早于今天。")
_MOST_WORDS: Final = 200


def down_indications(work: ReadWork, disease: str = GENERAL) -> list[Item]:
    """The indications for the way back (referral.md §3.2, §3.3): those of all, then a disease's."""
    keys = dict.fromkeys((GENERAL, disease))
    lists = list_checklists(work, [(key, DOWN) for key in keys])
    return [one for found in lists for one in found.items]


def read_letter(
    texts: Mapping[str, Sequence[str]],
    *,
    files: int,
    today: date,
    indications: Sequence[Item],
) -> tuple[Letter, dict[str, str]]:
    """The letter that was typed, without its files, and what is wrong by field.

    `files` is how many were attached or sent before; with the button OFFER the person is offered
    back, which needs a diagnosis, the plan and one of these indications.
    """
    answer = read_form(FORM, texts)
    errors = dict(answer.errors)
    letter = _letter(answer.values, texts, today, errors)
    if not (letter.texts.get("diagnosis") or letter.texts.get("whole") or files):
        errors.setdefault("diagnosis", _NOTHING)
    if letter.follow_up_on and letter.follow_up_on < today:
        errors["follow_up_on"] = _PAST
    if _typed(texts, "act") == OFFER:
        errors |= {
            key: text for key, text in _offer_faults(letter, indications) if key not in errors
        }
    return letter, errors


def _typed(texts: Mapping[str, Sequence[str]], name: str) -> str:
    given = texts.get(name, ())
    return given[0].strip() if given else ""


def _letter(
    values: Values, texts: Mapping[str, Sequence[str]], today: date, errors: dict[str, str]
) -> Letter:
    told: dict[str, Any] = dict(values)
    offered = _typed(texts, "act") == OFFER
    return Letter(
        texts={key: str(told[key]) for key in PARTS if told.get(key)},
        codes=tuple(_codes(str(told.get("codes", "")), errors)),
        number=str(told.get("number", "")),
        drugs=list(_drugs(told.get("drugs", ()), today, errors)),
        follow_up_on=told.get("follow_up_on"),
        indicated={"1": True, "0": False}.get(str(told.get("indicated", ""))),
        indication=_typed(texts, "indication") if offered else "",
        words=_typed(texts, "words") if offered else "",
    )


def _codes(text: str, errors: dict[str, str]) -> Iterator[str]:
    for one in filter(None, _SPLIT.split(text)):
        if not _CODE.fullmatch(one):
            errors["codes"] = Message(_WRONG_CODE, code=one)
        yield one[:1].upper() + one[1:].replace("X", "x")


def _drugs(
    rows: Sequence[Mapping[str, Any]], today: date, errors: dict[str, str]
) -> Iterator[Drug]:
    for number, row in enumerate(rows):
        try:
            until = _until(str(row.get("until", "")), today)
        except InvalidValue:
            errors.setdefault(f"drugs-{number}-until", _WRONG_UNTIL)
            until = None
        name, dose, frequency = (str(row.get(part, "")) for part in ("name", "dose", "frequency"))
        yield Drug(name, dose, frequency, until)


def _until(text: str, today: date) -> date | None:
    if text.lower() in FOR_GOOD or not text:  # an empty one has been complained about
        return None
    found = parse_date(text)
    if found < today:
        raise InvalidValue("range", _WRONG_UNTIL)
    return found


def _offer_faults(letter: Letter, indications: Sequence[Item]) -> Iterator[tuple[str, str]]:
    for key, text in _NEEDED.items():
        if not letter.texts.get(key):
            yield key, text
    chosen = next((one for one in indications if one.code == letter.indication), None)
    if chosen is None:
        yield "indication", _INDICATION
    needed = chosen is not None and chosen.needs_text
    if (needed and not letter.words) or len(letter.words) > _MOST_WORDS:
        yield "words", _WORDS
