"""What a form brings: several values of a name, files, and the id under which it creates."""

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from fastapi import Request

from kernel.clock import FixedClock
from kernel.errors import Refused
from kernel.web.request import FILE_BYTES, visit_of
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from tests.support.house import MORNING

BOUNDARY = "station"


def sent(body: bytes, kind: str) -> Visit:
    """The visit of a form that was posted in pieces of a kilobyte."""
    pieces = [body[at : at + 1024] for at in range(0, len(body), 1024)] or [b""]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    site = SimpleNamespace(station=SimpleNamespace(clock=FixedClock(MORNING)))
    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": "/x", "query_string": b"a=1&a=2",
        "headers": [(b"content-type", kind.encode())], "path_params": {}, "client": None,
        "app": SimpleNamespace(state=SimpleNamespace(site=site)),
    }  # fmt: skip
    return asyncio.run(visit_of(Request(scope, receive)))


def parts(*named: tuple[str, str | None, bytes]) -> bytes:
    """A body of multipart/form-data: name, file name or None, content."""
    written = b""
    for name, file, content in named:
        place = f'; filename="{file}"' if file is not None else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{place}\r\n\r\n'
        written += head.encode() + content + b"\r\n"
    return written + f"--{BOUNDARY}--\r\n".encode()


def multipart(*named: tuple[str, str | None, bytes]) -> Visit:
    return sent(parts(*named), f"multipart/form-data; boundary={BOUNDARY}")


def test_all_that_was_chosen_in_a_group_arrives_in_its_order() -> None:
    visit = sent(b"s=2&s=10&n=%E7%8E%8B&s=2", "application/x-www-form-urlencoded")
    assert visit.choices("s") == ("2", "10", "2")
    assert visit.field("s") == "2"
    assert visit.field("n") == "王"
    assert visit.choices("nothing") == ()
    assert visit.query == {"a": "1"}


def test_files_arrive_beside_the_texts_of_a_form() -> None:
    content = bytes(range(256)) * 20
    visit = multipart(("s", None, "甲".encode()), ("s", None, b"2"), ("list", "名单.xlsx", content))
    assert visit.choices("s") == ("甲", "2")
    assert visit.files["list"].name == "名单.xlsx"
    assert visit.files["list"].content == content
    assert "list" not in visit.form


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (parts(("f", "a.csv", b"x" * FILE_BYTES)), 413),
        (parts(*((f"f{n}", "a.csv", b"x") for n in range(9))), 400),
        (parts(*((f"n{n}", None, b"x") for n in range(501))), 400),
        (b"nothing of the kind", 400),
    ],
    ids=["large", "files", "fields", "nonsense"],
)
def test_what_is_no_form_is_refused(body: bytes, status: int) -> None:
    with pytest.raises(Refused) as refused:
        sent(body, f"multipart/form-data; boundary={BOUNDARY}")
    assert refused.value.status == status


def test_a_form_keeps_the_id_that_it_was_shown_with() -> None:
    form = "application/x-www-form-urlencoded"
    first = submission_of(sent(b"", form))
    assert UUID(first).version == 7
    assert submission_of(sent(f"submission={first}".encode(), form)) == first
    for other in ("", "patient-1", first.upper(), "../x", "11111111-1111-4111-8111-111111111111"):
        given = submission_of(sent(f"submission={other}".encode(), form))
        assert given != other
        assert UUID(given).version == 7
