"""Every example of docs/fhir.md does what the document says, against a demo city."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.docs.curl import Example, examples, parse, send
from tests.docs.documents import Block, blocks
from tests.support.city import City, served_city

NAME = "docs/fhir.md"


def commands() -> list[Example]:
    """All examples, in the order of the document."""
    return [example for block in blocks(NAME) for example in examples(block)]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A served demo city."""
    with served_city(tmp_path_factory) as served:
        yield served


@pytest.fixture(scope="module")
def variables(city: City) -> dict[str, str]:
    """What the document's first block sets, by the commands that it gives."""
    token = city.command("token", "--user", "platform")
    return {"FHIR": f"{city.address}/fhir/R4", "AUTH": f"Authorization: Bearer {token}"}


def test_the_documents_examples_hold_one_after_another(variables: dict[str, str]) -> None:
    """Each answers with the status that stands before it, and each search finds something."""
    faults = []
    with httpx2.Client(timeout=30, trust_env=False) as client:
        for example in commands():
            answer = send(client, parse(example.command, variables))
            if answer.status_code != example.status or not _tells_something(answer):
                faults.append(f"{example.command}\n  {answer.status_code} {answer.text[:300]}")
    assert not faults, "\n".join(faults)


def _tells_something(answer: httpx2.Response) -> bool:
    """Whether a searchset has matches, or a total of some; anything else tells enough."""
    if answer.status_code != 200 or not answer.content:
        return True
    body = answer.json()
    if body["resourceType"] != "Bundle" or body["type"] != "searchset":
        return True
    return bool(body.get("entry")) or body.get("total", 0) > 0


def test_the_transaction_keeps_its_digits(city: City, variables: dict[str, str]) -> None:
    """The document says that 36.50 stays 36.50."""
    found = next(e for e in commands() if "36.50" in e.command)
    with httpx2.Client(timeout=30, trust_env=False) as client:
        answer = send(client, parse(found.command, variables))
        stored = answer.json()["entry"][1]["response"]["location"]
        assert stored.startswith(city.address)
        read = client.get(stored, headers=dict([variables["AUTH"].split(": ", 1)]))
    assert '"value":36.50' in read.text


def test_a_narrow_token_reads_no_more_than_its_scopes(city: City) -> None:
    """The document's example of scopes."""
    token = city.command("token", "--user", "gp1", "--scope", "user/Patient.rs user/Observation.rs")
    with httpx2.Client(base_url=f"{city.address}/fhir/R4", trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get("/Patient/patient-90-2").status_code == 200
        assert client.get("/Condition").status_code == 403
        assert client.get("/Patient/patient-1-1").status_code == 404, "a resident of station-5"


def test_every_kind_of_interaction_has_an_example() -> None:
    """The document leaves none of them to be guessed."""
    told = " ".join(example.command for example in commands())
    for words in (
        "-X PUT",
        "-X PATCH",
        "-X DELETE",
        "/_history",
        "_search",
        "$validate",
        "$everything",
        "transaction",
        "batch",
        "If-None-Exist",
        "If-Match",
        "If-None-Match",
        "_include",
        "_revinclude",
        "_sort",
        "_elements",
    ):
        assert words in told.replace("\\$", "$"), words


@pytest.mark.parametrize(
    ("command", "method", "url"),
    [
        ('curl "$FHIR/Patient"', "GET", "http://x/Patient"),
        ('curl -G "$FHIR/Patient" --data-urlencode "name=杨"', "GET", "http://x/Patient?name=%E6"),
        ('curl -X PUT "$FHIR/A/1" -d \'{"a": 1}\'', "PUT", "http://x/A/1"),
        ('curl "$FHIR/A/\\$validate" -d "{}"', "POST", "http://x/A/$validate"),
    ],
)
def test_a_command_is_read_as_curl_reads_it(command: str, method: str, url: str) -> None:
    """The reader of the examples itself."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200)

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as client:
        send(client, parse(command, {"FHIR": "http://x"}))
    assert seen[0].method == method
    assert str(seen[0].url).startswith(url)


def test_an_option_that_is_not_understood_is_an_error() -> None:
    """Nothing of an example is passed over in silence."""
    with pytest.raises(ValueError, match="--insecure"):
        parse('curl --insecure "http://x"', {})


def test_a_command_without_an_expected_status_is_an_error() -> None:
    """An example without a promise cannot be kept."""
    with pytest.raises(AssertionError, match="no expected status"):
        list(examples(Block("sh", 'curl "$FHIR/Patient"\n')))
