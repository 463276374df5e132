"""The languages of the pages: Chinese as written, other languages through gettext catalogues.

The message identifier is the Chinese text itself, so Chinese needs no catalogue and a page
without a translation still reads correctly for most of its users. Catalogues are kept as `.po`
text and compiled in memory on first use; no binary `.mo` file can fall behind its source.
"""

import gettext as gettext_module
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal, get_args

from kernel import messages

_ = messages._

Language = Literal["zh_CN", "en"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "zh_CN"
LANGUAGE_NAMES: dict[Language, str] = {"zh_CN": "中文", "en": "English"}
LANGUAGE_TAGS: dict[Language, str] = {"zh_CN": "zh-CN", "en": "en"}
LOCALE_FOLDER = Path(__file__).resolve().parents[2] / "locale"


def catalogue_file(language: Language, name: str = "station") -> Path:
    """The `.po` file of `language`; Chinese has none.

    `station` holds what pages say, `codes` the titles of code sets (made from their data by
    `python -m tests.terminology.titles`).
    """
    return LOCALE_FOLDER / language / "LC_MESSAGES" / f"{name}.po"


@lru_cache(maxsize=len(LANGUAGES))
def translations(language: Language) -> gettext_module.NullTranslations:
    """The compiled catalogue of `language`; Chinese answers every text with itself.

    Raises `FileNotFoundError` when the catalogue is not installed and babel's `PoFileError`
    when it is malformed: a page half in another language is not served.
    """
    if language == DEFAULT_LANGUAGE:
        return gettext_module.NullTranslations()
    found = _compiled(language, "station")
    found.add_fallback(_compiled(language, "codes"))
    return found


def _compiled(language: Language, name: str) -> gettext_module.GNUTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with catalogue_file(language, name).open("rb") as source:
        catalogue = read_po(source, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext_module.GNUTranslations(compiled)


def gettext(text: str, language: Language) -> str:
    """The Chinese `text` in `language`, or unchanged where the catalogue does not know it.

    Of a `Message` the sentence is translated first and its values put into it then.
    """
    if isinstance(text, messages.Message):
        return text.said(lambda part: gettext(part, language))
    return translations(language).gettext(text) if text else text


def known_language(tag: str | None) -> Language:
    """The language that `tag` (a cookie, a form value or an Accept-Language header) asks for.

    Takes the first entry of the header that we have, in the order in which it is written;
    whatever is unknown or missing reads as Chinese.
    """
    for entry in (tag or "").replace("_", "-").lower().split(","):
        primary = entry.split(";")[0].strip().split("-")[0]
        for language in LANGUAGES:
            if primary == language.split("_", maxsplit=1)[0].lower():
                return language
    return DEFAULT_LANGUAGE
