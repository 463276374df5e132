"""The XHTML of `text.div` (FHIR R4 §2.4.1; invariant txt-1).

Only basic formatting, tables, links and images may stand there: a narrative is shown to people who
are signed in, so a script in it would act in their name. That it says something (txt-2) is not
asked for: an official example has an empty one.
"""

import re
from xml.parsers import expat

from kernel.fhir.terminology import words

XHTML = "http://www.w3.org/1999/xhtml"
MAX_DEPTH = 100

_ELEMENTS = words(
    "a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd dfn div "
    "dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li map ol p pre q samp small span strong sub sup "
    "table tbody td tfoot th thead tr tt ul var"
)
_EVERYWHERE = words("title style class id lang dir xml:lang xml:space accesskey tabindex")
_ATTRIBUTES = {
    "a": words("href name charset type hreflang rel rev shape coords target"),
    "img": words("src alt longdesc height width usemap ismap border align"),
    "map": frozenset(["name"]),
    "area": words("shape coords href nohref alt"),
    "q": frozenset(["cite"]),
    "blockquote": frozenset(["cite"]),
    "div": frozenset(["align"]),
    "p": frozenset(["align"]),
    "ol": frozenset(["start", "type"]),
    "ul": frozenset(["type"]),
    "table": words("summary width border frame rules cellspacing cellpadding align"),
}
_CELLS = words("thead tfoot tbody tr td th col colgroup")
_CELL_ATTRIBUTES = words(
    "abbr axis headers scope rowspan colspan align char charoff valign span width height "
    "bgcolor nowrap"
)
_ADDRESSES = frozenset(["href", "src", "cite", "longdesc", "usemap"])
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_LINK_SCHEMES = frozenset(["http", "https", "mailto", "tel", "urn"])
_IGNORED_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]")
_ACTIVE_STYLE = re.compile(
    r"expression|javascript|vbscript|behaviou?r|binding|@import|url\s*\(|\\|/\*", re.IGNORECASE
)


class _RefusedError(ValueError):
    pass


def narrative_fault(div: str) -> str | None:
    """Say what is wrong with a narrative, or None: it must be well-formed and harmless."""
    reader = _Reader()
    try:
        reader.read(div)
    except _RefusedError as error:
        return str(error)
    except (expat.ExpatError, UnicodeError) as error:
        return f"must be well-formed XHTML: {error}"
    return None


class _Reader:
    def __init__(self) -> None:
        self.depth = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.refuse_declaration
        self.parser.EntityDeclHandler = self.refuse_declaration
        self.parser.ProcessingInstructionHandler = self.refuse_declaration

    def read(self, div: str) -> None:
        self.parser.Parse(div.encode(), True)

    def refuse_declaration(self, *_: object) -> None:
        raise _RefusedError("must not hold declarations or processing instructions (txt-1)")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth == 1:
            _check_root(name, attributes.pop("xmlns", None))
        elif self.depth > MAX_DEPTH:
            raise _RefusedError(f"must not be nested more than {MAX_DEPTH} deep")
        if name not in _ELEMENTS or attributes.get("xmlns", XHTML) != XHTML:
            raise _RefusedError(f"must not hold <{name[:40]}>; only basic formatting (txt-1)")
        attributes.pop("xmlns", None)
        for attribute, value in attributes.items():
            _check_attribute(name, attribute, value)

    def end(self, _name: str) -> None:
        self.depth -= 1


def _check_root(name: str, namespace: str | None) -> None:
    if name != "div":
        raise _RefusedError(f"must be one <div>, not <{name[:40]}>")
    if namespace != XHTML:
        raise _RefusedError(f'the <div> must say xmlns="{XHTML}"')


def _check_attribute(element: str, name: str, value: str) -> None:
    allowed = (
        name in _EVERYWHERE
        or name in _ATTRIBUTES.get(element, ())
        or (element in _CELLS and name in _CELL_ATTRIBUTES)
    )
    if not allowed:
        raise _RefusedError(f"<{element}> must not have the attribute {name[:40]!r} (txt-1)")
    if name in _ADDRESSES:
        _check_address(element, name, value)
    elif name == "style" and _ACTIVE_STYLE.search(value):
        raise _RefusedError("a style must not load or run anything (txt-1)")


def _check_address(element: str, name: str, value: str) -> None:
    # Browsers skip control characters and spaces inside `java\tscript:`, so we do as well.
    bare = _IGNORED_IN_ADDRESSES.sub("", value)
    scheme = _SCHEME.match(bare)
    if scheme is None or scheme.group(1).lower() in _LINK_SCHEMES:
        return
    if element == "img" and bare.lower().startswith(
        ("data:image/png", "data:image/jpeg", "data:image/gif")
    ):
        return
    raise _RefusedError(f"{name} must be relative or http(s), not {scheme.group(1)[:20]}: (txt-1)")
