"""A declared form as FHIR: its Questionnaire and its answers.

R4 13.11 Questionnaire, 13.12 QuestionnaireResponse (an answer names `questionnaire|version` and
keeps it for ever), Structured Data Capture for what is extracted.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from kernel.canonical import CANONICAL, UCUM
from kernel.declare.form import Field, FieldKind, Form, Section, Value, Values, beside
from kernel.forms import Answer, read_form, texts_of

Body = dict[str, Any]
_ITEM_TYPES: Final = {
    FieldKind.CHOICE: "choice",
    FieldKind.CHOICES: "choice",
    FieldKind.TEXT: "string",
    FieldKind.LONG_TEXT: "text",
    FieldKind.INTEGER: "integer",
    FieldKind.DECIMAL: "decimal",
    FieldKind.DATE: "date",
    FieldKind.MONTH: "string",
    FieldKind.ROWS: "group",
}
_ANSWERS: Final = {
    FieldKind.TEXT: "valueString",
    FieldKind.LONG_TEXT: "valueString",
    FieldKind.INTEGER: "valueInteger",
    FieldKind.DECIMAL: "valueDecimal",
    FieldKind.DATE: "valueDate",
    FieldKind.MONTH: "valueString",
}
_UNIT: Final = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
_LOWEST: Final = "http://hl7.org/fhir/StructureDefinition/minValue"
_HIGHEST: Final = "http://hl7.org/fhir/StructureDefinition/maxValue"


def canonical_of(form: Form) -> str:
    """The canonical address of the form's Questionnaire, with its version."""
    return f"{CANONICAL}/Questionnaire/{form.name}|{form.version}"


def questionnaire(form: Form) -> Body:
    """The form as a Questionnaire (R4 13.11); each edition is a resource of its own."""
    url, _, version = canonical_of(form).partition("|")
    return {
        "resourceType": "Questionnaire",
        "id": f"{form.name}-{version}",
        "url": url,
        "version": version,
        "name": form.name.replace("-", "_"),
        "title": form.title,
        "status": "active",
        "subjectType": ["Patient"],
        "copyright": form.source,
        "item": [
            {
                "linkId": section.key,
                "text": section.title,
                "type": "group",
                "item": [item for field in section.fields for item in _items(field, "")],
            }
            for section in form.sections
        ],
    }


def _items(field: Field, prefix: str) -> Iterator[Body]:
    link = prefix + field.key
    item: Body = {"linkId": link, "text": str(field.title), "type": _ITEM_TYPES[field.kind]}
    if extensions := list(_extensions(field)):
        item["extension"] = extensions
    if field.coded is not None:
        item["code"] = [{"system": field.coded.system, "code": field.coded.code}]
    item.update(_enabled(field, prefix))
    item.update(_limits(field))
    if field.options:
        item["answerOption"] = [{"valueCoding": coding_of(field, o.code)} for o in field.options]
    if field.columns:
        item["item"] = [one for column in field.columns for one in _items(column, f"{link}.")]
    yield item
    for option in field.options:
        if option.words:
            text = f"{field.title}：{option.title}"
            yield {"linkId": beside(link, option.code), "text": text, "type": "string"}


def _enabled(field: Field, prefix: str) -> Body:
    """When the field is asked."""
    if field.when is None:
        return {}
    question = {"question": prefix + field.when.key, "operator": "="}
    enabled: Body = {
        "enableWhen": [{**question, "answerCoding": {"code": code}} for code in field.when.codes]
    }
    return {**enabled, "enableBehavior": "any"} if len(field.when.codes) > 1 else enabled


def _limits(field: Field) -> Iterator[tuple[str, Any]]:
    if field.required:
        yield "required", True
    if field.kind in (FieldKind.CHOICES, FieldKind.ROWS):
        yield "repeats", True
    if field.computed:
        yield "readOnly", True
    if field.kind in (FieldKind.TEXT, FieldKind.LONG_TEXT):
        yield "maxLength", field.most


