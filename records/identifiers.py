"""Who has an identifier, in the whole city: what numbers must be unique against."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select

from kernel.db.derived import search_identifier
from kernel.db.prepared import PreparedIn
from kernel.fhir.store.heads import bind
from kernel.work import ReadWork

_side = search_identifier.c
_identified = PreparedIn(
    lambda digests: select(_side.digest, _side.id, _side.system).where(
        _side.digest.in_(digests),
        _side.type == bind("type"),
        _side.param == "identifier",
        _side.part == 0,
    )
)


class Holder(NamedTuple):
    """A resource with an identifier: the digest by which it was sought, its id, the system."""

    digest: bytes
    id: str
    system: str


def holders(work: ReadWork, type_: str, digests: Iterable[bytes]) -> list[Holder]:
    """The resources of a type with one of these whole identifiers (`work.keys.blinds`).

    Whosever they are: nothing of them may be shown before the caller has looked at what the actor
    may see.
    """
    rows = _identified.rows(work.connection, digests, {"type": type_})
    return [Holder(bytes(digest), id_, system) for digest, id_, system in rows]
