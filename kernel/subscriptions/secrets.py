"""The secret that a subscriber's notifications are signed with: shown once, when it is made."""

from sqlalchemy import update

from kernel.db.tables import kernel_subscriber
from kernel.errors import not_found
from kernel.ids import secret
from kernel.security.codec import seal
from kernel.subscriptions.resources import secret_place
from kernel.work import Work


def renew_secret(work: Work, id_: str) -> str:
    """Make another secret for a subscription, with which everything is signed from now on.

    It is the only time that it can be read. Raises Refused (404) for an unknown subscription.
    """
    fresh = secret()
    sealed = seal(work.keys, secret_place(id_), fresh.encode())
    changed = work.connection.execute(
        update(kernel_subscriber).where(kernel_subscriber.c.id == id_).values(secret=sealed)
    )
    if changed.rowcount != 1:
        raise not_found(f"Subscription/{id_}")
    return fresh
