"""What is wrong is found, all at once, at the element where it is wrong."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.fhir.json import dumps, loads
from kernel.fhir.terminology import RESOURCE_TYPES
from kernel.fhir.validate import MAX_PROBLEMS, Invalid, Problem, check, problems, warm
from tests.fhir.bad_bodies import BAD_BODIES, GP, TO_GP, patient
from tests.fhir.corpus import resources


def found(body: object) -> list[tuple[str, str]]:
    listed, checked = problems(body, types=RESOURCE_TYPES)
    assert (checked is None) == bool(listed)
    assert checked is None or checked.body is body
    assert all(one.diagnostics and one.severity == "error" for one in listed)
    return [(one.code, one.expression) for one in listed]


@pytest.mark.parametrize("body", [None, [], "Patient", 1, True, [patient()]])
def test_a_resource_is_an_object(body: object) -> None:
    assert found(body) == [("structure", "Resource")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (None, ("required", "Resource.resourceType")),
        (1, ("structure", "Resource.resourceType")),
        ("Pateint", ("not-supported", "Pateint.resourceType")),
        ("Citation", ("not-supported", "Citation.resourceType")),  # only R4B has it
        ("MedicinalProduct", ("not-supported", "MedicinalProduct.resourceType")),
    ],
)
def test_the_type_is_known(name: object, expected: tuple[str, str]) -> None:
    body = {"id": "x"} if name is None else {"resourceType": name}
    assert found(body) == [expected]


def test_types_that_are_not_kept_here_are_refused() -> None:
    with pytest.raises(Invalid) as caught:
        check(patient(), types={"Observation"})
    assert [one.code for one in caught.value.problems] == ["not-supported"]
    assert check(patient(), types={"Patient"}).type == "Patient"


@pytest.mark.parametrize(("body", "expected"), BAD_BODIES)
def test_what_is_wrong_is_found_where_it_is(body: object, expected: tuple[str, str]) -> None:
    assert expected in found(body)


@pytest.mark.parametrize(
    "elements",
    [
        {"birthDate": "1980"},
        {"birthDate": "2000-02-29"},
        {"deceasedDateTime": "2016-12-31T23:59:60Z"},
        {"name": [{"text": "张\u3000三\n李\t四"}]},
        {"_gender": {"extension": [{"url": "http://x", "valueCode": "unknown"}]}},
        {"_gender": {"id": "a"}, "gender": "male"},
        {"name": [{"given": ["a", "b"], "_given": [{"id": "1"}]}]},
        {"name": [{"_given": [{"extension": [{"url": "x", "valueMeta": {"versionId": "1"}}]}]}]},
        {"photo": [{"contentType": "text/plain; charset=utf-8", "data": "AAAA\r\nBBBB"}]},
        {"managingOrganization": {"reference": "http://x.org/anything?a=b"}},
        {"managingOrganization": {"reference": "urn:oid:1.2.3"}},
        {"managingOrganization": {"display": "somewhere"}},
        {"link": [{"type": "refer", "other": {"reference": "RelatedPerson/1"}}]},
        {
            "contained": [
                {
                    "resourceType": "Provenance",
                    "id": "o",
                    "target": [{"reference": "#"}],
                    "recorded": "2020-01-01T00:00:00Z",
                    "agent": [{"who": {"display": "x"}}],
                }
            ]
        },
    ],
)
def test_what_r4_allows_passes(elements: dict[str, object]) -> None:
    assert found(patient(**elements)) == []


def test_a_required_primitive_may_be_an_extension_alone() -> None:
    reason = {"extension": [{"url": "http://x", "valueCode": "unknown"}]}
    assert found({"resourceType": "Observation", "_status": reason, "code": {"text": "x"}}) == []
    answer = {"url": "http://x", "_valueString": reason}
    assert found(patient(extension=[answer])) == []


def test_all_problems_are_told_at_once_in_order() -> None:
    body = patient(gender="F", birthDate="x", name=[{"use": "y"}], zodiac="z")
    with pytest.raises(Invalid) as caught:
        check(body, types=RESOURCE_TYPES)
    assert [one.expression for one in caught.value.problems] == [
        "Patient.gender",
        "Patient.birthDate",
        "Patient.name[0].use",
        "Patient.zodiac",
    ]
    assert "Patient.gender: must be one of female, male, other, unknown" in str(caught.value)


def test_messages_say_what_would_be_right() -> None:
    listed, _ = problems(patient(gendre="female", birthDate="7.3.1980"), types=RESOURCE_TYPES)
    assert listed == [
        Problem("structure", "Patient.gendre", "Patient has no such element; did you mean gender?"),
        Problem(
            "value",
            "Patient.birthDate",
            "must be a date (YYYY, YYYY-MM or YYYY-MM-DD), not '7.3.1980'",
        ),
    ]


def test_garbage_is_not_answered_with_megabytes() -> None:
    body = patient(**{f"x{number}": number for number in range(10_000)})
    assert len(found(body)) == MAX_PROBLEMS
    # Beyond the limit nothing is told any more, but rules still must not meet malformed objects.
    body["name"] = [{"period": {"start": 1, "end": []}}]
    assert len(found(body)) == MAX_PROBLEMS


@pytest.mark.parametrize("depth", [100, 400, 5_000])
def test_nesting_is_bounded(depth: int) -> None:
    item: dict[str, Any] = {"linkId": "1"}
    for _ in range(depth):
        item = {"linkId": "1", "item": [item]}
    body = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [item]}
    assert [code for code, _ in found(body)] == ["too-costly"]


def test_references_are_collected_in_order_but_not_from_contained_resources() -> None:
    body = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "contained": [
            {"resourceType": "Location", "id": "l", "managingOrganization": {"reference": "#"}},
        ],
        "subject": {"reference": "Patient/1"},
        "participant": [
            {"individual": {"reference": "Practitioner/1"}},
            {"individual": {"display": "somebody"}},
            {"individual": {"reference": "Practitioner?identifier=x|1"}},
        ],
        "location": [{"location": {"reference": "#l"}}],
        "extension": [
            {
                "url": "http://x",
                "extension": [{"url": "y", "valueReference": {"reference": "Basic/1"}}],
            }
        ],
        "_status": {"extension": [{"url": "http://x", "valueReference": {"reference": "Task/1"}}]},
    }
    checked = check(body, types=RESOURCE_TYPES)
    assert checked.body is body
    assert checked.references == (
        ("subject", "Patient/1"),
        ("participant.individual", "Practitioner/1"),
        ("participant.individual", "Practitioner?identifier=x|1"),
        ("location.location", "#l"),
        ("extension.extension.valueReference", "Basic/1"),
        ("_status.extension.valueReference", "Task/1"),
    )


def test_each_resource_of_a_bundle_has_its_own_contained_ones() -> None:
    entry = {
        "fullUrl": "urn:uuid:1",
        "resource": patient(contained=[GP], generalPractitioner=TO_GP),
    }
    other = {"resource": patient(generalPractitioner=TO_GP)}
    body = {"resourceType": "Bundle", "type": "collection", "entry": [entry, other]}
    assert found(body) == [
        ("invariant", "Bundle.entry[1].resource.generalPractitioner[0].reference")
    ]


def test_warming_compiles_types_and_ignores_unknown_ones() -> None:
    warm(["Patient", "Citation"])
    assert found(patient(active=True)) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


@settings(deadline=None)
@given(JSON)
def test_random_json_raises_nothing_but_invalid(body: object) -> None:
    with pytest.raises(Invalid):
        check(body, types=RESOURCE_TYPES)


def _places(node: object) -> Iterator[tuple[Any, Any]]:
    inner = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in inner:
        yield node, key
        yield from _places(value)


SAMPLES = [text for body in resources() if len(text := dumps(body)) < 2_000][:200]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(SAMPLES),
    st.randoms(use_true_random=False),
    st.lists(JSON, min_size=1, max_size=3),
)
def test_random_json_anywhere_in_a_resource_gives_problems_or_passes(
    text: bytes, random: Any, values: list[object]
) -> None:
    body = loads(text)
    for value in values:
        node, key = random.choice(list(_places(body)))
        node[key] = value
    found(body)
