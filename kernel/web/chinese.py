"""Chinese data on a page of another language says what it is (WCAG 2.1, 3.1.2).

What a page says itself is translated. What remains in Chinese are names, addresses and texts that
somebody wrote, wherever a template puts them, so it is marked in the finished page.
"""

import re

_SIGN = "[〇㐀-䶿一-鿿豈-\ufaff]"
_SIGNS = re.compile(_SIGN)
_RUN = re.compile(f"{_SIGN}(?:[^A-Za-z]*{_SIGN})?")
_PIECE = re.compile(
    r"(?P<raw><!--.*?-->|<(?P<kept>script|style|title)\b.*?</(?P=kept)>)"
    r"|(?P<plain><(?P<tag>option|textarea|text)\b[^>]*>(?P<words>.*?)</(?P=tag)>"
    r'|<input\b[^>]* value="(?P<value>[^"]*)"[^>]*>)'
    r"|(?P<markup><[^>]*>)"
    r"|(?P<text>[^<]+)",
    re.DOTALL,
)
_NAME = re.compile(r"<\w+")
_LANG = 'lang="zh-CN"'


def marked(html: str) -> str:
    """The page with `lang="zh-CN"` at its Chinese.

    Texts get a `span` around their Chinese part; elements that hold nothing but text (option,
    textarea, text of a drawing) and fields with a Chinese value get the attribute themselves.
    """
    return _PIECE.sub(_marked, html) if _SIGNS.search(html) else html


def _marked(piece: re.Match[str]) -> str:
    whole = piece[0]
    if piece["raw"] or piece["markup"]:
        return whole
    if piece["plain"]:
        if not _SIGNS.search(piece["words"] or piece["value"] or ""):
            return whole
        return _NAME.sub(rf"\g<0> {_LANG}", whole, count=1)
    return _RUN.sub(lambda run: f"<span {_LANG}>{run[0]}</span>", whole)
