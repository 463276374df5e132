"""The programmes of the house: adding one is one file here and one word below."""

from health.declare import Programme
from health.programmes import copd, coronary, diabetes, elderly, hypertension, stroke

PROGRAMMES: tuple[Programme, ...] = (
    hypertension.PROGRAMME,
    diabetes.PROGRAMME,
    elderly.PROGRAMME,
    coronary.PROGRAMME,
    stroke.PROGRAMME,
    copd.PROGRAMME,
)


def programme_of(name: str) -> Programme:
    """The programme of a name. Raises KeyError."""
    for one in PROGRAMMES:
        if one.name == name:
            return one
    raise KeyError(name)
