"""The slips on A4, and the address that stands on them as a code."""

from starlette.responses import RedirectResponse, Response

from kernel.audit.entry import Action
from kernel.errors import not_found
from kernel.web.pages import Pages
from kernel.web.shell import page
from kernel.web.visit import Visit
from kernel.work import ReadWork
from referral.moving.services import get_request, get_task
from referral.paper.link import drawn, find_linked, link_to
from referral.paper.slips import get_back_slip, get_out_slip
from referral.permissions import READ
from referral.task import outputs_of

PAGES = Pages()


@PAGES.reads("/referrals/{id}/print", permission=READ, action=Action.PRINT)
def print_out(visit: Visit, work: ReadWork) -> Response:
    """双向转诊（转出）单; of a referral that the hospital began its 回转单."""
    id_ = visit.params["id"]
    slip = get_out_slip(work, id_)
    if slip.about.request.direction == "down":
        task, _version = get_task(work, id_)
        letters = outputs_of(task, "Composition")
        if not letters:
            raise not_found("the slip of a referral without one")
        return _back(visit, work, letters[0].partition("/")[2])
    return page(
        visit,
        "referrals/slip_out.html",
        slip=slip,
        code=drawn(link_to(visit, work, id_)),
        printed_at=work.now,
    )


@PAGES.reads("/referrals/{id}/letter/{letter}/print", permission=READ, action=Action.PRINT)
def print_back(visit: Visit, work: ReadWork) -> Response:
    """双向转诊（回转）单 of a letter. Raises Refused (403, 404)."""
    return _back(visit, work, visit.params["letter"])


def _back(visit: Visit, work: ReadWork, letter_id: str) -> Response:
    id_ = visit.params["id"]
    return page(
        visit,
        "referrals/slip_back.html",
        slip=get_back_slip(work, id_, letter_id),
        letter_id=letter_id,
        code=drawn(link_to(visit, work, id_)),
        printed_at=work.now,
    )


@PAGES.reads("/r/{token}", permission=READ)
def scanned(visit: Visit, work: ReadWork) -> Response:
    """The referral behind a scanned code, for whoever may see it; 404 for everybody else."""
    id_ = find_linked(work, visit.params["token"])
    if not id_:
        raise not_found("the referral of this code")
    get_request(work, id_)
    return RedirectResponse(f"/referrals/{id_}", 303)
