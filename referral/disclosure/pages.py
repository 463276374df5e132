"""医院查阅记录: which hospital may see what until when, and what its people have opened."""

from starlette.responses import Response

from kernel.audit.queries import Key
from kernel.errors import not_found
from kernel.web.audit_log import ACTION_TITLES
from kernel.web.page import ListState, Pager
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import page
from kernel.web.visit import Visit
from kernel.work import ReadWork
from referral.disclosure.panels import consented_on
from referral.disclosure.queries import list_accesses, list_grants
from referral.letters.heading import heading_of
from referral.permissions import READ

PAGES = Pages()
_CURSOR = "referral-disclosure"


@PAGES.reads("/referrals/{id}/disclosure", permission=READ)
def disclosure(visit: Visit, work: ReadWork) -> Response:
    """What a hospital has opened; of several the one that is chosen, else the latest.

    Raises Refused: 404, 403 (for anybody but the community).
    """
    id_ = visit.params["id"]
    visit.subject = "Patient"
    patient_id, grants = list_grants(work, id_)
    chosen = visit.query.get("hospital", "")
    known = {one.hospital_id: one for one in reversed(grants)}
    if chosen and chosen not in known:
        raise not_found(f"Organization/{chosen}")
    grant = known.get(chosen) or (grants[0] if grants else None)
    rows, pager = [], Pager(0)
    state = ListState(f"/referrals/{id_}/disclosure", {"hospital": chosen})
    if grant is not None:
        cursor = visit.query.get("cursor", "")
        after = Key(*unsealed(work, _CURSOR, cursor)) if cursor else None
        with visit.site.station.database.reading_audit() as audit:
            found = list_accesses(work, audit, grant, patient_id=patient_id, after=after)
        rows = [(row, ACTION_TITLES[row.action]) for row in found.rows]
        more = state.href(cursor=sealed(work, _CURSOR, list(found.next))) if found.next else ""
        pager = Pager(len(rows), more, state.href() if cursor else "")
    return page(
        visit,
        "referrals/disclosure.html",
        about=heading_of(work, id_),
        grants=grants,
        grant=grant,
        consented_on=consented_on(work, id_),
        rows=rows,
        pager_state=pager,
        list_state=state,
    )
