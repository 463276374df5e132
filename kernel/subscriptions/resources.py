"""The type Subscription: who asks to be told of what, and where (FHIR R4 Subscription)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Boolean, Column, Index, MetaData, String, Table

from kernel.db.dialect import insert_ignore
from kernel.db.tables import kernel_subscriber
from kernel.declare.module import Projection, Reaction, Stamp
from kernel.declare.resource import Body, ResourceSpec, Rule, Scope, code, uri
from kernel.declare.roles import Role
from kernel.errors import Issue, Refused
from kernel.fhir.store.save import ResourceSaved
from kernel.ids import secret
from kernel.security.actor import as_server
from kernel.security.codec import seal
from kernel.subscriptions.addresses import endpoint_fault, read_hosts
from kernel.subscriptions.criteria import WHERE, criteria_type, read_criteria
from kernel.work import ReadWork, Work

SERVING = "kernel:subscription:serve"
"""What no role has: the server itself is changing how a Subscription stands."""
LIVE = ("active", "error")
PAYLOAD = "application/fhir+json"
_SUBSCRIBERS = frozenset({Role.PLATFORM, Role.REFERRAL_COORDINATOR})

kernel_subscription = Table(
    "kernel_subscription",
    MetaData(),
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("type", String(40), nullable=False),
    Column("live", Boolean, nullable=False),
    Index("ix_kernel_subscription_type", "type", "live"),
    Index("ix_kernel_subscription_source_id", "source_id"),
)
"""Which type each Subscription asks for, and whether it is in force. Criteria stay encrypted."""


def subscription_rows(body: Body) -> Sequence[Mapping[str, Any]]:
    """The row of a Subscription: `type`, `live`."""
    return [{"type": criteria_type(body["criteria"])[:40], "live": body["status"] in LIVE}]


PROJECTION = Projection("Subscription", kernel_subscription, subscription_rows)


W = TypeVar("W", bound=ReadWork)


def serving(work: W) -> W:
    """The same transaction, in which the server says how a Subscription stands, in who asks' name.

    Only for a Subscription's status and error, whoever's institution it belongs to.
    """
    wider = replace(work, actor=as_server(work.actor, SERVING), touched=work.touched)
    wider.now, wider.today = work.now, work.today
    return wider


def _checked(work: ReadWork, _before: Body | None, after: Body | None) -> Sequence[Issue]:
    if after is None or work.actor.may(SERVING):
        return ()
    issues = [*_channel_issues(work, after["channel"])]
    try:
        spec, _query = read_criteria(work, after["criteria"])
    except Refused as refused:
        return [*issues, *refused.issues]
    if not work.actor.may_read(spec, "s"):
        issues.append(Issue("forbidden", f"{work.actor.name} may not search {spec.type}", WHERE))
    return issues


def _channel_issues(work: ReadWork, channel: Mapping[str, Any]) -> list[Issue]:
    where, found = "Subscription.channel", []
    if channel["type"] != "rest-hook":
        found.append(Issue("not-supported", "only rest-hook is supported", f"{where}.type"))
    fault = endpoint_fault(
        channel.get("endpoint", ""), read_hosts(work.settings.subscription_hosts)
    )
    if fault:
        found.append(Issue("business-rule", fault, f"{where}.endpoint"))
    if channel.get("payload", PAYLOAD) != PAYLOAD:
        text = f"payload is {PAYLOAD}, or left out for a notification without content"
        found.append(Issue("not-supported", text, f"{where}.payload"))
    if channel.get("header"):
        text = "headers are not kept: notifications are signed, see docs/subscriptions.md"
        found.append(Issue("not-supported", text, f"{where}.header"))
    return found


def _stamped(work: Work, _before: Body | None, body: Body, _batch: Sequence[Body]) -> Body:
    """What is asked for is granted at once: in force, without a fault, unless it is off."""
    if work.actor.may(SERVING):
        return body
    status = "off" if body["status"] == "off" else "active"
    return {**{k: v for k, v in body.items() if k != "error"}, "status": status}


STAMP = Stamp("Subscription", _stamped)


def secret_place(id_: str) -> str:
    """Where the secret of a subscriber belongs, for the codec."""
    return f"subscriber/{id_}/secret"


def _made(work: Work, event: ResourceSaved) -> None:
    """Keep how far its author sees, and a secret to sign with; later authors change neither."""
    actor, id_ = work.actor, event.saved.id
    if not event.saved.created:
        return
    row = {
        "id": id_,
        "organisation_id": actor.organisation_id,
        "author_id": actor.user_id,
        "reach": actor.reach.name,
        "organisations": "\n".join(actor.organisations),
        "secret": seal(work.keys, secret_place(id_), secret().encode()),
        "failures": 0,
        "pause_until": 0,
        "busy_until": 0,
        "delivered_at": None,
        "last_error": "",
    }
    work.connection.execute(insert_ignore(work.connection, kernel_subscriber).values(row))


MADE = Reaction(ResourceSaved, _made, "Subscription")

SUBSCRIPTION = ResourceSpec(
    "Subscription",
    (
        code("status", system="http://hl7.org/fhir/subscription-status"),
        code("type", "channel.type", system="http://hl7.org/fhir/subscription-channel-type"),
        code("payload", "channel.payload"),
        uri("url", "channel.endpoint"),
    ),
    Scope.ORGANISATION,
    title="订阅",
    readers=_SUBSCRIBERS,
    writers=_SUBSCRIBERS,
    rules=(Rule("subscription", _checked),),
)
