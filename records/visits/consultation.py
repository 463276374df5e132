"""会诊记录表 (health-record.md §8): its form, and the Composition that keeps it. Pure.

Reason, opinion, the institutions and doctors who were consulted (1..n), the responsible doctor and
the day. The paper has room for the signatures of the consulted doctors.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from kernel.messages import Message, _
from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue
from records.extensions import extensions, parts_of
from records.reading import Body, codes_of, day_of, display_of, id_of
from records.visits import codes
from records.visits.bodies import Author, Resource, to
from records.visits.contents import plain, sections
from records.visits.form import clean

MOST_CONSULTED: Final = 5
_LONGEST: Final = 2000
_LONGEST_NAME: Final = 70


@dataclass(frozen=True, slots=True)
class Consulted:
    """An institution that was consulted, and its doctor."""

    institution: str
    doctor: str


@dataclass(frozen=True, slots=True)
class Consultation:
    """A consultation record; `doctor` is the id of the responsible doctor's Practitioner."""

    reason: str
    opinion: str
    consulted: tuple[Consulted, ...]
    doctor: str
    on: date | None


def read_consultation(
    typed: Callable[[str], str], *, today: date, doctors: Mapping[str, str]
) -> tuple[Consultation, dict[str, str]]:
    """Read the form; what is wrong by field. `doctors` may be responsible, by id."""
    errors: dict[str, str] = {}
    for name, label in (("reason", _("会诊原因")), ("opinion", _("会诊意见"))):
        text = clean(typed(name))
        if not text:
            errors[name] = Message(_("请填写%(label)s"), label=label)
        elif len(text) > _LONGEST:
            errors[name] = Message(_("%(label)s最多 %(most)s 个字"), label=label, most=_LONGEST)
    consulted = tuple(_consulted(typed, errors))
    if not consulted and "institution_1" not in errors:
        errors["institution_1"] = _("请至少填写一个会诊机构和会诊医生")
    doctor = typed("doctor")
    if doctor not in doctors:
        errors["doctor"] = _("请选择责任医生")
    on = _day(typed("on"), today, errors)
    reason, opinion = clean(typed("reason")), clean(typed("opinion"))
    return Consultation(reason, opinion, consulted, doctor, on), errors


def _consulted(
    typed: Callable[[str], str], errors: dict[str, str]
) -> Iterator[Consulted]:  # fmt: skip
    for row in range(1, MOST_CONSULTED + 1):
        names = {part: clean(typed(f"{part}_{row}")) for part in ("institution", "consultant")}
        if not any(names.values()):
            continue
        for part, text in names.items():
            if not text:
                errors[f"{part}_{row}"] = _("会诊机构和会诊医生要成对填写")
            elif len(text) > _LONGEST_NAME:
                long = Message(_("名称最多 %(most)s 个字"), most=_LONGEST_NAME)
                errors[f"{part}_{row}"] = long
        yield Consulted(names["institution"], names["consultant"])


def _day(text: str, today: date, errors: dict[str, str]) -> date | None:
    try:
        on = parse_date(text.strip())
    except InvalidValue:
        errors["on"] = _("请填写会诊日期，例如 2026-11-23")
        return None
    if on > today:
        errors["on"] = _("会诊日期不能晚于今天")
    return on


def form_of_consultation(written: Consultation) -> dict[str, str]:
    """What stands in the form's fields."""
    values = {"reason": written.reason, "opinion": written.opinion, "doctor": written.doctor}
    values["on"] = written.on.isoformat() if written.on else ""
    for row, one in enumerate(written.consulted, start=1):
        values |= {f"institution_{row}": one.institution, f"consultant_{row}": one.doctor}
    return values


def consultation_body(
    written: Consultation, patient_id: str, author: Author, doctors: Mapping[str, str]
) -> Resource:
    """The Composition (LOINC 11488-4); what is written is final."""
    doctor = {**to("Practitioner", written.doctor), "display": doctors[written.doctor]}
    return {
        "resourceType": "Composition",
        "extension": [
            {
                "url": codes.CONSULTED,
                "extension": [
                    {"url": "institution", "valueString": one.institution},
                    {"url": "doctor", "valueString": one.doctor},
                ],
            }
            for one in written.consulted
        ],
        "status": "final",
        "type": codes.loinc(codes.CONSULTATION, "会诊记录"),
        "subject": to("Patient", patient_id),
        "date": written.on.isoformat() if written.on else author.at[:10],
        "author": [doctor],
        "title": "会诊记录",
        "attester": [{"mode": "legal", "time": author.at, "party": author.doctor}],
        "custodian": author.station,
        "section": [
            _part(codes.REASON, "会诊原因", written.reason),
            _part(codes.ASSESSMENT, "会诊意见", written.opinion),
        ],
    }


def _part(code: str, title: str, text: str) -> Resource:
    return {"title": title, "code": codes.loinc(code, title), "text": codes.narrative(text)}


def consultation_of(body: Body) -> Consultation:
    """What a Composition of a consultation says."""
    texts: dict[str, str] = {}
    for section in sections(body):
        for code in codes_of(section.get("code")):
            texts.setdefault(code, plain(section))
    authors = [id_of(one, "Practitioner") for one in body.get("author", ())]
    opinion = texts.get(codes.ASSESSMENT) or "\n".join(
        plain(one) for one in sections(body) if codes.REASON not in codes_of(one.get("code"))
    )
    return Consultation(
        texts.get(codes.REASON, ""),
        opinion.strip(),
        tuple(_stored_consulted(body)),
        next((id_ for id_ in authors if id_), ""),
        day_of(body.get("date")),
    )


def _stored_consulted(body: Body) -> Iterator[Consulted]:
    for parts in map(parts_of, extensions(body, codes.CONSULTED)):
        yield Consulted(parts.get("institution", ""), parts.get("doctor", ""))


def doctor_name(body: Body) -> str:
    """The responsible doctor's name."""
    return next((name for name in map(display_of, body.get("author", ())) if name), "")
