"""What stands in an address and identifies a person or a place in a list: sealed, never in clear.

Addresses end up in histories, logs and bookmarks; only this server can read what is sealed.
"""

import base64
import binascii
from typing import Any

from kernel.errors import bad_request
from kernel.fhir import json
from kernel.security.codec import Damaged, seal, unseal
from kernel.work import ReadWork

LONGEST = 2000


def sealed(work: ReadWork, purpose: str, values: list[Any]) -> str:
    """JSON values as a token for an address of this user; `purpose` names the list it is for."""
    return _token(work, _place(work, purpose), values)


def unsealed(work: ReadWork, purpose: str, token: str) -> list[Any]:
    """The values of `sealed`. Raises Refused (400) for a token that is not ours or not his."""
    values = _read(work, _place(work, purpose), token)
    if values is None:
        raise bad_request("地址中的翻页或查找标记无效，请从列表重新开始")
    return values


def sealed_for_all(work: ReadWork, purpose: str, values: list[Any]) -> str:
    """As `sealed`, for an address that is handed to others: on paper, in a code to be scanned.

    It opens nothing: whoever follows it sees what he may see anyway.
    """
    return _token(work, _common(purpose), values)


def find_unsealed_for_all(work: ReadWork, purpose: str, token: str) -> list[Any] | None:
    """The values of `sealed_for_all`, None for a token that is not ours."""
    return _read(work, _common(purpose), token)


def _token(work: ReadWork, place: str, values: list[Any]) -> str:
    sealed_ = seal(work.keys, place, json.dumps(values))
    return base64.urlsafe_b64encode(sealed_).decode().rstrip("=")


def _read(work: ReadWork, place: str, token: str) -> list[Any] | None:
    if len(token) > LONGEST:
        return None
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        return list(json.loads(unseal(work.keys, place, raw)))
    except (Damaged, ValueError, binascii.Error, IndexError):
        return None


def _common(purpose: str) -> str:
    return f"paper/{purpose}"


def _place(work: ReadWork, purpose: str) -> str:
    return f"page/{purpose}/{work.actor.user_id}"
