"""Each component escapes, keeps what was typed and ties complaints to their fields."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from kernel.web.page import Column, FormState, ListState, Pager
from kernel.web.rendering import TEMPLATE_FOLDER
from tests.web.gallery import PAGE, RENDERER, SAMPLES, render_sample

HOSTILE = '"><script>alert(1)</script>'
TEMPLATES = sorted(
    path.relative_to(TEMPLATE_FOLDER).as_posix() for path in TEMPLATE_FOLDER.rglob("*.html")
)
VOID = {"meta", "link", "input", "br", "img", "hr", "rect", "line"}


class Elements(HTMLParser):
    """The elements of a page in order, and whether every one of them is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID or "</" + tag in self.rawdata:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.unbalanced.append(tag)

    def attributes(self, tag: str, **wanted: str) -> dict[str, str | None]:
        """The first `tag` whose attributes include `wanted`."""
        for name, attributes in self.found:
            if name == tag and all(attributes.get(k) == v for k, v in wanted.items()):
                return attributes
        raise AssertionError(f"no <{tag}> with {wanted}")


def macro(component: str, called: str, /, **arguments: Any) -> str:
    return RENDERER.fragment(
        f"components/{component}.html", called, request_context=PAGE, **arguments
    )


def field(kind: str, state: FormState, **arguments: Any) -> Elements:
    return Elements(macro("field", kind, state=state, name="x", label="血压", **arguments))


@pytest.mark.parametrize(
    ("kind", "extra"),
    [
        ("text", {}),
        ("date", {}),
        ("number", {"unit": "mmHg"}),
        ("textarea", {}),
        ("select", {"choices": [("1", "甲"), ("2", "乙")]}),
        ("radios", {"choices": [("1", "甲"), ("2", "乙")]}),
        ("checkboxes", {"choices": [("1", "甲"), ("2", "乙")]}),
    ],
)
def test_a_field_ties_label_hint_and_complaint_to_its_control(
    kind: str, extra: dict[str, Any]
) -> None:
    state = FormState({"x": "2"}, {"x": "应在 50–300 之间。"})
    html = macro(
        "field", kind, state=state, name="x", label="血压", hint="静坐后", required=True, **extra
    )
    page = Elements(html)
    tied = [a for _, a in page.found if a.get("aria-describedby") == "field-x-hint field-x-error"]
    assert len(tied) == 1
    assert tied[0]["aria-invalid"] == "true"
    assert page.attributes("p", id="field-x-hint")
    assert page.attributes("p", id="field-x-error")
    assert "应在 50–300 之间。" in html
    assert "静坐后" in html
    assert "*" in html
    assert any(a.get("id") == "field-x" for _, a in page.found)
    assert page.unbalanced == []


def test_fields_without_complaint_claim_nothing() -> None:
    assert "aria-" not in macro("field", "text", state=FormState(), name="x", label="姓名")


def test_a_refused_field_keeps_its_text_escaped() -> None:
    state = FormState({"x": HOSTILE}, {"x": HOSTILE})
    html = macro("field", "text", state=state, name="x", label=HOSTILE)
    assert "<script>" not in html
    assert Elements(html).attributes("input")["value"] == HOSTILE


def test_a_text_area_keeps_a_leading_line_break() -> None:
    html = macro("field", "textarea", state=FormState({"x": "\n第二行"}), name="x", label="其他")
    assert ">\n\n第二行</textarea>" in html


def test_a_password_is_never_shown_again() -> None:
    state = FormState({"x": "secret"})
    html = macro("field", "text", state=state, name="x", label="密码", type="password")
    assert "secret" not in html
    assert "value=" not in html


def test_choices_made_stay_made() -> None:
    choices = [("1", "甲"), ("2", "乙"), (3, "丙")]
    radios = field("radios", FormState({"x": "2"}), choices=choices)
    assert [a["value"] for t, a in radios.found if t == "input" and "checked" in a] == ["2"]
    boxes = field("checkboxes", FormState({"x": ["1", "3"]}), choices=choices)
    assert [a["value"] for t, a in boxes.found if t == "input" and "checked" in a] == ["1", "3"]
    options = field("select", FormState({"x": "3"}), choices=choices)
    assert [a["value"] for t, a in options.found if "selected" in a] == ["3"]


