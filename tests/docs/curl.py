"""Carries out the `curl` commands of the documents: what is printed there is what is sent.

Only the options that the documents use are understood; anything else fails, so that no example
goes unread. A comment `# 404: …` before a command names the status that it must answer with and
holds for the commands below it, up to the next comment or the end of the block.
"""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx2

from tests.docs.documents import Block

_EXPECTED = re.compile(r"# (\d{3}): (.+)")
_VARIABLE = re.compile(r"(?<!\\)\$([A-Z]+)")
_STATUS_OF_NONE = 0


@dataclass(slots=True)
class Example:
    """One command of a document, and what it must answer."""

    status: int
    purpose: str
    command: str


@dataclass(slots=True)
class Sent:
    """A request as curl would send it."""

    url: str
    method: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    data: str | None = None
    query: list[str] = field(default_factory=list)


def examples(block: Block) -> Iterator[Example]:
    """The `curl` commands of a block, in order."""
    status, purpose, waiting = _STATUS_OF_NONE, "", ""
    for line in block.text.splitlines():
        told = _EXPECTED.fullmatch(line)
        if not waiting and told:
            status, purpose = int(told[1]), told[2]
            continue
        waiting = f"{waiting}\n{line}" if waiting else line
        if not _is_complete(waiting):
            continue
        if waiting.startswith("curl "):
            assert status, f"no expected status stands before: {waiting}"
            yield Example(status, purpose, waiting)
        waiting = ""
    assert not waiting, f"a quotation is not closed: {waiting}"


def _is_complete(text: str) -> bool:
    if text.endswith("\\"):
        return False
    try:
        shlex.split(text)
    except ValueError:
        return False
    return True


def parse(command: str, variables: Mapping[str, str]) -> Sent:
    """What a command sends. Raises ValueError for an option that is not understood."""
    filled = _VARIABLE.sub(lambda match: variables[match[1]], command)
    name, *words = shlex.split(filled.replace("\\$", "$").replace("\\\n", " "))
    if name != "curl":
        raise ValueError(f"not a curl command: {command}")
    sent, rest = Sent(""), iter(words)
    for word in rest:
        if word in _OPTIONS:
            _OPTIONS[word](sent, next(rest))
        elif word.startswith("-") and word not in _FLAGS:
            raise ValueError(f"the option {word} is not understood: {command}")
        elif not word.startswith("-"):
            sent.url = word
    if sent.query and "-G" not in words:
        raise ValueError(f"--data-urlencode is understood with -G only: {command}")
    return sent


_FLAGS = ("-i", "-G")


def _header(sent: Sent, text: str) -> None:
    title, _, value = text.partition(": ")
    sent.headers[title.lower()] = value


def _method(sent: Sent, text: str) -> None:
    sent.method = text


def _data(sent: Sent, text: str) -> None:
    sent.data = text


def _encoded(sent: Sent, text: str) -> None:
    title, _, value = text.partition("=")
    sent.query.append(f"{title}={quote(value)}")


_OPTIONS: dict[str, Callable[[Sent, str], None]] = {
    "-H": _header,
    "-X": _method,
    "-d": _data,
    "--data-urlencode": _encoded,
}


def send(client: httpx2.Client, sent: Sent) -> httpx2.Response:
    """Send it as curl does: POST where there is data, as a form unless a header says otherwise."""
    joint = "&" if "?" in sent.url else "?"
    url = sent.url + (joint + "&".join(sent.query) if sent.query else "")
    headers = dict(sent.headers)
    if sent.data is not None:
        headers.setdefault("content-type", "application/x-www-form-urlencoded")
    method = sent.method or ("GET" if sent.data is None else "POST")
    content = None if sent.data is None else sent.data.encode()
    return client.request(method, url, headers=headers, content=content)
