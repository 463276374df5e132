"""Every route of the pages: its permission, its headers, its secret, and who may do what there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.routing import APIRoute

from demo.cast import CAST
from kernel.fhir.rest import PREFIX
from kernel.web.assets import STATIC_PREFIX, static_url
from kernel.web.forgery import masked, unmasked
from kernel.web.page import PageContext
from kernel.web.pages import ANY_SESSION, PUBLIC, SIGNED_IN, Page
from kernel.web.rendering import Renderer
from tests.pages.browsing import ADDRESS, REASON, Visitor, signed_in, words
from tests.pages.conftest import spare_account
from tests.support.house import KINDS, ON_SQLITE, OpenHouse, registry

MATRIX = Path(__file__).with_name("matrix.txt")
PEOPLE = [account.user_name for account in CAST if not account.machine]
IN_SESSION = ("/sign-in", "/sign-out")
"""What changes the session itself is tested in `test_sign_in`."""
SAMPLES = {
    "/due/{id}/contact": "/due/wang-xiaoming/contact",
    "/due/{id}/suspend": "/due/wang-xiaoming/suspend",
    "/duplicates/{id}/{other}": "/duplicates/wang-xiaoming/li-na",
    "/duplicates/{id}/{other}/confirm": "/duplicates/wang-xiaoming/li-na/confirm",
    "/duplicates/{id}/{other}/distinct": "/duplicates/wang-xiaoming/li-na/distinct",
    "/duplicates/{id}/{other}/merge": "/duplicates/wang-xiaoming/li-na/merge",
    "/duplicates/{id}/{other}/withdraw": "/duplicates/wang-xiaoming/li-na/withdraw",
    "/figures/{code}": "/figures/HT01",
    "/figures/{code}/export": "/figures/HT01/export",
    "/referral-board/{code}": "/referral-board/RF01",
    "/referral-indications/{key}/new": "/referral-indications/stroke-up/new",
    "/referral-indications/{key}/{code}": "/referral-indications/general-up/U1",
    "/referrals/new": "/referrals/new?resident=wang-xiaoming",
    "/residents/{id}/referrals": "/residents/wang-xiaoming/referrals",
    "/referrals/{id}/moves/{event}": "/referrals/nobody/moves/cancel",
    "/residents/{id}/file": "/residents/wang-xiaoming/file",
    "/residents/{id}/file/close": "/residents/wang-xiaoming/file/close",
    "/residents/{id}/file/confirm": "/residents/wang-xiaoming/file/confirm",
    "/residents/{id}/file/contract": "/residents/wang-xiaoming/file/contract",
    "/residents/{id}/file/contract/end": "/residents/wang-xiaoming/file/contract/end",
    "/teams/{id}": "/teams/team-station-1-1",
    "/residents/{id}/file/move": "/residents/wang-xiaoming/file/move",
    "/residents/{id}/file/reopen": "/residents/wang-xiaoming/file/reopen",
    "/residents/{id}/file/void": "/residents/wang-xiaoming/file/void",
    "/residents/{id}": "/residents/wang-xiaoming",
    "/residents/{id}/print": "/residents/wang-xiaoming/print",
    "/residents/{id}/document": "/residents/wang-xiaoming/document",
    "/residents/{id}/reveal": "/residents/wang-xiaoming/reveal",
    "/institutions/{id}": "/institutions/station-1",
    "/residents/{id}/visits": "/residents/wang-xiaoming/visits",
    "/residents/{id}/visits/new": "/residents/wang-xiaoming/visits/new",
    "/residents/{id}/consultations/new": "/residents/wang-xiaoming/consultations/new",
    "/residents/{id}/examinations": "/residents/wang-xiaoming/examinations",
    "/residents/{id}/examinations/new": "/residents/wang-xiaoming/examinations/new",
    "/residents/{id}/follow-ups/new": (
        "/residents/wang-xiaoming/follow-ups/new?programmes=elderly"
    ),
    "/residents/{id}/follow-ups/propose": "/residents/wang-xiaoming/follow-ups/propose",
    "/residents/{id}/follow-ups/{programme}/print": (
        "/residents/wang-xiaoming/follow-ups/hypertension/print"
    ),
    "/visits/{id}": "/visits/li-na-visit",
    "/visits/{id}/amend": "/visits/li-na-visit/amend",
    "/visits/{id}/begin": "/visits/li-na-visit/begin",
    "/visits/{id}/cancel": "/visits/li-na-visit/cancel",
    "/visits/{id}/drugs": "/visits/li-na-visit/drugs",
    "/visits/{id}/print": "/visits/li-na-visit/print",
    "/visits/{id}/vitals": "/visits/li-na-visit/vitals",
    "/programmes/{name}": "/programmes/hypertension",
    "/programmes/{name}/about": "/programmes/hypertension/about",
    "/programmes/{name}/candidates": "/programmes/hypertension/candidates",
    "/programmes/{name}/candidates/export": "/programmes/hypertension/candidates/export",
    "/programmes/{name}/export": "/programmes/hypertension/export",
    "/programmes/{name}/search": "/programmes/hypertension/search",
    "/residents/{id}/programmes": "/residents/wang-xiaoming/programmes",
    "/residents/{id}/programmes/{name}/enrol": "/residents/wang-xiaoming/programmes/copd/enrol",
    "/residents/{id}/household": "/residents/wang-xiaoming/household",
    "/residents/{id}/household/find": "/residents/wang-xiaoming/household/find",
    "/households/{id}/members/{member}/leave": "/households/home-1/members/li-na/leave",
    "/households/{id}/problems/{problem}": "/households/home-1/problems/problem-1",
}
FORMS = {
    "/due/export": {"reason": REASON},
    "/due/search": {"q": "王小明"},
    "/due/{id}/contact": {"on": "2026-11-23", "way": "phone", "reached": "yes"},
    "/due/{id}/suspend": {"programmes": "hypertension"},
    "/duplicates/export": {"reason": REASON},
    "/duplicates/{id}/{other}/merge": {"keep": "wang-xiaoming"},
    "/figures/export": {"reason": REASON},
    "/figures/{code}/export": {"reason": REASON},
    "/referral-agreements/export": {"reason": REASON},
    "/referral-board/export": {"reason": REASON},
    "/residents/suspects": {"name": "王小明", "birth_date": "1985-03-12"},
    "/visits/search": {"q": "王小明"},
    "/visits/{id}": {"do": "keep"},
    "/visits/{id}/amend": {"kind": "supplement", "amend_reason": "补记", "text": "补充"},
    "/visits/{id}/cancel": {"reason": "患者改天再来"},
    "/visits/{id}/vitals": {"pulse": "80"},
    "/residents/{id}/visits/new": {"do": "wait"},
    "/residents/{id}/follow-ups/new": {"programmes": "elderly"},
    "/residents/{id}/follow-ups/propose": {"programmes": "elderly"},
    "/residents/search": {"q": "王小明"},
    "/residents/export": {"reason": REASON},
    "/households/export": {"reason": REASON},
    "/programmes/{name}/candidates/export": {"reason": REASON},
    "/programmes/{name}/export": {"reason": REASON},
    "/programmes/{name}/search": {"q": "王小明"},
    "/screening/export": {"reason": REASON},
    "/screening/search": {"q": "王小明"},
    "/moves/export": {"reason": REASON},
    "/teams/export": {"reason": REASON},
    "/visits/export": {"reason": REASON},
    "/audit/export": {"reason": REASON},
    "/accounts/export": {"reason": REASON},
    "/institutions/export": {"reason": REASON},
    "/staff/export": {"reason": REASON},
    "/referral-office/export": {"reason": REASON},
    "/referral-office/out/export": {"reason": REASON},
    "/referral-office/out/search": {"q": "王小明"},
    "/referral-office/search": {"q": "王小明"},
    "/referrals/export": {"reason": REASON},
    "/referrals/new": {"resident": "wang-xiaoming", "do": "refresh"},
    "/referrals/search": {"q": "王小明"},
    "/residents/{id}/reveal": {"field": "phone"},
    "/residents/{id}/document": {"reason": REASON},
    "/language": {"language": "zh_CN", "return_to": "/"},
    "/account/password": {"current": "x", "new": "a", "repeat": "b"},
    "/accounts/{id}/organisation": {"organisation": "station-1"},
    "/accounts/{id}/roles": {"role": "nurse", "from_on": "2020-01-01", "to_on": "2020-02-01"},
    "/accounts/{id}/roles/end": {"role": "nurse"},
}


def routes() -> Iterator[tuple[str, str, Page]]:
    """Method, path and page of every route of the modules' pages."""
    for module in registry().modules:
        for router in module.pages:
            for route in router.routes:
                assert isinstance(route, APIRoute)
                assert isinstance(route.endpoint, Page), route.path
                for method in sorted(route.methods or ()):
                    yield method, route.path, route.endpoint