def test_numbers_carry_their_unit_and_accept_what_is_typed() -> None:
    html = macro(
        "field", "number", state=FormState({"x": "１２０"}), name="x", label="", unit="mmHg"
    )
    assert '<span class="unit">mmHg</span>' in html
    assert Elements(html).attributes("input")["type"] == "text"


def test_every_posting_form_carries_the_token() -> None:
    for name in SAMPLES:
        html = render_sample(name)
        forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", html, re.S)
        assert all(f'name="csrf_token" value="{PAGE.csrf_token}"' in form for form in forms), name
        assert html.count("<form") == len(forms) + html.count('method="get"'), name


def test_the_summary_of_complaints_links_to_the_fields() -> None:
    state = FormState(errors={"x": "请填写。", "form": "没有保存。"})
    html = macro("form", "errors", state=state)
    assert '<a href="#field-x">请填写。</a>' in html
    assert "<li>没有保存。</li>" in html
    assert "2 处" in html
    assert macro("form", "errors", state=FormState()).strip() == ""


def test_a_confirmation_needs_no_script() -> None:
    html = macro(
        "form", "confirm", action="/x", label="作废", question="确定吗？", submit="确定",
        fields={"version": "3"},
    )  # fmt: skip
    page = Elements(html)
    assert page.found[0][0] == "details"
    assert page.attributes("input", name="version")["value"] == "3"
    assert page.attributes("form")["action"] == "/x"


def test_the_search_box_posts_so_that_no_address_holds_what_was_typed() -> None:
    page = Elements(macro("form", "search", action="/residents/search", value=HOSTILE))
    assert page.attributes("form")["method"] == "post"
    box = page.attributes("input", name="q")
    assert box["value"] == HOSTILE
    assert box["placeholder"] == "姓名、拼音、身份证号或后四位、电话、住址、档案编号"


def test_badges_never_rest_on_colour_alone() -> None:
    for kind, symbol in (("ok", "✓"), ("alert", "▲"), ("overdue", "!"), ("due", "◷")):
        html = macro("display", "badge", text="状态", kind=kind)
        assert "状态" in html
        assert symbol in html
    assert "&lt;script&gt;" in macro("display", "badge", text=HOSTILE, kind="ok")
    with pytest.raises(UndefinedError):
        macro("display", "badge", text="状态", kind="unheard-of")


def test_a_table_sorts_by_links_and_says_how_it_is_sorted() -> None:
    html = render_sample("residents")
    page = Elements(html)
    assert page.attributes("th", **{"aria-sort": "descending"})
    sorted_up = "/residents?search=sealed-token&amp;sort=birth_date"
    assert f'href="{sorted_up}"' in html
    assert 'href="/residents?search=sealed-token&amp;sort=name"' in html
    assert html.count("<tr>") == 21


def test_an_empty_table_says_what_to_do_next() -> None:
    html = render_sample("residents_empty")
    assert "<table" not in html
    assert "pager" not in html
    assert "没有符合条件的居民" in html
    assert html.count('href="/residents/new"') == 2


def test_a_cell_links_escapes_and_shows_a_dash_for_nothing() -> None:
    assert macro("table", "cell", value=None).strip() == '<td class="cell-text">—</td>'
    assert (
        macro("table", "cell", value=0, kind="number").strip() == '<td class="cell-number">0</td>'
    )
    assert "<script>" not in macro("table", "cell", value=HOSTILE, href=HOSTILE, title=HOSTILE)


def test_columns_are_units_and_sort_keys() -> None:
    column = Column("管理居民", "number", unit="人", sort="residents")
    state = ListState("/institutions", sort="residents")
    assert state.direction(column.sort) == "ascending"
    assert state.sort_href(column.sort) == "/institutions?sort=-residents"
    assert state.direction("name") == "none"
    assert state.direction("") == "none"
    assert state.href(sort="") == "/institutions"


