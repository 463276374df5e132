"""The English of code titles for the pages, made from the code sets' designations.

`python -m tests.terminology.titles` writes it into `locale/en/LC_MESSAGES/codes.po`.
"""

from collections.abc import Iterator

from kernel.web.i18n import catalogue_file
from records.terminology import catalogue

FILE = catalogue_file("en", "codes")
_HEAD = """# Titles of codes: made by python -m tests.terminology.titles from records/terminology.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: en\\n"
"""


def pairs() -> Iterator[tuple[str, str]]:
    """Chinese title and English of every code set and every code."""
    for name in catalogue.system_names():
        found = catalogue.code_set(name)
        yield found.title, found.english
        for concept in found.concepts.values():
            yield concept.title, concept.english


def text() -> str:
    """The whole file: each title once, in the order of the sets."""
    titles: dict[str, str] = {}
    for title, english in pairs():
        titles.setdefault(title, english)
    entries = [f'\nmsgid "{title}"\nmsgstr "{english}"\n' for title, english in titles.items()]
    return _HEAD + "".join(entries)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
