"""What stands in one cell, understood: pure functions from a text to its canonical text.

Each raises InvalidValue with a Chinese sentence that says what would be right and never repeats
the text. A canonical text is what the export writes in codes: a code, an ISO date, a number.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Final

from kernel.errors import Refused
from kernel.messages import Message, _, joined
from kernel.values.dates import parse_date
from kernel.values.identity_number import DocumentKind
from kernel.values.invalid import InvalidValue, compact, half_width
from kernel.values.phone import parse_phone
from records.life.numbering import check_prefix, is_record_number
from records.terminology import catalogue

Cell = Callable[[str], str]

JOINT: Final = "、"
"""Between the choices of one cell."""
_JOINTS: Final = re.compile(r"[、，,;；|/]+")
_NOISE: Final = re.compile(r"[\s\u200b\ufeff（）()]+")
_LED: Final = re.compile(r"([0-9]{1,2})[.．、:：=\-\s]*(\D.*)")
_EXPONENT: Final = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_SERIAL: Final = re.compile(r"[0-9]{5}(\.[0-9]+)?")
_SURE_SERIAL: Final = 61
"""1 March 1900: before it Excel counts a day that never was."""
_TIME: Final = re.compile(r"[T\s]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$")
_MONTH: Final = re.compile(r"(19[0-9]{2}|20[0-9]{2})(?:[-./年]?(0?[1-9]|1[0-2])月?)?年?")
_DISEASES: Final = {"慢阻肺": "5", "COPD": "5", "肿瘤": "6", "中风": "7", "肺结核": "9"}
_EXCEL_BEGINS: Final = date(1899, 12, 30)
_EARLIEST: Final = date(1850, 1, 1)
_TEXT_BEHIND: Final = re.compile(r"(.+?)[（(:：](.+?)[）)]?$")

_ROUNDED = _(
    "号码被 Excel 当作数字保存，末几位已经丢失：请把该列设为“文本”格式，按证件重新录入完整号码"
)
_FUTURE = _("日期不能晚于今天")
_TOO_EARLY = _("日期不能早于1850年")
_ALONE = _("“%(title)s”不能与其他选项同时选")
_WANTS_TEXT = _("选“其他”时请在括号内写明内容，例如 其他（长护险）")
_NO_TEXT = _("括号内的说明只用于“其他”；别的选项只写名称或代码")
_WANTS_MONTH = _("疾病的括号内写确诊年月，例如 高血压（2015-03）")
_ONE_DIGIT = _("与户主关系请写名称或两位代码，例如 户主、配偶、长子，或 02、10、22")
_NO_NATION = _("少数民族请写民族名称，例如 回族、满族")
_CHOICES_SHOWN: Final = 12
ONE_OF: Final = _("应为下列之一（写名称或代码）：%(choices)s")


def plain(most: int) -> Cell:
    """A text of at most so many characters; line breaks become blanks."""

    def read(typed: str) -> str:
        text = " ".join(typed.split())
        if len(text) > most:
            raise InvalidValue("length", Message(_("内容应在%(most)s个字以内"), most=most))
        return text

    return read


def name(typed: str) -> str:
    """A person's name: 1 to 50 characters, not a number."""
    text = plain(50)(half_width(typed) if typed.isascii() else typed)
    if not re.search(r"[^\W\d_]", text):
        raise InvalidValue("name", _("姓名应为1至50个汉字或字母"))
    return text


def day(typed: str) -> str:
    """A local date in one of the five styles, with or without a time, or Excel's number of it."""
    text = _TIME.sub("", half_width(typed))
    if _SERIAL.fullmatch(text) and float(text) >= _SURE_SERIAL:
        found = _EXCEL_BEGINS + timedelta(days=int(float(text)))
    else:
        found = parse_date(text)
    if found < _EARLIEST:
        raise InvalidValue("day", _TOO_EARLY)
    return found.isoformat()


def past_day(today: date) -> Cell:
    """A date that is not after `today`."""

    def read(typed: str) -> str:
        text = day(typed)
        if date.fromisoformat(text) > today:
            raise InvalidValue("day", _FUTURE)
        return text

    return read


def number(typed: str) -> str:
    """The number of a document as text; one that Excel has rounded is refused."""
    if _EXPONENT.fullmatch(half_width(typed)):
        raise InvalidValue("rounded", _ROUNDED)
    return compact(typed)


def digits(least: int, most: int, what: str) -> Cell:
    """So many digits; `what` is the Chinese name of the number."""

    def read(typed: str) -> str:
        text = number(typed)
        if not (text.isascii() and text.isdigit() and least <= len(text) <= most):
            exact, between = (
                _("%(what)s应为%(least)s位数字"),
                _("%(what)s应为%(least)s至%(most)s位数字"),
            )
            size = exact if least == most else between
            raise InvalidValue("digits", Message(size, what=what, least=least, most=most))
        return text

    return read


