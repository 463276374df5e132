"""转出单 as a declared form (health-record.md §9): built for what can be chosen, read into a Slip.

Pure. What can be chosen (hospitals, indications, doctors) depends on the day, so the form is made
for each page; a draft may leave out everything that sending asks for.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, Final

from kernel.clock import SHANGHAI
from kernel.declare.form import Field, FieldKind, Form, Option, Section, Values, beside
from kernel.messages import Message, _
from records.api import catalogue, fields
from referral.codes import DOWN
from referral.requests.slip import Consented, Diagnosis, Slip

NAME: Final = "referral-slip"
SOURCE: Final = "国家基本公共卫生服务规范（第三版）双向转诊单（转出）"
MOST_DIAGNOSES: Final = 3
_LONG: Final = 1000
_TIME: Final = re.compile(r"(\d{1,2})[:：.]?(\d{2})")
_NO_TIME: Final = _("电话联系时间：应写成时和分，例如 09:05")
_LATER: Final = _("电话联系时间：不能晚于现在（%(now)s）")
_CONSENT_LATER: Final = _("知情同意日期：不能晚于今天")
_WISHED_PAST: Final = _("希望就诊日期：不能早于今天")
_WORDS: Final = {
    "direction": _("转诊方向"),
    "urgency": _("紧急程度"),
    "disease": _("病种"),
    "destination": _("转往医院和科室"),
}
CONSENT_WHO: Final = (("1", _("本人")), ("2", _("监护人或近亲属")))
CONSENT_HOW: Final = (("1", _("书面签字")), ("2", _("口头同意，有见证人")), ("3", _("电话同意")))


@dataclass(frozen=True, slots=True)
class Choices:
    """What a slip can be filled with: pairs of code or id and Chinese title.

    `indications` are triples of code, title, and whether it wants words; `slots` are those that
    are free of the department that is chosen.
    """

    diseases: Sequence[tuple[str, str]]
    destinations: Sequence[tuple[str, str]]
    indications: Sequence[tuple[str, str, bool]]
    doctors: Sequence[tuple[str, str]]
    slots: Sequence[tuple[str, str]] = ()


def slip_form(choices: Choices, *, draft: bool = False) -> Form:
    """The whole slip; of a draft nothing is required."""
    sections = (
        Section("where", _("转往"), (*_where(choices), *_slot(choices), *_wishes())),
        Section("indications", _("转诊指征"), (_indications(choices),)),
        Section("slip", _("转出单正文"), (*_texts(), *_signer(choices))),
        Section("consent", _("知情同意"), _consent()),
    )
    return _form(sections, draft=draft)


def call_form(choices: Choices, *, draft: bool = False) -> Form:
    """An emergency that is told by telephone: where, why, when phoned. The slip follows (§2)."""
    phoned = fields.text(
        "phoned-at", _("电话联系时间"), 10, required=True, hint=_("先电话通知对方急诊，再提交。")
    )
    reason = fields.text("reason", _("病情和转诊原因"), fields.SENTENCE, required=True)
    where = [one for one in _where(choices) if one.key in ("disease", "destination")]
    sections = (
        Section("where", _("先电话，后补单"), (*where, phoned, reason, *_signer(choices)[:2])),
        Section("indications", _("转诊指征"), (_indications(choices),)),
    )
    return _form(sections, draft=draft)


def slip_only_form() -> Form:
    """What is handed in afterwards for an emergency that was announced by telephone."""
    sections = (
        Section("slip", _("转出单正文"), tuple(one for one in _texts() if one.key != "question")),
        Section("consent", _("知情同意"), _consent()),
    )
    return _form(sections, draft=False)


def _form(sections: Sequence[Section], *, draft: bool) -> Form:
    if draft:
        sections = [
            replace(one, fields=tuple(replace(each, required=False) for each in one.fields))
            for one in sections
        ]
    return Form(NAME, "1", _("双向转诊（转出）单"), SOURCE, tuple(sections))


def _where(choices: Choices) -> list[Field]:
    directions = [one for one in catalogue.choices("referral-direction") if one[0] != DOWN]
    return [
        _choice("direction", directions),
        _choice("urgency", catalogue.choices("referral-urgency")),
        _choice("disease", choices.diseases),
        _choice("destination", choices.destinations),
    ]


def _choice(key: str, options: Sequence[tuple[str, str]]) -> Field:
    made = tuple(Option(code, title) for code, title in options)
    return Field(key, _WORDS[key], FieldKind.CHOICE, options=made, required=True)


def _slot(choices: Choices) -> Iterator[Field]:
    """The slots of the department, with a line for none: what was chosen can be taken back."""
    if choices.slots:
        options = [Option(WITHOUT, _("不选，由医院安排")), *(Option(*one) for one in choices.slots)]
        yield Field("slot", _("预约号源"), FieldKind.CHOICE, options=tuple(options))


WITHOUT: Final = "none"
"""What stands for no slot in the form."""


def _wishes() -> tuple[Field, ...]:
    return (
        fields.text("to-doctor", _("接诊医生"), 30, hint=_("已经约好的才填写。")),
        fields.day("wished-on", _("希望就诊日期")),
        fields.text(
            "phoned-at", _("电话联系时间"), 10, when=fields.when("urgency", "emergency"),
            hint=_("紧急转诊先电话通知对方，例如 09:05。"),
        ),
    )  # fmt: skip


def _indications(choices: Choices) -> Field:
    options = tuple(Option(code, title, words=words) for code, title, words in choices.indications)
    return Field(
        "indications", _("转诊指征"), FieldKind.CHOICES, options=options, required=True, most=200
    )


def _texts() -> tuple[Field, ...]:
    def long(key: str, title: str, *, required: bool = False) -> Field:
        return Field(key, title, FieldKind.LONG_TEXT, most=_LONG, required=required)

    return (
        fields.text("impression", _("初步印象"), fields.SENTENCE, required=True),
        long("reason", _("主要现病史（转出原因）"), required=True),
        long("history", _("主要既往史")),
        long("treatment", _("治疗经过")),
        long("question", _("请对方解决的问题")),
    )


def _signer(choices: Choices) -> tuple[Field, ...]:
    doctors = tuple(Option(code, title) for code, title in choices.doctors)
    return (
        Field("doctor", _("转诊医生"), FieldKind.CHOICE, options=doctors, required=True),
        fields.text("phone", _("联系电话"), 30, required=True),
        fields.choice("first-contact", _("首诊情况"), "first-contact", required=True, words=""),
    )


def _consent() -> tuple[Field, ...]:
    who = tuple(Option(code, title) for code, title in CONSENT_WHO)
    how = tuple(Option(code, title) for code, title in CONSENT_HOW)
    return (
        Field("consent-who", _("同意人"), FieldKind.CHOICE, options=who, required=True),
        fields.text(
            "consent-name", _("同意人姓名和与患者关系"), 60, required=True,
            when=fields.when("consent-who", "2"),
        ),
        Field("consent-how", _("同意方式"), FieldKind.CHOICE, options=how, required=True),
        fields.day("consent-on", _("知情同意日期"), required=True),
    )  # fmt: skip


# Slip ↔ values ----------------------------------------------------------------------------------


def values_of(slip: Slip) -> dict[str, Any]:
    """What stands in the form's fields."""
    phoned = datetime.fromisoformat(slip.phoned_at) if slip.phoned_at else None
    values: dict[str, Any] = {
        "direction": slip.direction,
        "urgency": slip.urgency,
        "disease": slip.disease,
        "destination": f"{slip.hospital}/{slip.department}" if slip.hospital else "",
        "slot": slip.slot or WITHOUT,
        "to-doctor": slip.to_doctor,
        "wished-on": slip.wished_on,
        "phoned-at": f"{phoned:%H:%M}" if phoned else "",
        "indications": slip.indications,
        **{beside("indications", code): text for code, text in slip.words.items()},
        **{key: getattr(slip, key) for key in _SAME},
        "first-contact": slip.first_contact,
    }
    if slip.consent is not None:
        values["consent-who"], values["consent-how"] = slip.consent.who, slip.consent.how
        values["consent-on"], values["consent-name"] = slip.consent.on, slip.consent.name
    return {key: value for key, value in values.items() if value}


