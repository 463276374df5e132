"""Sentences with values: Chinese text for everybody, another language for a page."""

from copy import deepcopy

import pytest

from kernel.fhir import json
from kernel.messages import SEQUENCE, Message, _, joined, packed, unpacked
from kernel.web.i18n import gettext

ROWS = _("%(title)s：%(said)s")
LIMIT = _("最多 %(most)s 行")


def nested() -> Message:
    """A sentence whose values are a title and another sentence."""
    return Message(ROWS, title="血压", said=Message(LIMIT, most=5))


def test_a_message_is_its_chinese_text_and_says_itself_in_english() -> None:
    said = nested()
    assert said == "血压：最多 5 行"
    assert type(str(said)) is str
    assert gettext(said, "zh_CN") == "血压：最多 5 行"
    assert gettext(said, "en") == "Blood pressure: at most 5 rows"


def test_what_somebody_typed_stays_as_it_is() -> None:
    typed = Message(ROWS, title="血压", said="%(most)s 王小明 100%")
    assert gettext(typed, "en") == "Blood pressure: %(most)s 王小明 100%"


def test_a_message_without_values_is_a_text_like_any_other() -> None:
    assert gettext(Message("男"), "en") == "Male"
    assert Message("100%") == gettext(Message("100%"), "en") == "100%"


def test_a_value_that_is_missing_is_a_fault() -> None:
    with pytest.raises(KeyError):
        Message(LIMIT, least=1)


def test_texts_in_a_row() -> None:
    assert joined([]) == joined([""]) == ""
    assert joined(["男"]) == "男"
    assert joined(["男", "", "女", nested()]) == "男、女、血压：最多 5 行"
    assert gettext(joined(["男", "女"], by=SEQUENCE), "en") == "Male; Female"


def test_a_message_is_stored_and_comes_back() -> None:
    for said in (nested(), joined(["男", "女"]), "plain"):
        kept = unpacked(json.loads(json.dumps(packed(said))))
        assert kept == said
        assert gettext(kept, "en") == gettext(said, "en")


def test_an_outcome_says_it_in_chinese() -> None:
    assert json.loads(json.dumps({"diagnostics": nested()})) == {"diagnostics": "血压：最多 5 行"}


def test_a_copy_says_the_same() -> None:
    assert gettext(deepcopy(nested()), "en") == "Blood pressure: at most 5 rows"
