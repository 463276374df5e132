"""Whether an examination form is complete (体检表完整), as the indicators count it. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from records.examinations.bodies import day_in, is_examination, values_in
from records.extracting import FINISHED

Body = Mapping[str, Any]
ESSENTIAL: Final = (
    "symptoms", "temperature", "pulse", "respiration", "height", "weight", "waist", "exercise",
    "diet", "smoking", "alcohol", "lip", "hearing", "motor", "skin", "sclera", "lymph",
    "breath-sound", "rale", "rhythm", "murmur", "evaluation", "guidance",
)  # fmt: skip
"""The items without a star that everybody is asked (chronic-disease.md §2.2); a blood pressure of
either arm belongs to them. Which items a place counts is to be confirmed."""
_PRESSURES: Final = (("systolic-left", "diastolic-left"), ("systolic-right", "diastolic-right"))


class Examined(NamedTuple):
    """A finished examination: its local day, whether the form is complete, guidance given."""

    on: date
    complete: bool
    guided: bool


def examined(body: Body) -> Examined | None:
    """What the statistics ask of a finished examination; None for anything else."""
    if not is_examination(body) or body.get("status") not in FINISHED:
        return None
    on, values = day_in(body), values_in(body)
    if on is None:
        return None
    pressure = any(all(key in values for key in pair) for pair in _PRESSURES)
    complete = pressure and all(key in values for key in ESSENTIAL)
    return Examined(on, complete, bool(values.get("guidance")))
