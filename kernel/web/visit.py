"""One request of a page: what was asked, by whom, in which language, and what it leaves in the
audit.

A visit begins without an actor. `Page` opens a work and lets the visit find its actor in the very
snapshot that the handler then uses.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Connection

from kernel.audit.accesses import AccessLog
from kernel.audit.entry import Action, Entry, Outcome, entry_of
from kernel.clock import Instant
from kernel.errors import Refused, busy
from kernel.ids import secret, uuid7
from kernel.security.actor import Actor, Reach
from kernel.security.authentication import Authenticator
from kernel.security.sessions import Session
from kernel.web.cookies import LANGUAGE, SESSION, VISITOR, cookie_name
from kernel.web.forgery import masked, same_secret, unmasked
from kernel.web.i18n import Language, gettext, known_language
from kernel.web.rendering import Renderer
from kernel.work import Station

AUDIT_SECONDS = 10
"""How long an answer waits until its access is recorded; then it is not given."""


@dataclass(frozen=True)
class Site:
    """What all pages share."""

    station: Station
    authenticator: Authenticator
    accesses: AccessLog
    renderer: Renderer
    version: str


NOBODY = Actor(
    user_id="",
    name="",
    display="",
    roles=frozenset(),
    permissions=frozenset(),
    organisation_id="",
    reach=Reach.NOTHING,
)
"""Somebody who is not signed in."""


@dataclass(frozen=True)
class Upload:
    """A file that was sent with a form: its name as the browser gave it, and its bytes."""

    name: str
    content: bytes


@dataclass
class Visit:
    """A request. `query` and `form` hold the first value of every name, `headers` lower-case."""

    site: Site
    method: str
    path: str
    address: str
    """The path with its query, to come back to after signing in."""
    query: Mapping[str, str]
    form: Mapping[str, str]
    params: Mapping[str, str]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    source: str
    now: Instant
    actor: Actor = NOBODY
    session: Session | None = None
    organisation_name: str = ""
    visitor: str = ""
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """All values of every name of the form."""
    files: Mapping[str, Upload] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)
    """What the audit row of this request says besides the path; it is stored encrypted."""
    subject: str = ""
    """The FHIR type that the audit row names; where persons were read, it is Patient."""
    named: Action | None = None
    """What the audit row calls this request, where it did not do what its page is for."""
    entries: list[Entry] = field(default_factory=list)

    def cookie(self, name: str) -> str:
        """A cookie's value, or an empty text."""
        return self.cookies.get(cookie_name(self.site.station.settings, name), "")

    @property
    def language(self) -> Language:
        """The account's language; before signing in the cookie's or the browser's."""
        if self.session is not None:
            return known_language(self.actor.language)
        return known_language(self.cookie(LANGUAGE) or self.headers.get("accept-language"))

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asks, which replaces a part of the page."""
        return self.headers.get("hx-request") == "true"

    def translate(self, text: str) -> str:
        """A Chinese text of ours in the reader's language."""
        return gettext(text, self.language)

    def field(self, name: str) -> str:
        """What was typed into a field, without blanks around it."""
        return self.form.get(name, "").strip()

    def choices(self, name: str) -> tuple[str, ...]:
        """All that was chosen in a group of checkboxes."""
        return self.lists.get(name, ())

    def identify(self, connection: Connection) -> Actor:
        """The actor of the session cookie. Raises Refused (401) where there is none."""
        self.actor, self.session = self.site.authenticator.by_session(
            connection, self.cookie(SESSION), self.source
        )
        tree = self.site.authenticator.tree(connection)
        self.organisation_name = tree.name(self.actor.organisation_id) or ""
        return self.actor

    def identify_if_possible(self, connection: Connection) -> Actor:
        """The actor of the session cookie, or `NOBODY`."""
        try:
            return self.identify(connection)
        except Refused as refused:
            if refused.status != 401:
                raise
            return NOBODY

    @property
    def csrf_token(self) -> str:
        """The secret for the forms of the page that is about to be shown, masked for it."""
        if self.session is not None:
            return masked(self.session.csrf)
        self.visitor = self.visitor or self.cookie(VISITOR) or secret()
        return masked(self.visitor)

    def brought_secret(self) -> bool:
        """Whether the form (or htmx's header) brought the secret that its page was given."""
        given = unmasked(self.form.get("csrf_token", "") or self.headers.get("x-csrf-token", ""))
        if self.session is not None:
            return self.session.accepts(given)
        return same_secret(self.cookie(VISITOR), given)

    def note(
        self,
        action: Action,
        *,
        patients: Sequence[str] = (),
        outcome: Outcome = Outcome.SUCCESS,
        resource_type: str | None = None,
        resource_id: str | None = None,
    ) -> None:
        """Put a row into the access audit before the answer leaves."""
        detail = {"method": self.method, "path": self.path, **self.detail}
        self.entries.append(
            entry_of(
                self.actor,
                self.now,
                action,
                outcome=outcome,
                patients=patients,
                resource_type=resource_type,
                resource_id=resource_id,
                detail=detail,
            )
            if self.actor is not NOBODY
            else self._anonymous(action, outcome, detail)
        )

    def note_sign_in(self, action: Action, *, user_id: str | None, organisation_id: str) -> None:
        """Put a row about signing in into the audit; `user_id` is None for an unknown name."""
        succeeded = action is Action.SIGN_IN
        self.entries.append(
            Entry(
                id=uuid7(self.now),
                at=self.now,
                action=action,
                outcome=Outcome.SUCCESS if succeeded else Outcome.MINOR,
                user_id=user_id,
                organisation_id=organisation_id or None,
                source=self.source or None,
                detail=self.detail or None,
            )
        )

    def _anonymous(self, action: Action, outcome: Outcome, detail: dict[str, Any]) -> Entry:
        return Entry(
            id=uuid7(self.now),
            at=self.now,
            action=action,
            outcome=outcome,
            source=self.source or None,
            detail=detail,
        )

    def settle(self) -> None:
        """Wait until the audit has what this request did. Raises Refused (503, 507)."""
        entries, self.entries = self.entries, []
        try:
            self.site.accesses.submit(entries).result(AUDIT_SECONDS)
        except Late:
            raise busy("访问记录暂时无法写入，请稍后再试") from None


def site_of(app: Any) -> Site:
    """What `create_app` put aside for the pages."""
    return cast(Site, app.state.site)