def asked(path: str, spare: str) -> str:
    """The path of a route with its parameters filled in."""
    return SAMPLES.get(path, path).replace("{id}", spare)


def test_every_route_declares_a_permission(house: OpenHouse) -> None:
    known = {*registry().permissions, PUBLIC, SIGNED_IN, ANY_SESSION}
    for method, path, page in routes():
        assert page.permission in known, f"{method} {path}"
    declared = {id(page) for _method, _path, page in routes()}
    others = [r for r in house.app.routes if id(getattr(r, "endpoint", None)) not in declared]
    assert [getattr(route, "path", None) for route in others] == [STATIC_PREFIX + "{path:path}"]
    assert len(house.app.routes) == len(declared) + 1, "a page is not served"


def test_only_these_pages_are_public(house: OpenHouse) -> None:
    public = {(method, path) for method, path, page in routes() if page.permission == PUBLIC}
    assert public == {
        ("GET", "/sign-in"), ("HEAD", "/sign-in"), ("POST", "/sign-in"), ("POST", "/language"),
    }  # fmt: skip


class WithoutRefusals(Renderer):
    """Renders every page but the refusal that most cells are: `test_errors` reads that."""

    def render(self, template: str, /, *, request_context: PageContext, **values: Any) -> str:
        if template == "error.html":
            return ""
        return super().render(template, request_context=request_context, **values)


