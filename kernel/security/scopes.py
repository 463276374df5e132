"""SMART App Launch 2.2 scopes of bearer tokens (hl7.org/fhir/smart-app-launch, permission-v2).

`system/*.cruds`, `user/Patient.rs`. A scope narrows what the account may do and never widens it.
Version 1 words (`read`, `write`, `*`) are understood. Granular `?param=` scopes and launch
contexts (`patient/`) are refused when the token is made.
"""

import re
from dataclasses import dataclass

LETTERS = "cruds"
_SCOPE = re.compile(r"(system|user)/(\*|[A-Z][A-Za-z]+)\.(cruds|c?r?u?d?s?|read|write|\*)")
_VERSION_1 = {"read": "rs", "write": "cud", "*": LETTERS}


class BadScope(ValueError):
    """A scope string that this server does not grant."""


@dataclass(frozen=True, slots=True)
class Scopes:
    """What a token allows: (type or `*`) → letters of c, r, u, d, s."""

    allowed: tuple[tuple[str, str], ...]

    def allows(self, type_: str, letter: str) -> bool:
        """Whether the interaction `letter` on `type_` is inside these scopes."""
        return any(letter in letters and on in ("*", type_) for on, letters in self.allowed)


def parse(text: str) -> Scopes:
    """Scopes from their space-separated text. Raises BadScope naming the part that is wrong."""
    parts = text.split()
    if not parts:
        raise BadScope("at least one scope is needed, for example system/*.rs")
    allowed = []
    for part in parts:
        match = _SCOPE.fullmatch(part)
        if match is None or not match[3]:
            raise BadScope(f"scope {part!r} is not understood; write for example system/Patient.rs")
        allowed.append((match[2], _VERSION_1.get(match[3], match[3])))
    return Scopes(tuple(allowed))
