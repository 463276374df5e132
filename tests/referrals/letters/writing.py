"""Letters as a coordinator fills them in."""

import re
from typing import Any, Final

import httpx2

from tests.pages.browsing import Visitor, words

SUBMISSION: Final = re.compile(r'name="submission" value="([^"]+)"')
SEEN: Final = re.compile(r'name="seen" value="([^"]+)"')
PDF: Final = b"%PDF-1.4\n%%EOF\n"
PNG: Final = b"\x89PNG\r\n\x1a\n" + b"\0" * 30
TYPED: Final = {
    "diagnosis": "原发性高血压3级，很高危",
    "codes": "I10.x00 E11.900",
    "number": "ZY20261123",
    "results": "血压 150/92 mmHg；肌酐 88 μmol/L",
    "course": "调整降压药后血压平稳",
    "next_plan": "继续氨氯地平，2 周后复查血压",
    "rehabilitation": "低盐饮食，每日步行 30 分钟",
    "follow_up_on": "2026-12-07",
    "indicated": "1",
    "drugs-0-name": "苯磺酸氨氯地平片",
    "drugs-0-dose": "5mg",
    "drugs-0-frequency": "qd",
    "drugs-0-until": "长期",
    "drugs-1-name": "硫酸氢氯吡格雷片",
    "drugs-1-dose": "75mg",
    "drugs-1-frequency": "qd",
    "drugs-1-until": "2027-11-23",
    "act": "send",
}
OFFER: Final = {**TYPED, "act": "offer", "indication": "L1"}


def opened(visitor: Visitor, request_id: str) -> dict[str, str]:
    """What the form carries."""
    shown = visitor.get(f"/referrals/{request_id}/letter")
    assert shown.status_code == 200, words(shown)
    made, seen = SUBMISSION.search(shown.text), SEEN.search(shown.text)
    assert made, words(shown)
    assert seen, words(shown)
    return {"submission": made[1], "seen": seen[1]}


def sent(
    visitor: Visitor,
    request_id: str,
    typed: dict[str, str],
    *,
    files: dict[str, tuple[str, bytes]] | None = None,
    carried: dict[str, str] | None = None,
) -> httpx2.Response:
    """Send a letter as a browser does: multipart, with files."""
    carried = carried or opened(visitor, request_id)
    others: dict[str, Any] = {"files": files or {"file_1": ("", b"")}}
    return visitor.post(f"/referrals/{request_id}/letter", {**carried, **typed}, **others)


def written(visitor: Visitor, request_id: str, typed: dict[str, str], **files: Any) -> str:
    """Send a letter that is taken; its Composition's id."""
    answer = sent(visitor, request_id, typed, **files)
    assert answer.status_code == 303, words(answer)
    begin = f"/referrals/{request_id}/letter/"
    assert answer.headers["location"].startswith(begin)
    return str(answer.headers["location"]).removeprefix(begin)
