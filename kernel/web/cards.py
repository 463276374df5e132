"""What the modules show on the page of somebody who just signed in.

Slot `home-cards`: `load(work, "")` returns cards; slot `home`: panels with templates of their own.
"""

from dataclasses import dataclass
from typing import Any

from kernel.web.page import PanelView
from kernel.work import ReadWork


@dataclass(frozen=True, slots=True)
class Card:
    """A figure with its unit, and where it opens into what stands behind it. Texts are Chinese."""

    title: str
    value: int | str
    unit: str
    href: str
    note: str = ""
    kind: str = "neutral"
    state: str = ""


def panels_of(work: ReadWork, slot: str, key: str) -> list[PanelView]:
    """The panels of a slot that the actor may see and that have something to show."""
    shown: list[PanelView] = []
    for panel in work.registry.panels(slot):
        data = panel.load(work, key) if work.actor.may(panel.permission) else None
        if data is not None:
            count = len(data) if isinstance(data, list) and data else None
            shown.append(
                PanelView(panel.name, panel.title, panel.template, data, count, wide=panel.wide)
            )
    return shown


def cards_of(work: ReadWork) -> list[Any]:
    """The cards of the home page that the actor may see."""
    return [
        card
        for panel in work.registry.panels("home-cards")
        if work.actor.may(panel.permission)
        for card in panel.load(work, "")
    ]
