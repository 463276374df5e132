"""Filters, languages, static files and the two ways to render."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po
from jinja2 import TemplateNotFound, nodes
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from kernel.clock import instant_of
from kernel.web import assets, filters
from kernel.web.assets import find_asset, serve_static, static_url
from kernel.web.i18n import LOCALE_FOLDER, catalogue_file, gettext, known_language
from kernel.web.page import PageContext
from kernel.web.rendering import TEMPLATE_FOLDER, Renderer
from tests.web.gallery import PAGE, RENDERER, render_sample

ROOT = LOCALE_FOLDER.parent
ROOMS = ("kernel", "records", "health", "referral", "billing")
CHINESE = re.compile(r"[㐀-鿿]")


def test_instants_are_written_by_shanghais_clock() -> None:
    moment = datetime(2026, 11, 23, 16, 30, 59, tzinfo=UTC)
    assert filters.write_datetime(moment) == "2026-11-24 00:30"
    assert filters.write_datetime(instant_of(moment)) == "2026-11-24 00:30"
    assert filters.write_datetime(None) == "—"
    assert filters.write_moment(instant_of(moment)) == "2026-11-24 00:30:59"
    assert filters.write_moment(None) == "—"
    with pytest.raises(ValueError, match="naive"):
        filters.write_datetime(datetime(2026, 11, 23))  # noqa: DTZ001  # the refused case itself


def test_dates_are_days_and_not_moments() -> None:
    assert filters.write_date(date(2026, 11, 3)) == "2026-11-03"
    with pytest.raises(TypeError, match="datetime"):
        filters.write_date(datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("born", "on", "chinese", "english"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), "0天", "0 d"),
        (date(2026, 10, 24), date(2026, 11, 23), "30天", "30 d"),
        (date(2026, 10, 23), date(2026, 11, 23), "1个月", "1 mo"),
        (date(2024, 11, 24), date(2026, 11, 23), "23个月", "23 mo"),
        (date(2024, 11, 23), date(2026, 11, 23), "2岁", "2 y"),
        (date(1957, 11, 24), date(2026, 11, 23), "68岁", "68 y"),
        (date(2000, 2, 29), date(2026, 2, 28), "25岁", "25 y"),
        (None, date(2026, 11, 23), "—", "—"),
    ],
)
def test_ages(born: date | None, on: date, chinese: str, english: str) -> None:
    assert filters.write_age(born, on, "zh_CN") == chinese
    assert filters.write_age(born, on, "en") == english


def test_nobody_is_younger_than_not_yet_born() -> None:
    with pytest.raises(ValueError, match="lies after"):
        filters.write_age(date(2026, 11, 24), date(2026, 11, 23), "zh_CN")


@pytest.mark.parametrize(
    ("fen", "written"),
    [(123450, "¥1,234.50"), (0, "¥0.00"), (-1205, "-¥12.05"), (7, "¥0.07"), (-7, "-¥0.07")],
)
def test_money_is_integer_fen(fen: int, written: str) -> None:
    assert filters.write_money(fen) == written


@pytest.mark.parametrize("value", [12.5, True, "100"])
def test_money_is_never_a_float(value: object) -> None:
    with pytest.raises(TypeError, match="fen"):
        filters.write_money(value)  # type: ignore[arg-type]  # the refused case itself


def test_unknown_sex_is_said_and_never_guessed() -> None:
    assert [filters.write_sex(code, "zh_CN") for code in ("male", "female", "other")] == [
        "男",
        "女",
        "未说明",
    ]
    assert filters.write_sex(None, "zh_CN") == filters.write_sex("x", "zh_CN") == "未知"
    assert filters.write_sex("female", "en") == "Female"


def test_lists_show_no_number_in_full_and_names_only_where_they_may() -> None:
    html = render_sample("residents")
    assert "330106********0016" in html
    assert "330106195703080016" not in html
    assert "13805711234" not in html
    assert "王秀英" not in html
    assert "王*英" in html
    named = render_sample("residents_named")
    assert "王秀英" in named
    assert "330106195703080016" not in named


def test_a_fragment_is_the_macro_without_the_layout() -> None:
    html = RENDERER.fragment(
        "components/display.html", "masked", request_context=PAGE, shown="13805711234", label="电话"
    )
    assert html.strip() == '<span class="masked">13805711234</span>'


def test_fragments_and_pages_speak_the_readers_language() -> None:
    english = replace(PAGE, language="en")
    html = RENDERER.fragment(
        "components/display.html",
        "masked",
        request_context=english,
        shown="1",
        label="x",
        action="/x",
    )
    assert ">Show<" in html
    page = render_sample("error_404", "en")
    assert '<html lang="en">' in page
    assert "Not found" in page
    assert "没有找到" not in page


def test_a_module_brings_its_own_folder_and_cannot_replace_a_page(tmp_path: Path) -> None:
    (tmp_path / "own.html").write_text("{{ page.user.name }}：{{ text }}", "utf-8")
    (tmp_path / "error.html").write_text("replaced", "utf-8")
    renderer = Renderer([tmp_path])
    assert renderer.render("own.html", request_context=PAGE, text="<b>") == "林晓梅：&lt;b&gt;"
    values = {"status": 404, "request_id": "", "detail": ""}
    assert "replaced" not in renderer.render("error.html", request_context=PAGE, **values)
    with pytest.raises(TemplateNotFound):
        renderer.render("absent.html", request_context=PAGE)


def test_translating_a_users_text_does_not_let_it_through() -> None:
    environment = RENDERER.environment("en")
    hostile = environment.from_string("{{ text|translated }}{{ _(text) }}")
    assert "<" not in hostile.render(page=PAGE, text="<b>100%</b>")


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        (None, "zh_CN"),
        ("", "zh_CN"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh_CN"),
        ("fr, en;q=0.5", "en"),
        ("zh_CN", "zh_CN"),
        ("../../etc", "zh_CN"),
    ],
)
def test_languages_are_recognised(tag: str | None, language: str) -> None:
    assert known_language(tag) == language


def test_navigation_stands_in_its_groups() -> None:
    groups = PAGE.navigation_groups
    assert [title for title, _ in groups] == ["", "居民服务", "管理"]
    assert [item.href for item in groups[2][1]] == ["/institutions", "/staff", "/audit"]
    assert PageContext(PAGE.today, "/", "t", "1").navigation_groups == []


def _translatable() -> Iterator[tuple[str, int, str]]:
    """Every marked text of templates and Python: file, line, text."""
    options = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
    for name, line, text, *_ in extract_from_dir(
        TEMPLATE_FOLDER, [("**.html", "jinja2")], {"**.html": options}
    ):
        yield name, line, text if isinstance(text, str) else text[0]
    for room in ROOMS:
        for name, line, text, *_ in extract_from_dir(ROOT / room, [("**.py", "python")]):
            yield f"{room}/{name}", line, text if isinstance(text, str) else text[0]
    for main in ROOT.glob("main.py"):
        for line, text, *_ in extract_from_file("python", main):
            yield main.name, line, text if isinstance(text, str) else text[0]


def test_every_marked_text_has_an_english_translation() -> None:
    with catalogue_file("en").open("rb") as source:
        catalogue = read_po(source, locale="en", abort_invalid=True)
    with catalogue_file("en").with_name("codes.po").open("rb") as source:
        codes = read_po(source, locale="en", abort_invalid=True)
    missing = [
        f"{name}:{line}: {text}"
        for name, line, text in _translatable()
        if text not in codes
        and (text not in catalogue or not catalogue[text].string or catalogue[text].fuzzy)
    ]
    assert missing == []


def test_translations_keep_the_placeholders() -> None:
    with catalogue_file("en").open("rb") as source:
        catalogue = read_po(source, locale="en")
    placeholder = re.compile(r"%\(\w+\)s")
    for message in catalogue:
        if message.id and isinstance(message.id, str) and isinstance(message.string, str):
            assert sorted(placeholder.findall(message.id)) == sorted(
                placeholder.findall(message.string)
            ), message.id
            assert not CHINESE.search(message.string), message.id


def _unmarked(node: nodes.Node, *, marked: bool = False) -> Iterator[tuple[int, str]]:
    """Chinese literals below `node` that no translation function is wrapped around."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        marked = marked or node.node.name in {"_", "gettext", "ngettext"}
    text = node.data if isinstance(node, nodes.TemplateData) else None
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        text = node.value
    if text and CHINESE.search(text) and not marked:
        yield node.lineno, text.strip()
    for child in node.iter_child_nodes():
        yield from _unmarked(child, marked=marked)


