"""What the application says no with.

`Refused` is raised anywhere below the edges; the FHIR edge turns it into an OperationOutcome and
the pages into a Chinese sentence. It never carries a stack trace or a value that identifies a
person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: FHIR `OperationOutcome.issue` (R4 2.33).

    `code` is an issue-type, `expression` the FHIRPath of the element or empty.
    """

    code: str
    diagnostics: str
    expression: str = ""
    severity: str = "error"


@dataclass(eq=False)
class Refused(Exception):
    """A request that cannot be carried out, with every reason at once."""

    status: int
    issues: Sequence[Issue]
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return "; ".join(f"{i.expression}: {i.diagnostics}".lstrip(": ") for i in self.issues)


class Overtaken(Refused):
    """412: another client changed the same resource between this request's read and its write.

    Carried out again it meets what the other one wrote: without If-Match the last write wins,
    with If-Match the refusal names the version that is current by then.
    """


class Elsewhere(Exception):
    """This cannot be done here without holding others up; a thread that may wait does it."""


def placed(place: str, issues: Sequence[Issue]) -> list[Issue]:
    """Issues of a resource with the place where it stood in what was sent (`Bundle.entry[3]`)."""
    return [
        Issue(
            i.code,
            i.diagnostics,
            f"{place}.resource.{i.expression.split('.', 1)[1]}" if "." in i.expression else place,
            i.severity,
        )
        for i in issues
    ]


def _refused(status: int, code: str, diagnostics: str, expression: str = "") -> Refused:
    return Refused(int(status), (Issue(code, diagnostics, expression),))


def bad_request(diagnostics: str, expression: str = "", code: str = "invalid") -> Refused:
    """400: the request itself cannot be understood."""
    return _refused(HTTPStatus.BAD_REQUEST, code, diagnostics, expression)


def unauthenticated(diagnostics: str) -> Refused:
    """401: who is asking is not known."""
    refusal = _refused(HTTPStatus.UNAUTHORIZED, "login", diagnostics)
    refusal.headers = {"WWW-Authenticate": 'Bearer realm="station"'}
    return refusal


def forbidden(diagnostics: str, expression: str = "") -> Refused:
    """403: who is asking may not do that."""
    return _refused(HTTPStatus.FORBIDDEN, "forbidden", diagnostics, expression)


def not_found(what: str) -> Refused:
    """404: there is no such thing, or the asker may not know that there is."""
    return _refused(HTTPStatus.NOT_FOUND, "not-found", f"{what} is not known here")


def not_supported(status: int, diagnostics: str) -> Refused:
    """404, 405, 406, 415: the server does not do this at all."""
    return _refused(status, "not-supported", diagnostics)


def gone(what: str) -> Refused:
    """410: it was deleted; its history is kept."""
    return _refused(HTTPStatus.GONE, "deleted", f"{what} has been deleted")


def conflict(diagnostics: str, expression: str = "", code: str = "conflict") -> Refused:
    """409: it contradicts what is stored."""
    return _refused(HTTPStatus.CONFLICT, code, diagnostics, expression)


def precondition_failed(diagnostics: str, code: str = "conflict") -> Refused:
    """412: If-Match names another version, or a condition matches several resources."""
    return _refused(HTTPStatus.PRECONDITION_FAILED, code, diagnostics)


def overtaken(diagnostics: str) -> Overtaken:
    """412 that is worth another attempt in a transaction of its own."""
    return Overtaken(HTTPStatus.PRECONDITION_FAILED, (Issue("conflict", diagnostics),))


def too_large(diagnostics: str) -> Refused:
    """413: more than one request may carry."""
    return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-long", diagnostics)


def unprocessable(diagnostics: str, expression: str = "", code: str = "business-rule") -> Refused:
    """422: well formed, and still not acceptable."""
    return _refused(HTTPStatus.UNPROCESSABLE_ENTITY, code, diagnostics, expression)


def busy(diagnostics: str, seconds: int = 2) -> Refused:
    """503: try again in `seconds`."""
    refusal = _refused(HTTPStatus.SERVICE_UNAVAILABLE, "transient", diagnostics)
    refusal.headers = {"Retry-After": str(seconds)}
    return refusal


def storage_full() -> Refused:
    """507: the disk is full; nothing of this request was kept."""
    return _refused(
        HTTPStatus.INSUFFICIENT_STORAGE, "no-store", "the disk is full; nothing was saved"
    )
