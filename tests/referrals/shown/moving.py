"""Forms of a referral's page as they are sent."""

import asyncio
from typing import Any

import httpx2

from demo.cast import practitioner_id
from kernel.declare.roles import Role
from kernel.security import accounts
from tests.pages.browsing import ADDRESS, Visitor, signed_in
from tests.referrals.office.opening import version
from tests.support.asking import ask
from tests.support.house import MORNING, OpenHouse


def moved(house: OpenHouse, who: str, request_id: str, event: str, **typed: str) -> httpx2.Response:
    """Open the page of a referral and send the form of a move; `text` becomes `<event>-text`."""
    visitor = signed_in(house, who)
    visitor.get(f"/referrals/{request_id}")
    sent = form(house, request_id, event, **typed)
    return visitor.post(f"/referrals/{request_id}/moves/{event}", sent)


def form(house: OpenHouse, request_id: str, event: str, **typed: str) -> dict[str, str]:
    """A move's form over the version that is current."""
    fields = {f"{event}-{name}": text for name, text in typed.items()}
    return {"seen": version(house, request_id), **fields}


def second_coordinator(house: OpenHouse) -> str:
    """Another coordinator of hospital-1: the name of the account."""
    with house.database.writing() as connection:
        user = accounts.create_user(
            connection, name="coord1b", display="隋红霞", organisation_id="hospital-1",
            practitioner_id=practitioner_id("hospital-2", "referral_coordinator"), machine=False,
            now=MORNING,
        )  # fmt: skip
        accounts.grant_role(
            connection,
            user_id=user.id,
            role=Role.REFERRAL_COORDINATOR,
            from_on=house.clock.today(),
        )
    return "coord1b"


def at_once(house: OpenHouse, *sent: tuple[Visitor, str, dict[str, Any]]) -> list[httpx2.Response]:
    """The answers to forms that are sent at the same moment, each by its visitor."""

    async def all_of_them() -> list[httpx2.Response]:
        return list(await asyncio.gather(*(_sent(house, *one) for one in sent)))

    return house.runner.run(all_of_them())


async def _sent(
    house: OpenHouse, visitor: Visitor, path: str, data: dict[str, Any]
) -> httpx2.Response:
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())}
    body = {"csrf_token": visitor.token, **data}
    return await ask(house.app, "POST", f"{ADDRESS}{path}", headers=headers, data=body)