def table(house: OpenHouse, people: Sequence[str]) -> str:
    """What some of the cast are answered at every route, one line a route."""
    spare = spare_account(house)
    visitors = {name: signed_in(house, name) for name in people if name != "nobody"}
    if "nobody" in people:
        visitors["nobody"] = Visitor(house)
        visitors["nobody"].get("/sign-in")
    house.app.state.site = replace(house.app.state.site, renderer=WithoutRefusals())
    lines = [" ".join(["route".ljust(34), *(name.rjust(8) for name in visitors)])]
    for method, path, _page in sorted(routes(), key=lambda r: (r[1], r[0])):
        if method == "HEAD" or path in IN_SESSION:
            continue
        cells = []
        for visitor in visitors.values():
            target = asked(path, spare)
            if method == "GET":
                answer = visitor.get(target)
            else:
                answer = visitor.post(target, FORMS.get(path, {}))
            cells.append(str(answer.status_code).rjust(8))
        lines.append(" ".join([f"{method:5}{path}".ljust(34), *cells]))
    return "\n".join(lines) + "\n"


def columns(written: str, people: Sequence[str]) -> str:
    """Of a table the columns of some of the cast."""
    head = written.splitlines()[0].split()[1:]
    kept = [head.index(name) for name in people]
    lines = []
    for line in written.splitlines():
        cells = line.split()
        told, given = cells[: -len(head)], cells[-len(head) :]
        lines.append(" ".join([*told, *(given[n] for n in kept)]))
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("fresh_house", ["sqlite"], indirect=True)
def test_who_may_do_what(fresh_house: OpenHouse) -> None:
    """Every cell of the table is requested. A change here is a decision about access."""
    assert table(fresh_house, [*PEOPLE, "nobody"]) == MATRIX.read_text(encoding="utf-8")


@pytest.mark.parametrize("fresh_house", KINDS[1:], indirect=True)
def test_the_other_database_answers_the_same(fresh_house: OpenHouse) -> None:
    """Asked by those who together are let in everywhere; who is refused, no database decides."""
    people = ["gp1", "head1", "secadmin", "auditor", "coord1", "bureau"]
    expected = columns(MATRIX.read_text(encoding="utf-8"), people)
    assert columns(table(fresh_house, people), people) == expected
    refused = ["403"] * len(people)
    assert not [line for line in expected.splitlines() if line.split()[-len(people) :] == refused]


