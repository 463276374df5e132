"""The visit's form: from what was typed to a `VisitNote` with everything that is wrong, and back.

Pure. A complaint is a sentence (`kernel.messages`), because only the page knows the reader's
language. Hard limits refuse, soft ones ask once (health-record.md §6.1).
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from kernel.messages import Message, _
from records.visits.note import (
    ADULT,
    DOSE_UNITS,
    FREQUENCIES,
    MASS_INDEX,
    MOST_DIAGNOSES,
    MOST_DRUGS,
    ROUTES,
    TEXTS,
    VITALS,
    Diagnosis,
    Prescription,
    VisitNote,
    Vital,
    mass_index,
)

_NUMBER: Final = re.compile(r"\d{1,4}(\.\d{1,4})?")
_DOSE: Final = re.compile(r"\d{1,7}(\.\d{1,4})?")
_CODE: Final = re.compile(r"[A-Za-z0-9.+*]{1,20}")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LONGEST_NAME: Final = 100
MOST_DAYS: Final = 366
USUAL_DAYS: Final = 84
"""Twelve weeks (长期处方管理规范 §17); more is asked about."""


@dataclass(slots=True)
class Reading:
    """A form that was read: the note, what refuses it, and what is asked about."""

    note: VisitNote
    errors: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)


Typed = Callable[[str], str]
"""Gives what was typed into a field, or an empty text."""
Known = Callable[[str], tuple[str, str] | None]
"""Finds the name and code that a text means alone, for what was typed and not picked."""


def nobody_knows(_typed: str) -> tuple[str, str] | None:
    """A catalogue without entries."""
    return None


def read_form(
    typed: Typed,
    *,
    age: int | None = None,
    diagnosis: Known = nobody_knows,
    drug: Known = nobody_knows,
) -> Reading:
    """Read the whole form. `age` in completed years decides which ranges are asked about."""
    errors: dict[str, str] = {}
    doubts: dict[str, str] = {}
    texts = {name: _text(typed, name, errors) for name in TEXTS}
    vitals = read_vitals(typed, age=age, errors=errors, doubts=doubts)
    diagnoses = tuple(_diagnoses(typed, diagnosis, errors, doubts))
    drugs = tuple(_prescriptions(typed, drug, errors, doubts))
    return Reading(
        VisitNote(**texts, vitals=vitals, diagnoses=diagnoses, prescriptions=drugs), errors, doubts
    )


def missing_for_signature(note: VisitNote) -> dict[str, str]:
    """What a note lacks before it can be signed: why somebody came, and what was found."""
    lacking: dict[str, str] = {}
    if not note.complaint:
        lacking["complaint"] = _("请填写主诉，例如：头晕3天")
    if not note.diagnoses and not note.assessment:
        lacking["diagnosis_1"] = _("请填写诊断，或在评估中写明印象")
    return lacking


def clean(text: str) -> str:
    """A text as it is kept: without signs that XML cannot hold, line ends as newlines."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _text(typed: Typed, name: str, errors: dict[str, str]) -> str:
    label, longest = TEXTS[name]
    text = clean(typed(name))
    if len(text) > longest:
        errors[name] = Message(_("%(label)s最多 %(most)s 个字"), label=label, most=longest)
    return text


def read_vitals(
    typed: Typed,
    *,
    age: int | None,
    errors: dict[str, str],
    doubts: dict[str, str],
) -> dict[str, Decimal]:
    """The measured values; what is wrong goes into `errors`, what is unusual into `doubts`."""
    values: dict[str, Decimal] = {}
    for vital in VITALS:
        text = unicodedata.normalize("NFKC", typed(vital.key)).strip()
        if not text:
            continue
        value = _number(vital, text, errors)
        if value is not None:
            values[vital.key] = value
            _doubt(vital, value, age, doubts)
    _pressures(values, errors)
    index = mass_index(values)
    if index is not None and not _within(index, MASS_INDEX.hard):
        errors.setdefault("height", _("由身高和体重算得的体质指数不合理，请核对两项"))
    return values


def _within(value: Decimal, ends: tuple[str, str]) -> bool:
    return Decimal(ends[0]) <= value <= Decimal(ends[1])


def _range(text: str, vital: Vital, ends: tuple[str, str], **others: str) -> str:
    low, high = ends
    return Message(text, label=vital.label, low=low, high=high, unit=vital.unit, **others)


def _number(vital: Vital, text: str, errors: dict[str, str]) -> Decimal | None:
    wrong = _range(_("%(label)s应在 %(low)s–%(high)s %(unit)s 之间"), vital, vital.hard)
    if not _NUMBER.fullmatch(text) or not text.isascii():
        errors[vital.key] = wrong
        return None
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > vital.decimals:
        sentence = (
            _("%(label)s最多写 %(digits)s 位小数") if vital.decimals else _("%(label)s应为整数")
        )
        errors[vital.key] = Message(sentence, label=vital.label, digits=vital.decimals)
    elif not _within(value, vital.hard):
        errors[vital.key] = wrong
    return value


def _doubt(vital: Vital, value: Decimal, age: int | None, doubts: dict[str, str]) -> None:
    if vital.soft is None or (vital.adult and age is not None and age < ADULT):
        return
    if not _within(value, vital.soft):
        doubts[vital.key] = _range(
            _("%(label)s %(value)s %(unit)s 不在常见范围 %(low)s–%(high)s，请核对"),
            vital,
            vital.soft,
            value=f"{value:f}",
        )