def _extensions(field: Field) -> Iterator[Body]:
    if field.unit:
        unit: Body = {"display": field.unit}
        if field.coded is not None and field.coded.ucum:
            unit = {"system": UCUM, "code": field.coded.ucum, **unit}
        yield {"url": _UNIT, "valueCoding": unit}
    if field.hard is not None:
        kind = "valueInteger" if field.kind is FieldKind.INTEGER else "valueDecimal"
        for url, limit in zip((_LOWEST, _HIGHEST), field.hard, strict=True):
            yield {"url": url, kind: int(limit) if kind == "valueInteger" else limit}


def coding_of(field: Field, code: str) -> Body:
    """The Coding of one of a field's options."""
    coding = {"code": code, "display": field.by_code[code].title}
    return {"system": field.system, **coding} if field.system else coding


@dataclass(frozen=True, slots=True)
class Answered:
    """The circumstances of an answer: whose it is, when it was authored (dateTime), by whom."""

    patient_id: str
    authored: str
    author: Body
    encounter: Body | None = None
    status: str = "completed"


def response(form: Form, values: Values, about: Answered) -> Body:
    """The values as a QuestionnaireResponse without id."""
    body: Body = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": canonical_of(form),
        "status": about.status,
        "subject": {"reference": f"Patient/{about.patient_id}"},
        "authored": about.authored,
        "author": about.author,
    }
    if about.encounter:
        body["encounter"] = about.encounter
    sections = [s for s in (_section(one, values) for one in form.sections) if s]
    if sections:
        body["item"] = sections
    return body


def _section(section: Section, values: Values) -> Body | None:
    items = [i for field in section.fields for i in _answered(field, values, "")]
    return {"linkId": section.key, "text": section.title, "item": items} if items else None


def _answered(field: Field, values: Values, prefix: str) -> Iterator[Body]:
    value = values.get(field.key)
    if value is None or value in ("", ()):
        return
    link = prefix + field.key
    head = {"linkId": link, "text": str(field.title)}
    if field.kind is FieldKind.ROWS and isinstance(value, tuple):
        for row in value:
            columns = [i for c in field.columns for i in _answered(c, row, f"{link}.")]
            yield {**head, "item": columns}
        return
    yield {**head, "answer": list(_answers(field, value))}
    for option in field.options:
        words = values.get(beside(field.key, option.code))
        if words is not None:
            text = f"{field.title}：{option.title}"
            answer = [{"valueString": words}]
            yield {"linkId": beside(link, option.code), "text": text, "answer": answer}


def _answers(field: Field, value: Value) -> Iterator[Body]:
    if field.kind in (FieldKind.CHOICE, FieldKind.CHOICES):
        codes = value if isinstance(value, tuple) else (value,)
        for code in codes:
            yield {"valueCoding": coding_of(field, str(code))}
        return
    yield {_ANSWERS[field.kind]: value.isoformat() if isinstance(value, date) else value}


def values_of(form: Form, body: Mapping[str, Any]) -> dict[str, Value]:
    """The values of a QuestionnaireResponse to this form: the inverse of `response`.

    Items that the form does not know are left out.
    """
    found: dict[str, Value] = {}
    items = [item for section in body.get("item", ()) for item in section.get("item", ())]
    _collect(found, form.fields, items, "")
    return found


def _collect(
    found: dict[str, Value], fields: Sequence[Field], items: Sequence[Body], prefix: str
) -> None:
    by_link: dict[str, list[Body]] = {}
    for item in items:
        by_link.setdefault(item.get("linkId", ""), []).append(item)
    worded = any("." in link[len(prefix) :] for link in by_link)
    for field in fields:
        link = prefix + field.key
        here = by_link.get(link, ())
        if field.kind is FieldKind.ROWS and here:
            found[field.key] = tuple(_row(field, item, link) for item in here)
        elif here and (value := [v for v in _all_given(field, here) if v is not None]):
            found[field.key] = tuple(value) if field.kind is FieldKind.CHOICES else value[0]
        for option in field.options if worded else ():
            for item in by_link.get(beside(link, option.code), ()):
                words = item.get("answer", [{}])[0].get("valueString")
                if words is not None:
                    found[beside(field.key, option.code)] = words


