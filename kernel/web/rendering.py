"""Jinja2 as the pages use it: escaped, strict about missing values, one environment a language.

A page is `templates/<plural noun>/<page>.html`; its head comment is the contract with whoever
renders it. Modules may bring further folders. A fragment is a macro of a component rendered
without the layout, so that htmx replaces a part with exactly what the whole page shows there.
"""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.environment import Template

from kernel.messages import Message
from kernel.web import charts
from kernel.web.assets import static_url
from kernel.web.chinese import marked
from kernel.web.filters import filters
from kernel.web.i18n import (
    DEFAULT_LANGUAGE,
    LANGUAGE_NAMES,
    LANGUAGES,
    Language,
    gettext,
    translations,
)
from kernel.web.page import Column, ListState, PageContext, Pager

TEMPLATE_FOLDER = Path(__file__).resolve().parents[2] / "templates"


class Renderer:
    """Renders pages and fragments from the project's templates and a module's own folders."""

    def __init__(self, extra_folders: Sequence[Path] = ()) -> None:
        self._folders = (TEMPLATE_FOLDER, *extra_folders)

    def environment(self, language: Language) -> Environment:
        """The environment of `language`: all renderers of the process share the compiled ones."""
        return build_environment(self._folders, language)

    def render(self, template: str, /, *, request_context: PageContext, **values: Any) -> str:
        """The page `template` as HTML.

        `values` are what the template's head comment lists. Raises jinja2's `UndefinedError`
        when one is missing and `TemplateNotFound` for an unknown template.
        """
        html = self._template(template, request_context).render(page=request_context, **values)
        return _finished(html, request_context)

    def fragment(
        self, template: str, macro: str, /, *, request_context: PageContext, **arguments: Any
    ) -> str:
        """The `macro` of the component `template`, called with `arguments`, without a layout.

        Raises AttributeError when the component has no such macro.
        """
        module = self._template(template, request_context).make_module({"page": request_context})
        return _finished(str(getattr(module, macro)(**arguments)), request_context)

    def _template(self, name: str, context: PageContext) -> Template:
        return self.environment(context.language).get_template(name)


def _finished(html: str, context: PageContext) -> str:
    return html if context.language == DEFAULT_LANGUAGE else marked(html)


@functools.cache
def build_environment(folders: tuple[Path, ...], language: Language) -> Environment:
    """A Jinja2 environment over `folders` (the first one that has a template wins)."""
    environment = Environment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_said_in(language),
    )
    environment.policies["ext.i18n.trimmed"] = True
    # Old-style gettext: the new style marks the result as safe, so that translating a value
    # that came from a user would let it through unescaped.
    environment.install_gettext_translations(  # type: ignore[attr-defined]  # added by the i18n extension
        translations(language), newstyle=False
    )
    environment.filters.update(filters(language))
    environment.globals.update(
        static_url=static_url,
        languages={code: LANGUAGE_NAMES[code] for code in LANGUAGES},
        column=Column,
        list_state=ListState,
        pager=Pager,
        line_chart=charts.line_chart,
        bar_chart=charts.bar_chart,
        sparkline=charts.sparkline,
    )
    return environment


def _said_in(language: Language) -> Callable[[Any], Any]:
    """What an expression puts on the page: a `Message` in the page's language."""
    return lambda value: gettext(value, language) if isinstance(value, Message) else value
