"""The pages of FHIR documents: taking a person's file away, taking one in."""

import base64
from typing import Any, Final

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import Refused, unprocessable
from kernel.fhir import json
from kernel.security.codec import Damaged, seal, unseal
from kernel.web.acting import complained
from kernel.web.exports import reason_missing
from kernel.web.i18n import _
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.exchange import arrival
from records.exchange.arrival import Arrived, Doubtful, take_document
from records.exchange.document import document_of
from records.exchange.pages import RUN
from records.exchange.received import read_document
from records.residents.frame import frame
from records.residents.pages import EXPORT

PAGES = Pages()
DOCUMENT: Final = "application/fhir+json"
MOST_CARRIED: Final = 700 << 10
"""A document that is shown again beside a question travels in the form, so it is no larger."""
_PURPOSE: Final = "document"
_NOTHING = _("请选择要导入的文件（.json）。")
_CHOOSE = _("请选择文档中的居民是谁。")
_AGAIN = _("文件较大，请再选一次同一个文件。")


@PAGES.reads("/residents/{id}/document", permission=EXPORT)
def ask(visit: Visit, work: ReadWork) -> Response:
    """Ask why the file is taken away."""
    return _ask(visit, work, FormState())


def _ask(visit: Visit, work: ReadWork, state: FormState) -> Response:
    return page(
        visit,
        "residents/document.html",
        http_status=422 if state.errors else 200,
        **frame(visit, work, visit.params["id"], "overview"),
        state=state,
    )


@PAGES.reads("/residents/{id}/document", permission=EXPORT, post=True, action=Action.EXPORT)
def download(visit: Visit, work: ReadWork) -> Response:
    """The person's file as a FHIR document, for a reason that is recorded."""
    visit.subject = "Patient"
    complaint = reason_missing(visit)
    if complaint is not None:
        return _ask(visit, work, complaint)
    visit.detail["document"] = True
    body = document_of(work, visit.params["id"], base=base_of(visit))
    name = f"document-{work.today.isoformat()}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(json.dumps(body), media_type=DOCUMENT, headers=headers)


def base_of(visit: Visit) -> str:
    """Where our resources live, for the addresses inside a document."""
    configured = visit.site.station.settings.base_url
    root = configured or f"http://{visit.headers.get('host', 'localhost')}"
    return f"{root.rstrip('/')}/fhir/R4"


@PAGES.reads("/imports/document", permission=RUN)
def arrivals(visit: Visit, work: ReadWork) -> Response:
    """The form for a document of another station."""
    return _arrivals(visit, work, FormState())


def _arrivals(
    visit: Visit, work: ReadWork, state: FormState, *, doubt: Doubtful | None = None, raw: str = ""
) -> Response:
    return page(
        visit,
        "imports/document.html",
        http_status=422 if state.errors else 200,
        state=state,
        suspects=[] if doubt is None else _suspects(visit, work, doubt),
        carried=raw,
        new=arrival.NEW,
    )


def _suspects(visit: Visit, work: ReadWork, doubt: Doubtful) -> list[dict[str, Any]]:
    tree = visit.site.authenticator.tree(work.connection)
    return [
        {
            "id": one.patient_id,
            "organisation": tree.name(one.organisation_id) or "",
            "reasons": one.reasons,
            "own": one.organisation_id in work.actor.organisations,
        }
        for one in doubt.suspects
    ]


@PAGES.alone("/imports/document", permission=RUN, post=True)
def arrive(visit: Visit) -> Response:
    """Take a document in; where somebody here may be the person, ask first."""
    station = visit.site.station
    raw = b""
    try:
        with station.write(visit.actor) as work:
            raw = _sent(visit, work)
            done = _taken(visit, work, raw)
    except Doubtful as doubt:
        with station.read(visit.actor) as work:
            state = FormState(visit.form, {"who": _CHOOSE})
            return _arrivals(visit, work, state, doubt=doubt, raw=_carried(work, raw))
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        with station.read(visit.actor) as work:
            return _arrivals(visit, work, complained(visit, refused))
    return see_other(visit, f"/residents/{done.patient_id}", flash=_flash(done))


def _taken(visit: Visit, work: Any, raw: bytes) -> Arrived:
    document = read_document(work, raw)
    done = take_document(work, document, who=visit.field("who"))
    visit.subject = "Patient"
    visit.note(Action.IMPORT, patients=[done.patient_id])
    return done


def _flash(done: Arrived) -> str:
    return "document-taken" if done.created or done.updated else "document-known"


def _sent(visit: Visit, work: ReadWork) -> bytes:
    """The file, or what the form carried beside its question."""
    given = visit.files.get("file")
    if given is not None and given.content:
        return given.content
    carried = visit.field("carried")
    if not carried:
        raise unprocessable(_NOTHING, "file")
    try:
        sealed = base64.b64decode(carried.encode("ascii"), validate=True)
        return unseal(work.keys, _place(work), sealed)
    except (Damaged, ValueError, IndexError):
        raise unprocessable(_AGAIN, "file") from None


def _carried(work: ReadWork, raw: bytes) -> str:
    """The document for the form's next sending; empty where it is too large for that."""
    sealed = base64.b64encode(seal(work.keys, _place(work), raw)).decode()
    return sealed if len(sealed) <= MOST_CARRIED else ""


def _place(work: ReadWork) -> str:
    return f"page/{_PURPOSE}/{work.actor.user_id}"
