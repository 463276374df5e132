"""Whatever an operation is asked, it answers or refuses; it never fails."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.fhir.terminology import words
from records.terminology.operations import OPERATIONS
from tests.support.house import OpenHouse

SYSTEM = "urn:oid:2.16.156.10011.2.3.3.4"
WORDS = st.sampled_from(["1", "9", SYSTEM, "", "|", "http://x|1", "true", "-1", "9" * 30, "en"])
SCALARS = WORDS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
VALUES = SCALARS | st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["system", "code", "display", "coding"]), inner)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(
    sorted(
        words(
            "url code system version coding codeableConcept display filter count offset reverse "
            "target targetsystem displayLanguage includeDesignations"
        )
    )
)
ELEMENTS = st.sampled_from(["valueCode", "valueCoding", "valueCodeableConcept", "resource", "part"])
PARAMETERS = st.lists(st.tuples(NAMES, ELEMENTS, VALUES), max_size=4)
PATHS = st.sampled_from(
    [f"{one.type}{at}/${one.name}" for one in OPERATIONS for at in ("", "/gb-sex", "/nobody")]
)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(path=PATHS, told=PARAMETERS, query=st.lists(st.tuples(NAMES, WORDS), max_size=3))
def test_any_parameters(house: OpenHouse, path: str, told: Any, query: Any) -> None:
    client = house.client("gp1")
    body = {
        "resourceType": "Parameters",
        "parameter": [{"name": name, element: value} for name, element, value in told],
    }
    assert client.post(path, body).status_code < 500
    assert client.search(path, *query).status_code < 500