def _pressures(values: Mapping[str, Decimal], errors: dict[str, str]) -> None:
    for arm in ("left", "right"):
        high, low = values.get(f"{arm}_systolic"), values.get(f"{arm}_diastolic")
        if high is not None and low is not None and low >= high:
            errors.setdefault(f"{arm}_diastolic", _("舒张压应低于同侧的收缩压"))
        if high is not None and low is None:
            errors.setdefault(f"{arm}_diastolic", _("请填写同侧的舒张压"))
        if low is not None and high is None:
            errors.setdefault(f"{arm}_systolic", _("请填写同侧的收缩压"))


def _named(
    typed: Typed, kind: str, row: int, known: Known, errors: dict[str, str]
) -> tuple[str, str]:
    """Name and code of a row: as picked, else what the text means alone, else the text."""
    name, code = clean(typed(f"{kind}_{row}")), clean(typed(f"{kind}_code_{row}"))
    if not _CODE.fullmatch(code):
        code = ""
    if len(name) > _LONGEST_NAME:
        errors[f"{kind}_{row}"] = Message(_("名称最多 %(most)s 个字"), most=_LONGEST_NAME)
    if name and not code:
        return known(name) or (name, "")
    return name, code if name else ""


def _diagnoses(
    typed: Typed, known: Known, errors: dict[str, str], doubts: dict[str, str]
) -> Iterator[Diagnosis]:
    seen: set[tuple[str, str]] = set()
    for row in range(1, MOST_DIAGNOSES + 1):
        name, code = _named(typed, "diagnosis", row, known, errors)
        if not name:
            continue
        if (name, code) in seen:
            errors[f"diagnosis_{row}"] = _("同一诊断写了两次，请删去一个")
            continue
        seen.add((name, code))
        if not code:
            doubts[f"diagnosis_{row}"] = Message(
                _("诊断“%(name)s”没有从 ICD-10 中选择，只能作为文字保存"), name=name
            )
        yield Diagnosis(name, code)


def _prescriptions(
    typed: Typed, known: Known, errors: dict[str, str], doubts: dict[str, str]
) -> Iterator[Prescription]:
    for row in range(1, MOST_DRUGS + 1):
        name, code = _named(typed, "drug", row, known, errors)
        others = {part: clean(typed(f"{part}_{row}")) for part in ("dose", "days")}
        chosen = {part: typed(f"{part}_{row}") for part in ("unit", "frequency", "route")}
        if not name:
            if any(others.values()):
                errors[f"drug_{row}"] = _("请填写药品名称，或清空这一行")
            continue
        yield Prescription(
            name,
            code,
            dose=_dose(others["dose"], row, errors),
            unit=_choice(chosen["unit"], f"unit_{row}", DOSE_UNITS, errors),
            frequency=_choice(chosen["frequency"], f"frequency_{row}", FREQUENCIES, errors),
            route=_choice(chosen["route"], f"route_{row}", ROUTES, errors),
            days=_days(others["days"], row, errors, doubts),
        )


def _choice(text: str, name: str, choices: Any, errors: dict[str, str]) -> str:
    if text not in choices:
        errors[name] = _("请选择单位、频次和途径")
    return text


def _dose(text: str, row: int, errors: dict[str, str]) -> Decimal | None:
    text = unicodedata.normalize("NFKC", text)
    if _DOSE.fullmatch(text) and text.isascii() and Decimal(text) > 0:
        return Decimal(text)
    errors[f"dose_{row}"] = _("请填写每次用量，例如 5（单位另选）")
    return None


def _days(text: str, row: int, errors: dict[str, str], doubts: dict[str, str]) -> int | None:
    text = unicodedata.normalize("NFKC", text)
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:6]) <= MOST_DAYS:
        errors[f"days_{row}"] = Message(_("用药天数应在 1–%(most)s 天之间"), most=MOST_DAYS)
        return None
    if int(text) > USUAL_DAYS:
        doubts[f"days_{row}"] = Message(
            _("用药 %(days)s 天，超过长期处方的 %(usual)s 天，请核对"), days=text, usual=USUAL_DAYS
        )
    return int(text)


def form_of(note: VisitNote) -> dict[str, str]:
    """What stands in the form's fields for a note; empty fields are left out."""
    values = {name: getattr(note, name) for name in TEXTS}
    values |= {key: f"{value:f}" for key, value in note.vitals.items()}
    for row, diagnosis in enumerate(note.diagnoses, start=1):
        values |= {f"diagnosis_{row}": diagnosis.name, f"diagnosis_code_{row}": diagnosis.code}
    for row, drug in enumerate(note.prescriptions, start=1):
        values |= {
            f"drug_{row}": drug.drug,
            f"drug_code_{row}": drug.code,
            f"dose_{row}": "" if drug.dose is None else f"{drug.dose:f}",
            f"unit_{row}": drug.unit,
            f"frequency_{row}": drug.frequency,
            f"route_{row}": drug.route,
            f"days_{row}": "" if drug.days is None else f"{drug.days}",
        }
    return {name: text for name, text in values.items() if text}


FIELDS: Final = frozenset(
    [
        *TEXTS,
        *(vital.key for vital in VITALS),
        *(f"{part}_{n}" for part in ("diagnosis", "diagnosis_code") for n in range(1, 6)),
        *(
            f"{part}_{n}"
            for part in ("drug", "drug_code", "dose", "unit", "frequency", "route", "days")
            for n in range(1, 6)
        ),
    ]
)
"""Every name of the form; whatever else is sent with it belongs to another module's panel."""