def test_templates_hold_no_chinese_that_cannot_be_translated() -> None:
    environment = RENDERER.environment("zh_CN")
    found = [
        (path.name, line, text)
        for path in TEMPLATE_FOLDER.rglob("*.html")
        for line, text in _unmarked(environment.parse(path.read_text("utf-8")))
    ]
    assert found == []
    probe = environment.parse("{{ _('好') }}{{ '坏' }}{% trans %}好{% endtrans %}<p>坏</p>")
    assert [text for _, text in _unmarked(probe)] == ["坏", "<p>坏</p>"]


def test_texts_without_translation_stay_as_they_are() -> None:
    assert gettext("没有这句话", "en") == "没有这句话"
    assert gettext("", "en") == ""
    assert gettext("登录", "zh_CN") == "登录"


def test_static_files_have_addresses_that_change_with_them() -> None:
    url = static_url("station.css")
    assert re.fullmatch(r"/static/[0-9a-f]{12}/station\.css", url)
    asset = find_asset(url)
    assert asset is not None
    assert gzip.decompress(asset.compressed) == asset.content
    assert find_asset("/static/000000000000/station.css") is None
    assert find_asset("/static/../kernel/clock.py") is None
    with pytest.raises(KeyError):
        static_url("absent.css")


def test_static_files_are_kept_by_browsers_and_compressed() -> None:
    application = Starlette(routes=[Route("/static/{path:path}", serve_static)])
    with TestClient(application) as client:
        answer = client.get(static_url("station.js"))
        plain = client.get(static_url("station.js"), headers={"Accept-Encoding": "identity"})
        wrong = client.get("/static/000000000000/station.js")
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text
    assert wrong.status_code == 404
    assert "cache-control" not in wrong.headers


def test_the_first_page_travels_in_sixty_kilobytes() -> None:
    page = gzip.compress(render_sample("resident").encode())
    names = ("station.css", "station.js", "forms.js", "htmx.min.js", "icon.svg")
    files = [find_asset(static_url(name)) for name in names]
    total = len(page) + sum(len(file.compressed) for file in files if file)
    assert None not in files
    assert total < 60_000
    for name in ("station.js", "forms.js"):
        assert len((assets.STATIC_FOLDER / name).read_bytes()) <= 4096


def test_htmx_is_the_pinned_release_with_its_licence() -> None:
    script = (assets.STATIC_FOLDER / "htmx.min.js").read_text("utf-8")
    assert 'version:"2.0.11"' in script
    assert "Zero-Clause BSD" in (assets.STATIC_FOLDER / "htmx.LICENSE.txt").read_text("utf-8")
    settings = render_sample("home").split("htmx-config")[1].split(">")[0]
    assert '"allowEval":false' in settings
    assert '"includeIndicatorStyles":false' in settings
    assert '"historyCacheSize":0' in settings
