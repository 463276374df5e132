"""A family's picture as inline SVG: pure, no script and no style attribute.

As in pedigrees a square is a man, a circle a woman, a diamond somebody whose sex is not told; a
stroke through it says that the person has died, a double line who is the head. What the codes leave
open is dashed. Every box leads to the person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from markupsafe import Markup

from records.households.kinship import Kin
from records.households.tree import HEIGHT, WIDTH, Box, Line, arrange

_RADIUS: Final = 11
_AT: Final = 20
_TEXT: Final = 38
_NAME_SIGNS: Final = 12
_WORD_SIGNS: Final = 14


@dataclass(frozen=True, slots=True)
class Portrait:
    """What stands in a member's box: texts in the reader's language; `href` may be empty."""

    kin: Kin
    name: str
    relation: str
    note: str
    deceased: bool
    head: bool
    href: str = ""


def draw(portraits: Sequence[Portrait], *, title: str, dead: str) -> Markup:
    """The picture; an empty one for nobody. `dead` is the word for somebody who has died."""
    layout = arrange([one.kin for one in portraits])
    by_id = {one.kin.id: one for one in portraits}
    lines = "".join(_line(one) for one in layout.lines)
    boxes = "".join(_box(box, by_id[box.kin.id], dead) for box in layout.boxes)
    size = {"width": f"{layout.width:g}", "height": f"{layout.height:g}"}
    box = f"0 0 {layout.width:g} {layout.height:g}"
    attributes = {"class": "family-tree", "viewBox": box, **size}
    attributes |= {"role": "group", "aria-label": title}
    markup = _element("svg", attributes, lines, boxes)
    return Markup(markup)  # noqa: S704  # escaped piece by piece where it was put together


def _element(name: str, attributes: Mapping[str, object], *children: str) -> str:
    written = "".join(f' {key}="{escape(str(value))}"' for key, value in attributes.items())
    return f"<{name}{written}>{''.join(children)}</{name}>"


def _line(line: Line) -> str:
    points = " ".join(f"{x:g},{y:g}" for x, y in line.points)
    css = "tree-line" if line.sure else "tree-line tree-open"
    return _element("polyline", {"points": points, "class": css})


def _box(box: Box, one: Portrait, dead: str) -> str:
    css = "tree-box tree-dead" if one.deceased else "tree-box"
    frame = {"x": box.x, "y": box.y, "width": WIDTH, "height": HEIGHT, "rx": 4, "class": css}
    note = dead if one.deceased else one.note
    said = " ".join(text for text in (one.name, one.relation, note) if text)
    inside = (
        _element("title", {}, escape(said)),
        _element("rect", frame),
        _symbol(box, one),
        _text(box, 21, _short(one.name, _NAME_SIGNS), "tree-name"),
        _text(box, 39, _short(one.relation, _WORD_SIGNS), "tree-word"),
        _text(box, 55, _short(note, _WORD_SIGNS), "tree-word"),
    )
    if one.href:
        return _element("a", {"href": one.href}, *inside)
    return _element("g", {}, *inside)


def _symbol(box: Box, one: Portrait) -> str:
    x, y = box.x + _AT, box.y + HEIGHT / 2
    shapes = [_shape(x, y, _RADIUS, one.kin.sex)]
    if one.head:
        shapes.append(_shape(x, y, _RADIUS - 4, one.kin.sex))
    if one.deceased:
        far = _RADIUS + 4
        stroke = {"x1": x - far, "y1": y + far, "x2": x + far, "y2": y - far}
        shapes.append(_element("line", {**stroke, "class": "tree-stroke"}))
    return "".join(shapes)


def _shape(x: float, y: float, radius: float, sex: str) -> str:
    if sex == "female":
        return _element("circle", {"cx": x, "cy": y, "r": radius, "class": "tree-symbol"})
    if sex == "male":
        corner = {"x": x - radius, "y": y - radius, "width": 2 * radius, "height": 2 * radius}
        return _element("rect", {**corner, "class": "tree-symbol"})
    points = ((x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y))
    text = " ".join(f"{a:g},{b:g}" for a, b in points)
    return _element("polygon", {"points": text, "class": "tree-symbol"})


def _text(box: Box, down: float, text: str, css: str) -> str:
    return _element("text", {"x": box.x + _TEXT, "y": box.y + down, "class": css}, escape(text))


def _short(text: str, signs: int) -> str:
    """A text that fits: a Chinese character is as wide as two Latin letters."""
    room = signs
    for place, sign in enumerate(text):
        room -= 1 if sign.isascii() else 2
        if room < 0:
            return text[: place - 1] + "…"
    return text
