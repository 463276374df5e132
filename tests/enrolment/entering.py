"""The forms of enrolments, filled in as a doctor does."""

import re
from typing import Any

import httpx2

from tests.pages.browsing import Visitor, words

SUBMISSION = re.compile(r'name="submission" value="([^"]+)"')
SEEN = re.compile(r'name="seen" value="([^"]+)"')
ENROL = {
    "enrolment-on": "2026-11-20",
    "enrolment-source": "4",
    "enrolment-doctor": "practitioner-station-1-gp",
    "enrolment-note": "",
}


def filled(visitor: Visitor, who: str, programme: str, **typed: Any) -> httpx2.Response:
    """Send the form of an enrolment; a name with an underscore is ours: `on` is enrolment-on."""
    address = f"/residents/{who}/programmes/{programme}/enrol"
    shown = visitor.get(address)
    assert shown.status_code == 200, words(shown)
    found = SUBMISSION.search(shown.text)
    assert found
    return visitor.post(address, {**ENROL, "submission": found[1], **typed})


def enrolled(visitor: Visitor, who: str, programme: str, **typed: Any) -> str:
    """Somebody taken into a programme; the id of the EpisodeOfCare."""
    address = f"/residents/{who}/programmes/{programme}/enrol"
    found = SUBMISSION.search(visitor.get(address).text)
    assert found
    answer = visitor.post(address, {**ENROL, "submission": found[1], **typed})
    assert answer.status_code == 303, words(answer)
    assert answer.headers["location"] == f"/residents/{who}/programmes"
    return found[1]


def step(visitor: Visitor, episode: str, name: str, **typed: Any) -> httpx2.Response:
    """Open the form of a step and send it."""
    address = f"/enrolments/{episode}/{name}"
    found = SEEN.search(visitor.get(address).text)
    form = {"seen": found[1] if found else "", "enrolment-on": "2026-11-23"}
    return visitor.post(address, {**form, **typed})
