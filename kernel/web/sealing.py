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
    place = _place(work, purpose)
    return base64.urlsafe_b64encode(seal(work.keys, place, json.dumps(values))).decode().rstrip("=")


def unsealed(work: ReadWork, purpose: str, token: str) -> list[Any]:
    """The values of `sealed`. Raises Refused (400) for a token that is not ours or not his."""
    if len(token) > LONGEST:
        token = ""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        values = json.loads(unseal(work.keys, _place(work, purpose), raw))
    except (Damaged, ValueError, binascii.Error, IndexError):
        raise bad_request("地址中的翻页或查找标记无效，请从列表重新开始") from None
    return list(values)


def _place(work: ReadWork, purpose: str) -> str:
    return f"page/{purpose}/{work.actor.user_id}"