def test_the_pager_shows_a_total_only_where_one_is_known() -> None:
    known = macro("table", "pager", state=Pager(20, "/n", "/s", total=1482))
    assert "共 1,482 条" in known
    assert 'href="/n"' in known
    assert 'href="/s"' in known
    unknown = macro("table", "pager", state=Pager(6))
    assert "共" not in unknown
    assert "<a" not in unknown


def test_a_masked_value_is_revealed_by_a_form_that_needs_no_script() -> None:
    html = macro(
        "display", "masked", shown="330106********0016", label="身份证号",
        action="/residents/1/reveal", field="identity_number",
    )  # fmt: skip
    page = Elements(html)
    form = page.attributes("form", method="post")
    assert form["action"] == form["hx-post"] == "/residents/1/reveal"
    assert page.attributes("input", name="field")["value"] == "identity_number"
    assert page.attributes("button")["aria-label"] == "显示 身份证号"
    assert "<form" not in macro("display", "masked", shown="330106195703080016", label="身份证号")


def test_the_timeline_runs_backwards_by_year() -> None:
    html = render_sample("resident")
    days = re.findall(r'<time datetime="([\d-]+)"', html)
    assert days == sorted(days, reverse=True)
    assert len(days) == 5
    assert re.findall(r'class="year">(\d+)<', html) == ["2026", "2025"]


def test_allergies_are_told_apart_from_not_asked() -> None:
    assert "过敏：青霉素、磺胺类" in render_sample("resident")
    assert "过敏史未询问" in render_sample("resident_empty")


def test_paper_boxes_hold_one_character_each_and_stay_empty_when_short() -> None:
    html = macro("paper", "boxes", text="33010600", groups=[6, 3, 3, 5])
    boxes = re.findall(r'<span class="box">(.?)</span>', html)
    assert len(boxes) == 17
    assert "".join(boxes) == "33010600"
    assert html.count('class="dash"') == 3


def test_paper_choices_put_the_chosen_codes_into_the_squares() -> None:
    html = macro(
        "paper", "choices", choices=[("1", "无"), ("2", "青霉素")], chosen=["2"], squares=3
    )
    assert re.findall(r'<span class="box">(.?)</span>', html) == ["2", "", ""]


def test_messages_are_announced() -> None:
    html = render_sample("resident")
    assert Elements(html).attributes("p", role="status")["class"] == "notice notice-ok"


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_compile_and_hold_no_inline_style_or_script(name: str) -> None:
    RENDERER.environment("en").get_template(name)
    text = Path(TEMPLATE_FOLDER / name).read_text("utf-8")
    assert not re.search(r"\sstyle\s*=|<style|\son\w+\s*=|javascript:|hx-on", text, re.I)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", text)


@pytest.mark.parametrize("name", [n for n in TEMPLATES if not n.startswith("components/")])
def test_templates_state_what_they_are_given(name: str) -> None:
    assert Path(TEMPLATE_FOLDER / name).read_text("utf-8").startswith("{#")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("name", SAMPLES)
def test_pages_are_well_built(name: str, language: Any) -> None:
    html = render_sample(name, language)
    page = Elements(html)
    ids = [a["id"] for _, a in page.found if a.get("id")]
    assert len(ids) == len(set(ids)), "an id stands twice"
    named = {a["for"] for tag, a in page.found if tag == "label" and "for" in a}
    assert named <= set(ids)
    assert [tag for tag, _ in page.found].count("h1") == 1
    assert page.unbalanced == []
    assert re.search(r"(?<!1 )\bNone\b", html) is None, "1 None is an answer"
    assert "Undefined" not in html
    assert "<script>alert" not in html
    assert "secret-that-must-not-return" not in html


def test_a_missing_value_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(UndefinedError):
        RENDERER.render("error.html", request_context=PAGE, status=404)
