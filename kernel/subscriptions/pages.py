"""`/subscriptions`: whose notifications arrive, which are dead, and what to do about them."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from kernel.audit.changes import record_changes
from kernel.audit.entry import Action, entry_of, row
from kernel.errors import bad_request
from kernel.fhir import json
from kernel.fhir.search.run import load
from kernel.fhir.store import Draft, save_all
from kernel.fhir.store.references import Target
from kernel.messages import Message
from kernel.subscriptions import deliveries, queries
from kernel.subscriptions.deliveries import DEAD, DELIVERED, WAITING, WITHHELD
from kernel.subscriptions.queries import Standing, get_standing, list_standings
from kernel.subscriptions.resources import serving
from kernel.subscriptions.secrets import renew_secret
from kernel.web.i18n import _
from kernel.web.listing import arrange, asked, paged
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work

PAGES = Pages()
MANAGE = "kernel:subscription:manage"
_SORTS = ("organisation_name", "type", "waiting", "dead", "delivered_at")
STATES = {
    WAITING: (_("待发"), "due"),
    DELIVERED: (_("已送达"), "ok"),
    DEAD: (_("未送达"), "alert"),
    WITHHELD: (_("无权查看，未发送"), "neutral"),
}
STATUSES = {
    "active": (_("运行中"), "ok"),
    "error": (_("发送失败"), "alert"),
    "off": (_("已停用"), "neutral"),
}
ERRORS = {
    "": "",
    "address": _("目标地址不在允许范围内"),
    "name": _("主机名无法解析"),
    "timeout": _("对方没有及时应答"),
    "refused": _("无法连接"),
    "certificate": _("证书无效"),
    "redirect": _("对方要求转到别处"),
    "broken": _("对方的应答不是 HTTP"),
    "criteria": _("订阅条件已失效"),
}


def error_text(code: str) -> str:
    """Why a notification failed, as a sentence."""
    if code.startswith("http-"):
        return Message(_("对方应答 HTTP %(status)s"), status=code.removeprefix("http-"))
    return ERRORS[code]


def _shown(visit: Visit, work: ReadWork, one: Standing) -> dict[str, Any]:
    tree = visit.site.authenticator.tree(work.connection)
    return {
        "id": one.id,
        "organisation_name": tree.name(one.organisation_id) or one.organisation_id,
        "type": one.type,
        "host": one.host,
        "off": one.status == "off",
        "status": STATUSES[one.status],
        "waiting": one.waiting,
        "dead": one.dead,
        "delivered_at": one.delivered_at,
        "pause_until": one.pause_until if one.pause_until > work.now and one.waiting else None,
        "error": error_text(one.last_error),
    }


@PAGES.reads("/subscriptions", permission=MANAGE)
def subscriptions(visit: Visit, work: ReadWork) -> Response:
    """All subscriptions that the actor may know of."""
    rows = [_shown(visit, work, one) for one in list_standings(work)]
    listing = arrange(visit, "/subscriptions", rows, {}, _SORTS)
    return page(visit, "subscriptions/list.html", listing=listing)


@PAGES.reads("/subscriptions/{id}", permission=MANAGE)
def subscription(visit: Visit, work: ReadWork) -> Response:
    """One subscription and its notifications."""
    return _subscription(visit, work)


def _subscription(visit: Visit, work: ReadWork, *, secret: str = "") -> Response:
    one = get_standing(work, visit.params["id"])
    chosen = asked(visit, "state")
    state = chosen["state"]
    if state not in ("", *STATES):
        raise bad_request(_("筛选条件无效，请从列表上方重新选择"))

    def read(_sort: str, begin: int, size: int) -> Sequence[Mapping[str, Any]]:
        found = queries.list_deliveries(work, one.id, state, begin=begin, size=size)
        return [
            {**r, "state_shown": STATES[r["state"]], "error": error_text(r["last_error"])}
            for r in found
        ]

    total = queries.count_deliveries(work, one.id, state)
    listing = paged(visit, f"/subscriptions/{one.id}", chosen, (), total=total, read=read)
    return page(
        visit,
        "subscriptions/show.html",
        one=_shown(visit, work, one),
        listing=listing,
        filter_state=FormState(chosen),
        states=[(key, title) for key, (title, _kind) in STATES.items()],
        secret=secret,
    )


@PAGES.writes("/subscriptions/{id}/resend", permission=MANAGE)
def resend(visit: Visit, work: Work) -> Response:
    """Send all dead ones of a subscription again, or the one of the field `delivery`."""
    one = get_standing(work, visit.params["id"])
    deliveries.resend(work, one.id, visit.field("delivery"))
    return _back(visit, work, one, "resend", "notifications-resent")


@PAGES.writes("/subscriptions/{id}/off", permission=MANAGE)
def switch_off(visit: Visit, work: Work) -> Response:
    """Neither note nor send anything more; what waits stays."""
    one = _switched(visit, work, "off")
    return _back(visit, work, one, "off", "subscription-off")


@PAGES.writes("/subscriptions/{id}/on", permission=MANAGE)
def switch_on(visit: Visit, work: Work) -> Response:
    """Go on, with what waits first."""
    one = _switched(visit, work, "active")
    deliveries.go_on(work, one.id)
    return _back(visit, work, one, "on", "subscription-on")


@PAGES.writes("/subscriptions/{id}/secret", permission=MANAGE)
def show_secret(visit: Visit, work: Work) -> Response:
    """Another secret in place of the one before. This answer is the only place where it stands."""
    one = get_standing(work, visit.params["id"])
    secret = renew_secret(work, one.id)
    _record(work, one, "secret")
    return _subscription(visit, work, secret=secret)


def _switched(visit: Visit, work: Work, status: str) -> Standing:
    one = get_standing(work, visit.params["id"])
    own = serving(work)
    body = json.loads(load(own, [Target("Subscription", one.id)])[0].body)
    if body["status"] != status:
        rest = {key: value for key, value in body.items() if key != "error"}
        save_all(own, [Draft({**rest, "status": status}, one.id, one.version)])
    return one


def _back(visit: Visit, work: Work, one: Standing, change: str, flash: str) -> Response:
    _record(work, one, change)
    return see_other(visit, f"/subscriptions/{one.id}", flash=flash)


def _record(work: Work, one: Standing, change: str) -> None:
    """Audit what was done about a subscription."""
    entry = entry_of(
        work.actor,
        work.now,
        Action.CONFIG,
        resource_type="Subscription",
        resource_id=one.id,
        detail={"change": change},
    )
    record_changes(work.connection, [row(work.keys, entry)])
