"""axe-core, the accessibility checker, run inside a page: tests/axe has it with its licence."""

from pathlib import Path

from playwright.sync_api import BrowserContext, Page

FOLDER = Path(__file__).resolve().parents[1] / "axe"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
"""WCAG 2.1, levels A and AA."""
_RUN = """levels => axe.run({runOnly: levels, resultTypes: ['violations'], selectors: false}).then(
  found => found.violations.flatMap(
    v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 160)} (${v.help})`)))
"""
"""Every rule is run; only what is in order is not described, nor where in the page it stands."""


def prepare(context: BrowserContext) -> None:
    """Bring axe into every page that the context opens from now on, whatever its policy is."""
    context.add_init_script(path=FOLDER / "axe.min.js")


def violations(page: Page) -> list[str]:
    """What is wrong with the page as it stands: the rule, the element, the help."""
    found: list[str] = page.evaluate(_RUN, LEVELS)
    return [f"{page.url} {fault}" for fault in found]