def _row(field: Field, item: Body, link: str) -> dict[str, Value]:
    row: dict[str, Value] = {}
    _collect(row, field.columns, item.get("item", ()), f"{link}.")
    return row


def _all_given(field: Field, items: Sequence[Body]) -> Iterator[Any]:
    return (_given(field, answer) for item in items for answer in item.get("answer", ()))


def _given(field: Field, answer: Body) -> Any:
    """The value of an answer; None for one of another type or another code system."""
    if field.options:
        coding = answer.get("valueCoding", {})
        ours = coding.get("system", field.system) == field.system or not field.system
        return coding.get("code") if ours else None
    if field.kind is FieldKind.ROWS:
        return None
    value = answer.get(_ANSWERS[field.kind])
    if field.kind is FieldKind.DATE:
        return date.fromisoformat(value) if value and _DAY.fullmatch(value) else None
    return Decimal(value) if field.kind is FieldKind.DECIMAL and value is not None else value


_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NOT_UNDERSTOOD: Final = "表单没有此项，或答案的类型、选项不符，或按其他项的答案不应填写"


def read_response(form: Form, body: Mapping[str, Any]) -> Answer:
    """What a QuestionnaireResponse says, checked as if it had been typed.

    Errors and doubts are by linkId. An answer that the form does not ask for is an error.
    """
    texts = texts_of(form, values_of(form, body))
    typed = {name: (text,) if isinstance(text, str) else text for name, text in texts.items()}
    answer = read_form(form, typed)
    errors = {_link(name): text for name, text in answer.errors.items()}
    known_links = _links_of(form, answer.values)
    computed = {field.key for field in form.fields if field.computed}
    for link, count in _links(body.get("item", ())).items():
        if count > known_links[link] and link not in computed:
            errors.setdefault(link, _NOT_UNDERSTOOD)
    doubts = {_link(name): text for name, text in answer.doubts.items()}
    return Answer(answer.values, errors, doubts)


def _links_of(form: Form, values: Values) -> Counter[str]:
    """How often each linkId is in the response that says these values, as `_links` counts."""
    found: Counter[str] = Counter()
    for section in form.sections:
        before = len(found)
        _count(found, section.fields, values, "")
        if len(found) > before:
            found[section.key] += 1
    return found


def _count(found: Counter[str], fields: Sequence[Field], values: Values, prefix: str) -> None:
    for field in fields:
        value = values.get(field.key)
        if value is None or value in ("", ()):
            continue
        link = prefix + field.key
        found[link] += len(value) if isinstance(value, tuple) else 1
        for row in value if field.kind is FieldKind.ROWS and isinstance(value, tuple) else ():
            _count(found, field.columns, row, f"{link}.")
        for option in field.options:
            if beside(field.key, option.code) in values:
                found[beside(link, option.code)] += 1


def _links(items: Iterable[Body]) -> Counter[str]:
    """How often there is an item of each linkId, once for each of its answers."""
    found: Counter[str] = Counter()
    waiting = list(items)
    for item in waiting:  # it grows meanwhile
        answers = item.get("answer", ())
        found[item.get("linkId", "")] += max(len(answers), 1)
        waiting += item.get("item", ())
        for answer in answers:
            if "item" in answer:
                waiting += answer["item"]
    return found


def _link(name: str) -> str:
    """The linkId of a name in the browser's form: `surgery-0-name` is `surgery.name`."""
    return re.sub(r"-\d+-", ".", name)
