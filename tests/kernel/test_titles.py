"""Pages call every type by a name that its users know, in both languages."""

from kernel.web.i18n import gettext
from tests.support.house import registry


def test_every_type_has_a_title_in_both_languages() -> None:
    for spec in registry().specs.values():
        assert spec.title, spec.type
        assert not spec.title.isascii(), spec.type
        english = gettext(spec.title, "en")
        assert english.isascii(), f"{spec.type}: {spec.title} has no English in locale/en"


def test_titles_differ() -> None:
    titles = [spec.title for spec in registry().specs.values()]
    assert len(set(titles)) == len(titles)