@ON_SQLITE
def test_a_form_without_its_secret_changes_nothing(house: OpenHouse, spare: str) -> None:
    visitor = signed_in(house, "secadmin")
    doctor = signed_in(house, "gp1")
    walked = 0
    for method, path, page in routes():
        if method in ("GET", "HEAD"):
            continue
        for someone in (visitor, doctor):
            for forged in ("", "x" * 43, visitor.token[:-1] + "!"):
                answer = someone.request(
                    method, asked(path, spare), data={**FORMS.get(path, {}), "csrf_token": forged}
                )
                assert answer.status_code == 403, f"{method} {path} {page.permission}"
        walked += 1
    assert walked >= 12
    assert visitor.get("/account/password").status_code == 200
    assert doctor.get("/account/password").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_form_from_elsewhere_is_refused_even_with_the_secret(
    house: OpenHouse, headers: dict[str, str]
) -> None:
    visitor = signed_in(house, "gp1")
    form = {"language": "en", "return_to": "/"}
    assert visitor.post("/language", form, headers=headers).status_code == 403
    own = {"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin"}
    assert visitor.post("/language", {**form, "language": "zh_CN"}, headers=own).status_code == 303


def test_htmx_brings_the_secret_in_a_header(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    token = visitor.token
    path, form = "/residents/wang-xiaoming/reveal", {"field": "phone"}
    answer = visitor.request(
        "POST", path, data=form, headers={"X-CSRF-Token": token, "HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert words(answer) == "13900010001"


@ON_SQLITE
def test_headers_on_every_answer(house: OpenHouse, spare: str) -> None:
    visitor = signed_in(house, "gp1")
    paths = [asked(path, spare) for method, path, _ in routes() if method == "GET"]
    for path in [*paths, "/nowhere", static_url("station.css"), PREFIX + "/metadata"]:
        headers = visitor.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy, path
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert ("no-store" in headers["cache-control"]) != path.startswith("/static/")
        assert "strict-transport-security" not in headers


def test_pages_hold_no_inline_script_or_style(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    for path in ("/", "/residents", "/residents/wang-xiaoming", "/institutions", "/staff"):
        html = visitor.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", html), path


def test_who_is_not_signed_in_comes_back_after_signing_in(house: OpenHouse) -> None:
    visitor = Visitor(house)
    answer = visitor.get("/residents?age=65")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fresidents%3Fage%3D65"
    form = visitor.get(answer.headers["location"])
    assert 'name="return_to" value="/residents?age=65"' in form.text
    assert visitor.sign_in("gp1", back="/residents?age=65").headers["location"] == (
        "/residents?age=65"
    )


TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.mark.parametrize("who", ["gp1", ""])
def test_the_secret_is_masked_anew_in_every_page(house: OpenHouse, who: str) -> None:
    """Compression shall not tell it (BREACH): it never stands in a page, and no two are alike."""
    visitor = signed_in(house, who) if who else Visitor(house)
    pages = [visitor.get("/account/password" if who else "/sign-in").text for _ in range(2)]
    first, second = (set(TOKEN.findall(page)) for page in pages)
    assert len(first) == len(second) == 1
    assert first != second
    plain = {unmasked(token) for token in first | second}
    assert len(plain) == 1
    assert all(secret not in page for secret in plain for page in pages)
    form = {"language": "zh_CN", "return_to": "/"}
    for token in (*first, *second):
        assert visitor.post("/language", {**form, "csrf_token": token}).status_code == 303
    for forged in (*plain, "", "é", "=", masked("x" * 43), next(iter(first))[4:]):
        assert visitor.post("/language", {**form, "csrf_token": forged}).status_code == 403


def test_pages_are_compressed_for_who_takes_it(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    plain = visitor.get("/residents", headers={"Accept-Encoding": "identity"})
    packed = visitor.get("/residents", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert TOKEN.sub("", packed.text) == TOKEN.sub("", plain.text)
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    for refused in ("gzip;q=0", "gzip; q=0.0, br", "deflate", ""):
        answer = visitor.get("/residents", headers={"Accept-Encoding": refused})
        assert "content-encoding" not in answer.headers, refused
    assert "content-encoding" not in _reveal(visitor).headers, "too small to be worth it"


def _reveal(visitor: Visitor) -> httpx2.Response:
    path, form = "/residents/wang-xiaoming/reveal", {"field": "phone"}
    return visitor.post(path, form, headers={"HX-Request": "true", "Accept-Encoding": "gzip"})