_SAME: Final = (
    "impression", "reason", "history", "treatment", "question", "doctor", "phone",
)  # fmt: skip
_NAMES: Final = {"direction", "urgency", "disease", *_SAME}


def slip_from(values: Values, before: Slip, diagnoses: Sequence[Diagnosis], now: datetime) -> Slip:
    """The slip that was filled in over one before; what its form did not ask stays."""
    told: Mapping[str, Any] = values
    hospital, _slash, department = str(told.get("destination", "")).partition("/")
    indications: tuple[str, ...] = tuple(told.get("indications", ()))
    words = {code: str(told.get(beside("indications", code), "")) for code in indications}
    on = told.get("consent-on")
    consent = before.consent
    if isinstance(on, date) and told.get("consent-who") and told.get("consent-how"):
        name = str(told.get("consent-name", ""))
        consent = Consented(str(told["consent-who"]), str(told["consent-how"]), on, name)
    return replace(
        before,
        **{name: str(told.get(name, "")) for name in _NAMES if name in told or name in _SAME},
        hospital=hospital,
        department=department,
        slot="" if told.get("slot") == WITHOUT else str(told.get("slot", "")),
        to_doctor=str(told.get("to-doctor", "")),
        wished_on=told.get("wished-on"),
        phoned_at=_phoned(str(told.get("phoned-at", "")), now),
        indications=indications,
        words={code: text for code, text in words.items() if text},
        diagnoses=tuple(diagnoses),
        first_contact=str(told.get("first-contact", before.first_contact)),
        consent=consent,
    )


def _phoned(text: str, now: datetime) -> str:
    at = clock_time(text)
    if at is None:
        return ""
    return datetime.combine(now.astimezone(SHANGHAI).date(), at, SHANGHAI).isoformat()


def clock_time(text: str) -> time | None:
    """A time of day as it is typed (9:05, 0905), or None."""
    found = _TIME.fullmatch(text.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


def faults_of(values: Values, texts: str, now: datetime) -> dict[str, str]:
    """What no single field shows: times that cannot be. `texts` is the time as it was typed."""
    here = now.astimezone(SHANGHAI)
    faults: dict[str, str] = {}
    at = clock_time(texts)
    if texts and at is None:
        faults["phoned-at"] = _NO_TIME
    elif at is not None and at > here.time():
        faults["phoned-at"] = Message(_LATER, now=f"{here:%H:%M}")
    consent, wished = values.get("consent-on"), values.get("wished-on")
    if isinstance(consent, date) and consent > here.date():
        faults["consent-on"] = _CONSENT_LATER
    if isinstance(wished, date) and wished < here.date():
        faults["wished-on"] = _WISHED_PAST
    return faults
