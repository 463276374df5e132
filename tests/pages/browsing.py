"""Somebody at a browser, without one: cookies, forms with their secret, pages as text."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx2
from sqlalchemy import select

from demo.cast import DEMO_PASSWORD
from kernel.audit.entry import detail_of
from kernel.audit.sealer import seal_all
from kernel.db.tables import access_inbox, audit_entry, audit_inbox, kernel_user
from kernel.security import sessions
from kernel.web.cookies import SESSION
from kernel.web.forgery import masked
from tests.support.asking import ask
from tests.support.house import OpenHouse

ADDRESS = "http://station.test"
SOURCE = "192.0.2.10"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL)


@dataclass
class Visitor:
    """A browser profile: it keeps cookies and the secret of the last page's forms."""

    house: OpenHouse
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, **others: Any) -> httpx2.Response:
        """One request; redirects are not followed."""
        response = self.house.runner.run(self._send(method, path, others))
        for name in response.headers.get_list("set-cookie"):
            key, _, value = name.partition(";")[0].partition("=")
            if "Max-Age=0" in name or value in ("", '""'):
                self.cookies.pop(key, None)
            else:
                self.cookies[key] = value
        if found := _TOKEN.search(response.text if _is_text(response) else ""):
            self.token = unescape(found[1])
        return response

    async def _send(self, method: str, path: str, others: Any) -> httpx2.Response:
        jar = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        headers = {**self.headers, **others.pop("headers", {})}
        if jar:
            headers["Cookie"] = jar
        url = path if path.startswith(ADDRESS) else f"{ADDRESS}/{path.removeprefix('/')}"
        source = (SOURCE, 4000)
        return await ask(self.house.app, method, url, headers=headers, source=source, **others)

    def get(self, path: str, **others: Any) -> httpx2.Response:
        return self.request("GET", path, **others)

    def post(
        self, path: str, data: Mapping[str, str] | None = None, **others: Any
    ) -> httpx2.Response:
        """Submit a form with the secret of the last page."""
        return self.request("POST", path, data={"csrf_token": self.token, **(data or {})}, **others)

    def sign_in(self, name: str, password: str = DEMO_PASSWORD, back: str = "/") -> httpx2.Response:
        self.get("/sign-in")
        form = {"user_name": name, "password": password, "return_to": back}
        response = self.post("/sign-in", form)
        if response.status_code == 303:
            self.get("/account/password")  # for the secret of the new session
        return response


REASON = "核对老年人名单"


def export(visitor: Visitor, path: str, reason: str = REASON) -> httpx2.Response:
    """Take a list away, saying why."""
    return visitor.post(path, {"reason": reason})


def _is_text(response: httpx2.Response) -> bool:
    return response.headers.get("content-type", "").startswith("text/")


def signed_in(house: OpenHouse, name: str) -> Visitor:
    """Somebody of the cast with a session of their own, as signing in leaves them.

    Only the hash of a password is left out, which every test of every page would pay for, and the
    audit's line; whoever tests those comes by the form (`by_the_form`).
    """
    now, settings = house.clock.now(), house.station.settings
    with house.database.writing() as connection:
        user_id = connection.execute(
            select(kernel_user.c.id).where(kernel_user.c.name == name)
        ).scalar_one()
        opened = sessions.create(
            connection, user_id=user_id, source=SOURCE, settings=settings, now=now
        )
    return Visitor(house, {SESSION: opened.cookie}, masked(opened.csrf))


def by_the_form(house: OpenHouse, name: str) -> Visitor:
    """Somebody of the cast who has just signed in with name and password."""
    visitor = Visitor(house)
    answer = visitor.sign_in(name)
    assert answer.status_code == 303, answer.text
    return visitor


def words(response: httpx2.Response) -> str:
    """What stands on a page, without markup."""
    return " ".join(unescape(_TAG.sub(" ", response.text)).split())


def sealed(house: OpenHouse) -> None:
    """Wait until every entry is in the chain, whoever puts it there: the house has a sealer too.

    Where that one holds the lock (PostgreSQL), `seal_all` leaves the work to it and returns.
    """
    give_up = time.monotonic() + 10
    while seal_all(house.database, house.station.keys, house.clock) or _unsealed(house):
        assert time.monotonic() < give_up, "the audit is not sealed"
        time.sleep(0.01)


def _unsealed(house: OpenHouse) -> bool:
    with house.database.reading() as connection:
        if connection.execute(select(audit_inbox.c.id).limit(1)).first():
            return True
    with house.database.reading_audit() as connection:
        return connection.execute(select(access_inbox.c.id).limit(1)).first() is not None


def audited(house: OpenHouse, action: str) -> list[dict[str, Any]]:
    """The audit rows of an action, oldest first, with the user's name and the detail."""
    sealed(house)
    with house.database.reading_audit() as connection:
        rows = (
            connection.execute(
                select(audit_entry)
                .where(audit_entry.c.action == action)
                .order_by(audit_entry.c.position)
            )
            .mappings()
            .all()
        )
    with house.database.reading() as connection:
        people = connection.execute(select(kernel_user.c.id, kernel_user.c.name))
        names = {person.id: person.name for person in people}
    return [
        {
            **row,
            "name": names.get(row["user_id"] or ""),
            "detail": detail_of(house.station.keys, row["id"], row["detail"]),
        }
        for row in rows
    ]
