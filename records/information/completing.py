"""What the answers of the form say about each other: pure checks, and what a number tells.

An identity number tells birth date and sex, which nobody types then. What contradicts it is asked
about and not refused: cards and files are both wrong at times (domain: health-record.md §4, §11).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from kernel.declare.form import Value, Values
from kernel.values.identity_number import (
    DocumentKind,
    IdentityNumber,
    parse_document_number,
    parse_identity_number,
)
from kernel.values.invalid import InvalidValue
from kernel.values.phone import parse_phone
from kernel.web.i18n import _
from records.reading import ages
from records.terminology import catalogue

_NO_SEX: Final = _("没有身份证号时请选择性别。")
_NO_BIRTH: Final = _("没有身份证号时请填写出生日期。")
_FUTURE: Final = _("出生日期不能晚于今天。")
_OLDEST: Final = 130
_TOO_OLD: Final = _("出生日期距今超过 130 年，请核对。")
_NO_NUMBER: Final = _("选了证件类别，请填写证件号码；没有证件请不选类别。")
_OTHER_BIRTH: Final = _("出生日期与证件号码中的不一致，请核对；无误请勾选确认。")
_OTHER_SEX: Final = _("性别与证件号码表示的不一致，请核对；无误请勾选确认。")
_SEXES: Final = {"male": "1", "female": "2"}
_MARRIED_FROM: Final = 15
_TOO_YOUNG: Final = _("年龄不满 15 岁，婚姻状况请核对；无误请勾选确认。")


@dataclass(frozen=True, slots=True)
class Completed:
    """Answers with what follows from them; errors and doubts are sentences by field."""

    values: Values
    errors: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)


def complete(values: Values, *, today: date) -> Completed:
    """Normal forms of numbers, birth date and sex from the identity number, contradictions."""
    found: dict[str, Value] = dict(values)
    errors: dict[str, str] = {}
    doubts: dict[str, str] = {}
    told = _document(found, errors, today)
    if told is not None:
        _compare(found, told, doubts)
    for key in ("phone", "contact_phone"):
        _phone(found, key, errors)
    _person(found, errors, today)
    born = found.get("birth_date")
    age = ages(born, today) if isinstance(born, date) else None
    if found.get("marital", "1") != "1" and age is not None and age < _MARRIED_FROM:
        doubts["marital"] = _TOO_YOUNG
    return Completed(found, errors, doubts)


def _document(
    found: dict[str, Value], errors: dict[str, str], today: date
) -> IdentityNumber | None:
    if "number" not in found:
        if "document_kind" in found:
            errors["number"] = _NO_NUMBER
        return None
    try:
        told = _parsed(found, today)
    except InvalidValue as invalid:
        errors["number"] = invalid.message
        return None
    found["number"], found["document_kind"] = told.value, str(told.kind)
    return told


def _parsed(found: Mapping[str, Value], today: date) -> IdentityNumber:
    """A number of the kind that was chosen; without a choice it is of the citizen family."""
    number, kind = str(found["number"]), found.get("document_kind")
    if kind is None:
        return parse_identity_number(number, today=today)
    return parse_document_number(number, DocumentKind(str(kind)), today=today)


def _compare(found: dict[str, Value], told: IdentityNumber, doubts: dict[str, str]) -> None:
    if told.birth_date is not None and found.setdefault("birth_date", told.birth_date) != (
        told.birth_date
    ):
        doubts["birth_date"] = _OTHER_BIRTH
    sex = _SEXES.get(told.sex or "", "")
    if sex and found.setdefault("sex", sex) != sex:
        doubts["sex"] = _OTHER_SEX
    if told.warnings:
        doubts["number"] = "；".join(told.warnings)


def _phone(found: dict[str, Value], key: str, errors: dict[str, str]) -> None:
    if key in found:
        try:
            found[key] = parse_phone(str(found[key])).value
        except InvalidValue as invalid:
            errors[key] = invalid.message


def _person(found: dict[str, Value], errors: dict[str, str], today: date) -> None:
    born = found.get("birth_date")
    if not isinstance(born, date):
        if "number" not in errors:
            errors["birth_date"] = _NO_BIRTH
    elif born > today:
        errors["birth_date"] = _FUTURE
    elif today.year - born.year > _OLDEST:
        errors["birth_date"] = _TOO_OLD
    if "sex" not in found and "number" not in errors:
        errors["sex"] = _NO_SEX


def gender_of(sex: str) -> str:
    """The administrative-gender of a code of GB/T 2261.1."""
    target = catalogue.translate("gb-sex-administrative-gender", sex)
    return str(target[0]["code"]) if target else "unknown"
