"""What the groups of a stratum are called, and in which order they stand."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from kernel.messages import _
from kernel.work import ReadWork
from records.api import catalogue, load_all, name_of
from referral.request import GENERAL
from referral.supervision import queries
from referral.supervision.scope import Scope, Stratum

_DISEASES: Final[Mapping[str, str]] = {
    "hypertension": _("高血压"),
    "diabetes": _("糖尿病"),
    "coronary": _("冠心病"),
    "stroke": _("脑卒中"),
    "copd": _("慢阻肺病"),
    "elderly": _("老年人体检异常"),
    GENERAL: _("其他疾病"),
}
_NONE: Final = _("未填写")
_UNKNOWN: Final = _("不详")
_ELSEWHERE: Final = _("其他机构")
Names = Mapping[str, str]


def disease_title(disease: str) -> str:
    """What pages call a key of the indications; one that nobody declared is shown as it is."""
    return _DISEASES.get(disease, disease) or _NONE


def urgency_title(urgency: str) -> str:
    """What pages call an urgency."""
    return catalogue.title("referral-urgency", urgency)


def ordered(
    work: ReadWork, scope: Scope, stratum: Stratum, keys: Collection[str]
) -> list[tuple[str, str]]:
    """The keys of the groups of a stratum with their labels (Chinese), in the order of the page.

    Institutions from the tree (with referrals or without), months and codes in their own order,
    anything else by its label; what has no value is last.
    """
    names = _NAMES[stratum](work, scope, keys)
    shown = {*keys, *scope.listed()} if stratum is Stratum.INSTITUTION else keys
    given = [(key, names[key]) for key in names if key in shown]
    rest = _ELSEWHERE if stratum is Stratum.INSTITUTION else _NONE
    return given + ([("", rest)] if "" in keys else [])


def _institutions(_work: ReadWork, scope: Scope, keys: Iterable[str]) -> Names:
    listed = list(scope.groups()) or sorted(keys, key=lambda id_: (len(id_), id_))
    return {id_: scope.tree.name(id_) or id_ for id_ in listed if id_}


def _hospitals(_work: ReadWork, scope: Scope, keys: Iterable[str]) -> Names:
    return _by_label({id_: scope.tree.name(id_) or id_ for id_ in keys if id_})


def _departments(work: ReadWork, _scope: Scope, keys: Iterable[str]) -> Names:
    ids = [id_ for id_ in keys if id_]
    found = load_all(work, "HealthcareService", ids)
    return _by_label({id_: str(found.get(id_, {}).get("name") or _UNKNOWN) for id_ in ids})


def _doctors(work: ReadWork, _scope: Scope, keys: Iterable[str]) -> Names:
    ids = [id_ for id_ in keys if id_]
    found = load_all(work, "Practitioner", ids)
    return _by_label({id_: name_of(found[id_]) if id_ in found else _UNKNOWN for id_ in ids})


def _disease_names(_work: ReadWork, _scope: Scope, keys: Iterable[str]) -> Names:
    known = [key for key in _DISEASES if key in set(keys)]
    others = sorted(key for key in keys if key and key not in _DISEASES)
    return {key: disease_title(key) for key in (*known, *others)}


def _urgencies(_work: ReadWork, _scope: Scope, _keys: Iterable[str]) -> Names:
    return dict(catalogue.choices("referral-urgency"))


def _directions(_work: ReadWork, _scope: Scope, _keys: Iterable[str]) -> Names:
    return dict(catalogue.choices("referral-direction"))


def _months(_work: ReadWork, scope: Scope, _keys: Iterable[str]) -> Names:
    return {f"{month:%Y-%m}": f"{month:%Y-%m}" for month in scope.period.months()}


def _by_label(names: Names) -> Names:
    return dict(sorted(names.items(), key=lambda pair: (pair[1], pair[0])))


_NAMES: Final[Mapping[Stratum, Callable[[ReadWork, Scope, Collection[str]], Names]]] = {
    Stratum.INSTITUTION: _institutions,
    Stratum.HOSPITAL: _hospitals,
    Stratum.DEPARTMENT: _departments,
    Stratum.DOCTOR: _doctors,
    Stratum.DISEASE: _disease_names,
    Stratum.URGENCY: _urgencies,
    Stratum.DIRECTION: _directions,
    Stratum.MONTH: _months,
}


def reject_reasons(work: ReadWork, scope: Scope) -> list[dict[str, Any]]:
    """Why referrals were rejected (`title`), and how many (`number`), the most frequent first."""
    return [
        {"title": catalogue.title("referral-reject-reason", code) or _NONE, "number": number}
        for code, number in queries.reject_reasons(work, scope)
    ]
