"""A narrative is shown to people who are signed in: nothing in it may act."""

import pytest

from kernel.fhir.terminology import RESOURCE_TYPES
from kernel.fhir.validate import problems
from kernel.fhir.validate.narrative import narrative_fault

OPEN = '<div xmlns="http://www.w3.org/1999/xhtml">'


@pytest.mark.parametrize(
    "inside",
    [
        "张三，男，54 岁",
        "<p class='a' id='b' style='color: red; margin-left: 2em'>x<br/>y</p>",
        "<table border='1'><tr><td colspan='2'>x</td><th scope='row'>y</th></tr></table>",
        "<a href='Patient/1'>x</a><a href='https://x.org?a:b'>x</a><a name='y'>z</a>",
        "<a href='mailto:a@b.c'>x</a><a href='#y'>x</a><a href='tel:+86'>x</a>",
        "<img src='#pic' alt='x'/><img src='data:image/png;base64,AAAA' alt='y'/>",
        "<ul><li>a</li></ul><h2>b</h2><pre>c &lt; d &amp; e &#160;</pre><!-- note -->",
        "",
        "<p xmlns='http://www.w3.org/1999/xhtml'>x</p>",
    ],
)
def test_plain_formatting_is_allowed(inside: str) -> None:
    assert narrative_fault(f"{OPEN}{inside}</div>") is None


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<SCRIPT>alert(1)</SCRIPT>", "<SCRIPT>"),
        ("<iframe src='x'/>", "<iframe>"),
        ("<form action='x'/>", "<form>"),
        ("<input/>", "<input>"),
        ("<object data='x'/>", "<object>"),
        ("<style>p{}</style>", "<style>"),
        ("<link href='x'/>", "<link>"),
        ("<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", "<svg>"),
        ("<p xmlns='http://www.w3.org/2000/svg'>x</p>", "<p>"),
        ("<x:script xmlns:x='http://www.w3.org/1999/xhtml'>x</x:script>", "<x:script>"),
        ("<p onclick='x()'>x</p>", "'onclick'"),
        ("<p ONCLICK='x()'>x</p>", "'ONCLICK'"),
        ("<a href='javascript:x()'>x</a>", "javascript:"),
        ("<a href=' JaVa&#9;Script&#10;:x()'>x</a>", "JaVaScript:"),
        ("<a href='vbscript:x()'>x</a>", "vbscript:"),
        ("<a href='data:text/html,x'>x</a>", "data:"),
        ("<img src='data:image/svg+xml,x' alt='x'/>", "data:"),
        ("<img src='x' srcset='y'/>", "'srcset'"),
        ("<img src='x' onerror='y'/>", "'onerror'"),
        ("<p style='background: url(http://x)'>x</p>", "style"),
        ("<p style='width: expression(alert(1))'>x</p>", "style"),
        ("<p style='x: \\65xpression(1)'>x</p>", "style"),
        ("<p>x", "well-formed"),
        ("x &nbsp; y", "well-formed"),
        ("<p a='1' a='2'>x</p>", "well-formed"),
        ("<?php x ?>", "processing instructions"),
        ("<p>" * 200 + "x" + "</p>" * 200, "nested"),
    ],
)
def test_what_acts_or_is_not_xhtml_is_refused(inside: str, reason: str) -> None:
    fault = narrative_fault(f"{OPEN}{inside}</div>")
    assert fault is not None
    assert reason in fault


@pytest.mark.parametrize(
    ("div", "reason"),
    [
        ("text", "well-formed"),
        ("<div>x</div>", "xmlns"),
        ("<p xmlns='http://www.w3.org/1999/xhtml'>x</p>", "one <div>"),
        (f"{OPEN}x</div><div>y</div>", "well-formed"),
        (f"<!DOCTYPE div [<!ENTITY a 'aa'>]>{OPEN}&a;</div>", "declarations"),
        (f"<!DOCTYPE div SYSTEM 'http://x/y.dtd'>{OPEN}x</div>", "declarations"),
    ],
)
def test_the_root_is_one_xhtml_div_without_declarations(div: str, reason: str) -> None:
    fault = narrative_fault(div)
    assert fault is not None
    assert reason in fault


def test_entity_bombs_are_refused_before_they_go_off() -> None:
    entities = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 50}'>" for n in range(1, 12))
    bomb = f"<!DOCTYPE div [<!ENTITY a0 'x'>{entities}]>{OPEN}&a11;</div>"
    assert "declarations" in (narrative_fault(bomb) or "")


def test_a_resource_with_a_script_is_refused() -> None:
    body = {
        "resourceType": "Patient",
        "text": {"status": "generated", "div": f"{OPEN}<script>x</script></div>"},
    }
    found, checked = problems(body, types=RESOURCE_TYPES)
    assert checked is None
    assert [(one.code, one.expression) for one in found] == [("invariant", "Patient.text.div")]
