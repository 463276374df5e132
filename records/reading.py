"""From FHIR bodies to what pages show: pure functions. Words, never bare codes; units, always."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kernel.canonical import CITIZEN_ID, HEALTH_RECORD_NUMBER
from kernel.clock import SHANGHAI
from kernel.messages import CLAUSES, SEQUENCE, Message, _, joined
from kernel.values.identity_number import mask_identity_number
from kernel.values.phone import mask_phone
from records.codes import UNITS

Body = Mapping[str, Any]
_CHINESE = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
UNNAMED = Message(_("（未写明名称）"))


def words(concept: Body | None) -> str:
    """A CodeableConcept in words: its text, else the first display; never a code."""
    concept = concept or {}
    text = concept.get("text")
    if text:
        return str(text)
    displays = (coding.get("display") for coding in concept.get("coding", ()))
    return next((str(display) for display in displays if display), "")


def codes_of(concept: Body | None, system: str = "") -> list[str]:
    """The codes of a CodeableConcept, of one system where it is named."""
    return [
        str(coding["code"])
        for coding in (concept or {}).get("coding", ())
        if coding.get("code") and system in ("", coding.get("system"))
    ]


def name_of(body: Body) -> str:
    """The official or first name as it is written."""
    names = sorted(body.get("name", ()), key=lambda name: name.get("use") != "official")
    for name in names:
        given, family = " ".join(name.get("given", ())), name.get("family", "")
        joined = family + given if _CHINESE.match(family) else f"{given} {family}".strip()
        if name.get("text") or joined:
            return str(name.get("text") or joined)
    return UNNAMED


def identity_number_of(body: Body) -> str:
    """The citizen's number, else the number of another official document, else an empty text."""
    identifiers = [i for i in body.get("identifier", ()) if i.get("value")]
    ranked = sorted(identifiers, key=lambda i: i.get("system") != CITIZEN_ID)
    for one in ranked:
        if one.get("system") == CITIZEN_ID or one.get("use") == "official":
            return str(one["value"])
    return ""


def record_number_of(body: Body) -> str:
    """The number of the health record, or an empty text."""
    ours = (i for i in body.get("identifier", ()) if i.get("system") == HEALTH_RECORD_NUMBER)
    return next((str(one["value"]) for one in ours if one.get("value")), "")


def phone_of(body: Body) -> str:
    """The first telephone number, or an empty text."""
    found = (t.get("value") for t in body.get("telecom", ()) if t.get("system") == "phone")
    return next((str(number) for number in found if number), "")


def numbers_of(body: Body, *, full: bool = False) -> tuple[str, str]:
    """Identity number and telephone of a row in a file, each masked unless `full`, or empty."""
    number, phone = identity_number_of(body), phone_of(body)
    if full:
        return number, phone
    return mask_identity_number(number) if number else "", mask_phone(phone) if phone else ""


def address_of(body: Body) -> str:
    """The home (or first) address as one line."""
    addresses = sorted(body.get("address", ()), key=lambda one: one.get("use") != "home")
    for one in addresses:
        parts = [one.get(name, "") for name in ("state", "city", "district")]
        joined = "".join([*parts, *one.get("line", ())])
        if joined.isascii():  # written from the house to the country
            joined = ", ".join(part for part in [*one.get("line", ()), *parts[::-1]] if part)
        text = one.get("text") or joined
        if text:
            return str(text)
    return ""


def community_of(body: Body) -> str:
    """Street and residents' committee: the first line of the address."""
    lines = [line for one in body.get("address", ()) for line in one.get("line", ())[:1]]
    return str(lines[0]) if lines else ""


def day_of(text: str | None) -> date | None:
    """The local day of a FHIR date or dateTime that is known to the day, else None."""
    if not text or len(text) < 10:
        return None
    if len(text) == 10:
        return date.fromisoformat(text)
    return datetime.fromisoformat(text).astimezone(SHANGHAI).date()


def moment_of(body: Body, *names: str) -> str:
    """The first dateTime among elements; of a Period its start."""
    for name in names:
        value = body.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, dict) and (value.get("start") or value.get("end")):
            return str(value.get("start") or value["end"])
    return ""


def since(text: str) -> str:
    """A date as precise as it is known: a year, a month or a local day."""
    day = day_of(text)
    return day.isoformat() if day else text


def death_of(body: Body) -> tuple[bool, date | None]:
    """Whether the person has died, and the day where it is known."""
    text = body.get("deceasedDateTime")
    return bool(text or body.get("deceasedBoolean")), day_of(text)


def id_of(reference: Body | None, type_: str) -> str:
    """The id in a literal reference to a resource of ours of this type, or an empty text."""
    path = (reference or {}).get("reference", "")
    kind, _, id_ = path.partition("/_history/")[0].rpartition("/")
    return id_ if kind == type_ else ""


def display_of(reference: Body | None) -> str:
    """What a reference calls its target, or an empty text."""
    return str((reference or {}).get("display", ""))


def quantity_of(body: Body) -> tuple[Decimal, str] | None:
    """Value and printed unit of a Quantity, or None where either is missing."""
    value = body.get("value")
    unit = body.get("unit") or body.get("code")
    if not isinstance(value, Decimal | int) or unit is None:
        return None
    return Decimal(value), UNITS.get(str(unit), str(unit).strip("{}"))


def written(value: Decimal) -> str:
    """A measured value as it was written down: 6.30 stays 6.30, 120.0 stays 120.0.

    More than three decimals come from no instrument of ours; of those one is shown.
    """
    exponent = value.as_tuple().exponent
    return f"{value:.1f}" if isinstance(exponent, int) and exponent < -3 else f"{value:f}"


def doses(body: Body, element: str) -> str:
    """How a drug is taken, in words; from the dose where nobody wrote it out."""
    return joined(map(_dose, body.get(element, ())), by=SEQUENCE)


def _dose(dosage: Body) -> str:
    """What somebody wrote; where that only repeats the codes, a message of them."""
    parts, written_out = list(_dose_parts(dosage)), str(dosage.get("text", ""))
    coded = joined([*parts, _days(dosage)], by=CLAUSES)
    if written_out:
        return coded if coded == written_out else written_out
    return joined(parts, by=CLAUSES)


def _days(dosage: Body) -> str:
    bounds = dosage.get("timing", {}).get("repeat", {}).get("boundsDuration", {})
    known = bounds.get("code") == "d" and bounds.get("value") is not None
    return Message(_("共%(n)s天"), n=bounds["value"]) if known else ""


def _dose_parts(dosage: Body) -> Iterator[str]:
    if route := words(dosage.get("route")):
        yield Message(route)
    timing = dosage.get("timing", {})
    repeat, said = timing.get("repeat", {}), words(timing.get("code"))
    if said:
        yield Message(said)
    elif repeat.get("periodUnit") == "d" and repeat.get("period") == 1 and repeat.get("frequency"):
        yield Message(_("每日%(n)s次"), n=repeat["frequency"])
    for rate in dosage.get("doseAndRate", ()):
        found = quantity_of(rate.get("doseQuantity", {}))
        if found:
            dose, unit = found
            yield Message(_("每次%(dose)s%(unit)s"), dose=written(dose), unit=unit)


def ages(born: date | None, on: date) -> int | None:
    """Completed years on a day, or None where the day of birth is not known or still to come."""
    if born is None or born > on:
        return None
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def newest_first(bodies: Iterable[Body], *names: str) -> list[Body]:
    """Bodies by the first dateTime among elements, the newest first."""
    return sorted(bodies, key=lambda body: moment_of(body, *names), reverse=True)