def record_number(typed: str) -> str:
    """A file's number: one of ours (17 digits, serial not 00000), or 3 to 30 signs of others."""
    text = number(typed)
    ours = len(text) == 17 and text.isdigit()
    if ours and not is_record_number(text):
        raise InvalidValue("record-number", _("档案编号后5位是顺序号，应为00001至99999"))
    if not re.fullmatch(r"[0-9A-Z]{3,30}", text):
        raise InvalidValue("record-number", _("档案编号应为17位数字，或原系统的3至30位字母和数字"))
    return text


def committee(typed: str) -> str:
    """The 12 digits of a residents' committee: county, street, committee."""
    text = digits(12, 12, "居（村）委会代码")(typed)
    try:
        check_prefix(text)
    except Refused as refused:
        raise InvalidValue("committee", refused.issues[0].diagnostics) from None
    return text


def phone(typed: str) -> str:
    """A telephone number in its normal form."""
    return parse_phone(typed).value


@cache
def _words(set_name: str) -> Mapping[str, str]:
    """Every way to write a code of a set, and the code."""
    return ways_to_write(
        (one.code, one.title, one.display) for one in catalogue.code_set(set_name).concepts.values()
    )


def ways_to_write(options: Iterable[Sequence[str]]) -> dict[str, str]:
    """Every way to write a code, and the code; an option is a code and its names."""
    found: dict[str, str] = {}
    for code, *names in options:
        for word in (*names, code, code.lstrip("0")):
            if word:
                found.setdefault(_key(word), code)
    return found


def code_of(typed: str, known: Mapping[str, str]) -> str | None:
    """The code that was written by its number, its name, or both (`1.男`); None for no code.

    `known` are the `ways_to_write`.
    """
    code = known.get(_key(typed))
    if code is None and (led := _LED.fullmatch(half_width(typed))):
        by_number, by_name = known.get(_key(led[1])), known.get(_key(led[2]))
        code = by_name if by_number == by_name else None
    return code


def _key(text: str) -> str:
    return _NOISE.sub("", half_width(text)).upper()


def coded(set_name: str, others: Mapping[str, str] | None = None) -> Cell:
    """A code of a code set by its number, its name, or both (`1.男`); `others` are further names.

    The sentence of the refusal names the choices.
    """
    synonyms = {_key(word): code for word, code in (others or {}).items()}

    def read(typed: str) -> str:
        code = code_of(typed, {**_words(set_name), **synonyms})
        if code is None:
            raise InvalidValue("code", Message(ONE_OF, choices=choices_of(set_name)))
        return code

    return read


def choices_of(set_name: str) -> str:
    """The first choices of a set in words, for a sentence."""
    concepts = catalogue.code_set(set_name).concepts.values()
    return choices_shown([(one.code, one.title) for one in concepts])


def choices_shown(options: Sequence[tuple[str, str]]) -> str:
    """The first of some codes with their titles, for a sentence."""
    shown = joined(
        Message("%(code)s %(title)s", code=code, title=title)
        for code, title in options[:_CHOICES_SHOWN]
    )
    more = Message(_("%(shown)s 等，见模板“代码”表"), shown=shown)
    return more if len(options) > _CHOICES_SHOWN else shown


def several(set_name: str, others: Mapping[str, str] | None = None) -> Cell:
    """Codes of a set, joined by `、`; words for 其他 stand behind it in brackets.

    Canonical: `1、8（长护险）`, in the order of the form, none of them twice.
    """
    one = coded(set_name, others)

    def read(typed: str) -> str:
        terms = catalogue.code_set(set_name)
        found: dict[str, str] = {}
        for part in choices_in(typed):
            code, text = choice_and_words(one, part)
            if code in terms.with_text and not text:
                raise InvalidValue("text", _WANTS_TEXT)
            if text and code not in terms.with_text:
                raise InvalidValue("text", _NO_TEXT)
            found[code] = text
        return _in_order(set_name, found)

    return read


def _in_order(set_name: str, found: Mapping[str, str]) -> str:
    """Choices in the order of the form, with their words; one that excludes others stands alone."""
    terms = catalogue.code_set(set_name)
    for code in terms.exclusive & found.keys():
        if len(found) > 1:
            raise InvalidValue("alone", Message(_ALONE, title=terms.concepts[code].title))
    order = [code for code in terms.concepts if code in found]
    return JOINT.join(f"{c}（{found[c]}）" if found[c] else c for c in order)


def diseases(typed: str) -> str:
    """Past diseases; in the brackets of each the words for 其他 and the month of the diagnosis.

    Canonical: `2（2015-03）、6（肺癌，2019）`.
    """
    one = coded("past-disease", _DISEASES)
    terms = catalogue.code_set("past-disease")
    found: dict[str, str] = {}
    for part in choices_in(typed):
        code, text = choice_and_words(one, part)
        told, on = words_and_month(text)
        if code in terms.with_text and not told:
            raise InvalidValue("text", _WANTS_TEXT)
        if told and code not in terms.with_text:
            raise InvalidValue("month", _WANTS_MONTH)
        found[code] = "，".join(filter(None, (told, on)))
    return _in_order("past-disease", found)


