"""The first page: what waits for the person who signed in."""

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.audit.queries import Key, Query, find
from kernel.clock import SECOND
from kernel.web import audit_log
from kernel.web.cards import cards_of, panels_of
from kernel.web.pages import SIGNED_IN, Pages
from kernel.web.shell import page
from kernel.web.visit import Visit
from kernel.work import ReadWork

PAGES = Pages()


@PAGES.reads("/", permission=SIGNED_IN)
def home(visit: Visit, work: ReadWork) -> Response:
    """Cards and panels of every module, as far as the role may see them."""
    before = _sign_in_before(visit, work)
    return page(
        visit,
        "home.html",
        cards=[*cards_of(work), *audit_log.cards(visit, work)],
        panels=panels_of(work, "home", ""),
        last_sign_in=before[0] if before else None,
        from_address=before[1] if before else "",
    )


def _sign_in_before(visit: Visit, work: ReadWork) -> tuple[int, str] | None:
    """When and from where the account was used the time before (ASVS 5.0 7.1): who finds a time
    that was not his own tells the security administrator.
    """
    if visit.session is None:
        return None
    query = Query(user_id=work.actor.user_id, actions=(Action.SIGN_IN,))
    present = Key(visit.session.created_at - SECOND, 0)
    with visit.site.station.database.reading_audit() as audit:
        found = find(audit, work.keys, query, after=present, limit=1).entries
    return (found[0].entry.at, found[0].entry.source or "") if found else None
