"""Indicators as FHIR: a Measure each (R4 13.9), with both predicates as they are counted."""

from typing import Any, Final

from sqlalchemy import ColumnElement, literal_column
from sqlalchemy.sql.visitors import replacement_traverse

from kernel.canonical import CANONICAL
from kernel.declare.indicator import TODAY, Indicator

Body = dict[str, Any]
SQL: Final = "application/sql"
"""The media type of SQL (RFC 6922), in which our predicates are written."""
_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
_PERSON: Final = "http://hl7.org/fhir/resource-types"


def measure_of(indicator: Indicator) -> Body:
    """The Measure of an indicator; its url ends in the indicator's code.

    Each person counts once a calendar year. The criteria are the SQL predicates over the table of
    facts; `:today` is the day on which it is evaluated.
    """
    return {
        "resourceType": "Measure",
        "id": indicator.code,
        "url": measure_url(indicator.code),
        "version": indicator.version,
        "name": indicator.code.replace("-", "_"),
        "title": str(indicator.title),
        "status": "active",
        "subjectCodeableConcept": {"coding": [{"system": _PERSON, "code": "Patient"}]},
        "publisher": "Station",
        "description": str(indicator.definition),
        "copyright": str(indicator.source),
        "scoring": _concept("measure-scoring", "proportion"),
        "type": [_concept("measure-type", indicator.kind)],
        "improvementNotation": _concept("measure-improvement-notation", indicator.better),
        "relatedArtifact": [{"type": "citation", "citation": str(indicator.source)}],
        "group": [{"population": list(_populations(indicator)), **_reasons(indicator)}],
    }


def measure_url(code: str) -> str:
    """The canonical address of an indicator's Measure."""
    return f"{CANONICAL}/Measure/{code}"


def _concept(system: str, code: str) -> Body:
    return {"coding": [{"system": f"{_TERMINOLOGY}/{system}", "code": code}]}


def _populations(indicator: Indicator) -> list[Body]:
    told = (
        ("initial-population", indicator.denominator_title, indicator.denominator),
        ("denominator", indicator.denominator_title, indicator.denominator),
        ("numerator", indicator.numerator_title, indicator.numerator),
    )
    return [
        {
            "code": _concept("measure-population", code),
            "description": str(title),
            "criteria": {
                "description": str(title), "language": SQL, "expression": sql_of(predicate),
            },
        }
        for code, title, predicate in told
    ]  # fmt: skip


def _reasons(indicator: Indicator) -> Body:
    """Why somebody of the denominator does not count: the stratifiers of the group."""
    found = [
        {
            "description": str(one.text),
            "criteria": {"language": SQL, "expression": sql_of(one.when)},
        }
        for one in indicator.missing
    ]
    return {"stratifier": found} if found else {}


def sql_of(predicate: ColumnElement[bool]) -> str:
    """A predicate in SQL, with its values written out and the day of evaluation as `:today`."""
    said = replacement_traverse(predicate, {}, _today)
    return str(said.compile(compile_kwargs={"literal_binds": True})).replace("\n", " ")


def _today(element: Any, **_others: Any) -> Any:
    """The parameter by its name; None leaves a part as it is."""
    return literal_column(":today") if element is TODAY else None
