"""The one who acts: an account with its roles, its permissions and how far it sees."""

from dataclasses import dataclass, replace
from enum import Enum

from kernel.declare.resource import ResourceSpec
from kernel.declare.roles import Role
from kernel.security.scopes import Scopes


class Reach(Enum):
    """How far an actor sees into records. One kind an actor, never a mixture."""

    EVERYTHING = "the city's exchange platform, and the system's own jobs"
    ORGANISATIONS = "the records that these institutions keep"
    GRANTS = "only the persons granted to the institution"
    NOTHING = "no person's record"


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated account at one moment. Roles and reach are those of `today`.

    One that is `elevated` has the system's reach for what follows from what it did
    (`kernel.work.Work.elevated`); it never comes from a request.
    """

    user_id: str
    name: str
    display: str
    roles: frozenset[Role]
    permissions: frozenset[str]
    organisation_id: str
    reach: Reach
    organisations: tuple[str, ...] = ()
    practitioner_id: str | None = None
    scopes: Scopes | None = None
    source: str = ""
    language: str = "zh_CN"
    elevated: bool = False

    def may(self, permission: str) -> bool:
        """Whether the actor has `module:thing:action`."""
        return permission in self.permissions

    def may_read(self, spec: ResourceSpec, letter: str = "r") -> bool:
        """Whether the actor may read (`r`) or search (`s`) resources of this type at all."""
        return bool(self.roles & spec.readers) and self._in_scope(spec.type, letter)

    def may_write(self, spec: ResourceSpec, letter: str) -> bool:
        """Whether the actor may create (`c`), update (`u`) or delete (`d`) this type at all.

        Guests write and delete nothing.
        """
        roles = spec.writers if letter == "d" else spec.writers | spec.guests
        return bool(self.roles & roles) and self._in_scope(spec.type, letter)

    def _in_scope(self, type_: str, letter: str) -> bool:
        return self.scopes is None or self.scopes.allows(type_, letter)


SYSTEM = Actor(
    user_id="system",
    name="system",
    display="系统",
    roles=frozenset({Role.PLATFORM}),
    permissions=frozenset({"kernel:reference:import-dangling"}),
    organisation_id="",
    reach=Reach.EVERYTHING,
)
"""The system itself: jobs, migrations and the demo's generator."""


def as_server(actor: Actor, permission: str) -> Actor:
    """`actor` doing what only the server does, such as saying how a Subscription stands.

    It is audited under the real account; `permission`, which no role has, tells it apart.
    """
    return replace(
        actor,
        roles=frozenset({Role.PLATFORM}),
        permissions=frozenset({permission}),
        reach=Reach.EVERYTHING,
        scopes=None,
    )
