"""OperationOutcome (FHIR R4 2.33): what went wrong, element by element."""

from collections.abc import Iterable
from typing import Any

from kernel.errors import Issue
from kernel.fhir import json


def outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """The OperationOutcome of some issues; "all ok" where there are none."""
    found = [_issue(issue) for issue in issues]
    ok = {"severity": "information", "code": "informational", "diagnostics": "All OK"}
    return {"resourceType": "OperationOutcome", "issue": found or [ok]}


def _issue(issue: Issue) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "severity": issue.severity,
        "code": issue.code,
        "diagnostics": issue.diagnostics,
    }
    if issue.expression:
        entry["expression"] = [issue.expression]
    return entry


def outcome_bytes(issues: Iterable[Issue]) -> bytes:
    """`outcome` as JSON."""
    return json.dumps(outcome(issues))
