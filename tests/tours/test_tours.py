"""The four tours of docs/demo.md, walked in a browser exactly as the document tells them."""

import re
import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

import httpx2
import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from kernel.canonical import CITIZEN_ID
from kernel.clock import Clock
from tests.docs.curl import examples, parse, send
from tests.docs.documents import Block
from tests.support.browser import open_context, read_card
from tests.support.city import City, served_city
from tests.tours.script import VERBS, Action, Step, Verb, actions, dated, steps, tours

SEALED_SECONDS = 20
"""How long the audit's page may take to show what has just happened."""

_REFUSED = r"the server responded with a status of 40[34]"
_TOKEN = re.compile(r"station (token .*?)\)\"$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A served demo city."""
    with served_city(tmp_path_factory) as served:
        yield served


@dataclass
class Walker:
    """Somebody who does what the document says."""

    page: Page
    city: City
    auth: str = ""
    told: list[str] = field(default_factory=list)
    """What the terminal printed in this step, where it has a command."""

    def walk(self, step: Step) -> None:
        """Do one step."""
        self.told = [self._typed(block) for block in step.blocks]
        for action in step.actions:
            _DO[action.verb](self, *action.words)

    def _typed(self, block: Block) -> str:
        """What a terminal's commands answer."""
        token = _TOKEN.search(block.text)
        if token is not None:
            self.auth = self.city.command(*shlex.split(token[1].replace("\\\n", " ")))
        variables = {
            "FHIR": f"{self.city.address}/fhir/R4",
            "AUTH": f"Authorization: Bearer {self.auth}",
        }
        told = []
        with httpx2.Client(timeout=30, trust_env=False) as client:
            for example in examples(block):
                answer = send(client, parse(example.command, variables))
                assert answer.status_code == example.status, answer.text
                told.append(answer.text)
        return "".join(told)

    def sign_in(self, user: str, password: str) -> None:
        """Open the address and type both, as everybody does."""
        self.page.goto("/")
        self.page.get_by_label("用户名").fill(user)
        self.page.get_by_label("密码").fill(password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/")

    def find(self, typed: str) -> None:
        """The search box, from anywhere."""
        self.page.keyboard.press("/")
        self.page.keyboard.type(typed)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def swipe(self, name: str) -> None:
        """A reader types the number of somebody's card and Enter, wherever the cursor stands."""
        token = self.city.command("token", "--user", "platform", "--scope", "system/Patient.rs")
        headers = {"Authorization": f"Bearer {token}"}
        with httpx2.Client(timeout=30, trust_env=False, headers=headers) as client:
            address = f"{self.city.address}/fhir/R4/Patient"
            found = client.get(address, params={"name:exact": name}).json()["entry"]
        numbers = {
            one["value"]
            for entry in found
            for one in entry["resource"]["identifier"]
            if one["system"] == CITIZEN_ID
        }
        (number,) = numbers
        self.page.locator("h1").click()
        with self.page.expect_navigation():
            read_card(self.page, number)

    def open(self, path: str) -> None:
        """An address, typed."""
        self.page.goto(path)

    def fill(self, label: str, value: str) -> None:
        """A field."""
        self.page.get_by_label(label).fill(value)

    def choose(self, label: str, option: str) -> None:
        """One of a list."""
        self.page.get_by_label(label).select_option(label=option)

    def check(self, label: str) -> None:
        """A box, or one of several."""
        self.page.get_by_label(label).check()

    def click_beside(self, label: str, name: str) -> None:
        """The small button behind a value."""
        row = self.page.locator("dl > div").filter(has=self.page.get_by_text(label, exact=True))
        row.get_by_text(name, exact=True).click()

    def click(self, name: str) -> None:
        """A link or a button, of the page itself where the menu has one of the same name."""
        inside = self._named(name).and_(self.page.locator("main *"))
        (inside if inside.count() else self._named(name)).first.click()

    def _named(self, name: str) -> Locator:
        link = self.page.get_by_role("link", name=name, exact=True)
        return link.or_(self.page.get_by_role("button", name=name, exact=True))

    def see(self, words: str) -> None:
        """It stands on the screen, or in what the terminal printed."""
        words = dated(words, Clock().today())
        if self.told:
            assert any(words in text for text in self.told), f"{words} is not in the answer"
            return
        give_up = time.monotonic() + SEALED_SECONDS
        while True:
            shown = self.page.get_by_text(words).filter(visible=True).first
            try:
                expect(shown).to_be_visible(timeout=3000)
            except AssertionError:
                if "/audit" not in self.page.url or time.monotonic() > give_up:
                    raise
                self.page.reload()  # the newest entries appear once they are sealed
            else:
                return


_DO: dict[Verb, Callable[..., None]] = {
    Verb.SIGN_IN: Walker.sign_in,
    Verb.FIND: Walker.find,
    Verb.SWIPE: Walker.swipe,
    Verb.OPEN: Walker.open,
    Verb.FILL: Walker.fill,
    Verb.CHOOSE: Walker.choose,
    Verb.CHECK: Walker.check,
    Verb.CLICK_BESIDE: Walker.click_beside,
    Verb.CLICK: Walker.click,
    Verb.SEE: Walker.see,
}


@pytest.mark.browser
@pytest.mark.parametrize("tour", tours())
def test_a_tour_goes_as_it_is_told(tour: str, city: City, browser: Browser) -> None:
    """Every step of the document is one step here."""
    with open_context(browser, city.address, expected_errors=[_REFUSED]) as context:
        walker = Walker(context.new_page(), city)
        for number, step in enumerate(steps(tour), start=1):
            try:
                walker.walk(step)
            except (AssertionError, Error) as fault:
                where = f"{tour}, step {number} {step.title}, at {walker.page.url}"
                raise AssertionError(f"{where}: {fault}") from fault


def test_there_are_four_tours_and_every_step_shows_something() -> None:
    """A step that promises nothing tests nothing."""
    assert len(tours()) == 4
    for tour in tours():
        found = steps(tour)
        assert len(found) >= 5
        for step in found:
            assert step.blocks or any(a.verb is Verb.SEE for a in step.actions), step.title


def test_every_verb_is_done() -> None:
    """What the script can say, the walker can do."""
    assert set(_DO) == set(VERBS) == set(Verb)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("用户名 `a`，密码 `b`，回车。", [(Verb.SIGN_IN, ("a", "b"))]),
        ("用 `a` 登录，密码 `b`。", [(Verb.SIGN_IN, ("a", "b"))]),
        ("按 `/`，输入 `yang`，回车。有「杨」", [(Verb.FIND, ("yang",)), (Verb.SEE, ("杨",))]),
        ("机构选 `甲`，点 `筛选`。", [(Verb.CHOOSE, ("机构", "甲")), (Verb.CLICK, ("筛选",))]),
        ("刷 `甲` 的身份证：「甲」", [(Verb.SWIPE, ("甲",)), (Verb.SEE, ("甲",))]),
        ("点电话旁的 `显示`：「1」。", [(Verb.CLICK_BESIDE, ("电话", "显示")), (Verb.SEE, ("1",))]),
    ],
)
def test_a_sentence_is_read(sentence: str, expected: list[tuple[Verb, tuple[str, ...]]]) -> None:
    """The reader itself."""
    assert list(actions(sentence)) == [Action(verb, words) for verb, words in expected]


def test_a_day_is_told_from_today() -> None:
    """The document says 今天+14 天 where the page shows a date."""
    assert dated("不晚于 今天+14 天", date(2026, 11, 24)) == "不晚于 2026-12-08"
    assert dated("今天到期", date(2026, 11, 24)) == "今天到期"


def test_code_without_a_verb_is_an_error() -> None:
    """Nothing of a step is passed over in silence."""
    with pytest.raises(ValueError, match="no verb"):
        list(actions("然后 `x`。"))