def words_and_month(text: str) -> tuple[str, str]:
    """What stands in a disease's brackets: words, and the month (YYYY-MM) or year at their end."""
    words, _comma, last = text.rpartition("，")
    match = _MONTH.fullmatch(half_width(last))
    if match is None:
        return text, ""
    month = f"{match[1]}-{int(match[2]):02d}" if match[2] else match[1]
    return words, month


def choices_in(typed: str) -> list[str]:
    """The choices of one cell: what stands between the joints that are outside brackets."""
    parts, depth = [""], 0
    for sign in typed.replace("（", "(").replace("）", ")"):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth <= 0 and _JOINTS.fullmatch(sign):
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]


def choice_and_words(one: Cell, part: str) -> tuple[str, str]:
    """The code of one choice and the words in the brackets behind it."""
    behind = _TEXT_BEHIND.fullmatch(part)
    if behind is not None:
        try:
            return one(behind[1]), behind[2].strip().strip("()")
        except InvalidValue:
            return one(part), ""
    return one(part), ""


def parts_of(canonical: str) -> list[tuple[str, str]]:
    """Code and text of every choice of a canonical text of `several`."""
    found = []
    for part in choices_in(canonical):
        code, _joint, text = part.rstrip(")").partition("(")
        found.append((code, text))
    return found


def ethnicity(typed: str) -> str:
    """A code of GB/T 3304; 汉 stands for 汉族, the form's 99 without a name is refused."""
    key = _key(typed)
    if key in ("99", "少数民族"):
        raise InvalidValue("ethnicity", _NO_NATION)
    codes = catalogue.code_set("gb-ethnicity").concepts.values()
    short = {one.title.removesuffix("族"): one.code for one in codes}
    return coded("gb-ethnicity", short)(typed)


def marital(typed: str) -> str:
    """A code of GB/T 2261.2, also from the form's one-digit codes."""
    form = {"1": "10", "2": "20", "3": "30", "4": "40", "5": "90", "9": "90", "未说明": "90"}
    return coded("gb-marital", form)(typed)


def relation(typed: str) -> str:
    """A two-digit code of GB/T 4761. One digit is refused: 2 may be 02 (户主) or an old 2 (子)."""
    key = _key(typed)
    if len(key) == 1 and key.isdigit():
        raise InvalidValue("relation", _ONE_DIGIT)
    return coded("gb-relation", {"丈夫": "11", "妻子": "12", "爸爸": "51", "妈妈": "52"})(typed)


RH: Final = coded("rh", {"-": "1", "RH阴性": "1", "+": "2", "RH阳性": "2", "未查": "3"})
"""Third edition: 1 阴性, 2 阳性, 3 不详."""


def rh_negative(typed: str) -> str:
    """The older question RH阴性 (1 否, 2 是, 3 不详), answered in the third edition's codes."""
    answers = {"1": "2", "否": "2", "2": "1", "是": "1", "3": "3", "不详": "3"}
    found = answers.get(_key(typed))
    if found is None:
        raise InvalidValue("code", _("这一列问“是否RH阴性”，应为 1 否、2 是、3 不详"))
    return found


_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    DocumentKind.CITIZEN_ID: ("居民身份证", "身份证", "01", "1"),
    DocumentKind.HOUSEHOLD_BOOK: ("居民户口簿", "户口簿", "02", "2"),
    DocumentKind.PASSPORT: ("护照", "03", "3"),
    DocumentKind.MILITARY_ID: ("军官证", "04", "4"),
    DocumentKind.DRIVING_LICENCE: ("驾驶证", "05", "5"),
    DocumentKind.HK_MACAO_PERMIT: ("港澳居民来往内地通行证", "港澳通行证", "06", "6"),
    DocumentKind.TAIWAN_PERMIT: ("台湾居民来往大陆通行证", "台湾居民来往内地通行证", "07", "7"),
    DocumentKind.HMT_RESIDENCE_PERMIT: ("港澳台居民居住证",),
    DocumentKind.FOREIGNER_RESIDENCE_CARD: ("外国人永久居留身份证",),
    DocumentKind.BIRTH_CERTIFICATE: ("出生医学证明",),
    DocumentKind.OTHER: ("其他法定有效证件", "其他", "99"),
}
"""How each kind of document is called, the name that is exported first."""


def document_kind(typed: str) -> str:
    """A `DocumentKind` by its name or its code in CV02.01.101."""
    words = {_key(word): str(kind) for kind, names in _KINDS.items() for word in names}
    found = words.get(_key(typed))
    if found is None:
        names = joined(names[0] for names in _KINDS.values())
        raise InvalidValue("code", Message(_("证件类别应为下列之一：%(names)s"), names=names))
    return found


def kind_title(kind: str) -> str:
    """What a kind of document is called."""
    return _KINDS[DocumentKind(kind)][0]
