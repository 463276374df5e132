from collections.abc import Iterator

import pytest

from tests.conformance.own import OWN
from tests.conformance.samples import examples, transactions
from tests.support.house import KINDS, OpenHouse, Templates, cloned_house


@pytest.fixture(scope="package", params=KINDS)
def loaded(
    request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenHouse]:
    """A station with all of HL7's examples under their own ids, and Synthea's patients."""
    folder = tmp_path_factory.mktemp("loaded")
    with cloned_house(templates, request.param, folder) as house:
        platform = house.client("platform")
        for body in [*examples(), *OWN]:
            answer = platform.put(f"{body['resourceType']}/{body['id']}", body)
            assert answer.status_code == 201, (body["id"], answer.text)
        for bundle in transactions():
            answer = platform.post("", bundle)
            assert answer.status_code == 200, answer.text
        yield house
