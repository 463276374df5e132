"""The programmes of the house: adding one is one file here and one word below."""

from typing import Final

from health.declare import Programme
from health.programmes import (
    copd,
    coronary,
    diabetes,
    elderly,
    glucose_screening,
    home_bed,
    hypertension,
    pressure_screening,
    referral_outcome,
    rehabilitation,
    stroke,
)

MANAGED: Final[tuple[Programme, ...]] = (
    hypertension.PROGRAMME,
    diabetes.PROGRAMME,
    elderly.PROGRAMME,
    coronary.PROGRAMME,
    stroke.PROGRAMME,
    copd.PROGRAMME,
    rehabilitation.PROGRAMME,
    home_bed.PROGRAMME,
    pressure_screening.PROGRAMME,
    glucose_screening.PROGRAMME,
)
"""Those that people are enrolled in."""
PROGRAMMES: Final[tuple[Programme, ...]] = (*MANAGED, referral_outcome.after(MANAGED))
"""All that have a form: those above, and what came of a referral from any of them."""


def programme_of(name: str) -> Programme:
    """The programme of a name. Raises KeyError."""
    for one in PROGRAMMES:
        if one.name == name:
            return one
    raise KeyError(name)
