"""How values are written on pages. Dates as 2026-11-23, times as Shanghai's clock shows them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from kernel.clock import SHANGHAI, Instant, as_datetime
from kernel.declare.form import Option
from kernel.values.identity_number import mask_identity_number
from kernel.values.names import mask_name
from kernel.values.phone import mask_phone
from kernel.web.i18n import Language, _, gettext

MISSING = "—"
SEX_TITLES: Mapping[str, str] = {
    "male": _("男"),
    "female": _("女"),
    "other": _("未说明"),
    "unknown": _("未知"),
}
MONTHS_SHOWN_BELOW_YEARS = 2


def write_date(value: date | None) -> str:
    """A local date as 2026-11-23; a dash where there is none.

    Raises TypeError for a datetime, whose day depends on a time zone: use `datetime` for it.
    """
    if value is None:
        return MISSING
    if isinstance(value, datetime):
        raise TypeError("a datetime is written with the filter datetime, not date")
    return value.isoformat()


def write_datetime(value: datetime | Instant | None) -> str:
    """An instant as 2026-11-23 09:05 in Asia/Shanghai. Raises ValueError for a naive datetime."""
    if value is None:
        return MISSING
    moment = as_datetime(value) if isinstance(value, int) else value
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no local time")
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def write_moment(value: datetime | Instant | None) -> str:
    """As `write_datetime`, with the seconds that tell an auditor what came first."""
    if value is None:
        return MISSING
    moment = as_datetime(value) if isinstance(value, int) else value
    return f"{write_datetime(moment)}:{moment.second:02d}"


def whole_months(born: date, on: date) -> int:
    """Completed months between two dates."""
    return (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)


def write_age(born: date | None, on: date, language: Language) -> str:
    """The age on a day: years, months under two years, days under one month.

    Raises ValueError when the birth lies after that day.
    """
    if born is None:
        return MISSING
    if born > on:
        raise ValueError(f"the birth date {born} lies after {on}")
    months = whole_months(born, on)
    if months == 0:
        return gettext(_("%(n)s天"), language) % {"n": (on - born).days}
    if months < 12 * MONTHS_SHOWN_BELOW_YEARS:
        return gettext(_("%(n)s个月"), language) % {"n": months}
    return gettext(_("%(n)s岁"), language) % {"n": months // 12}


def write_money(fen: int) -> str:
    """Integer fen as yuan: 123450 → ¥1,234.50, −1200 → -¥12.00. Raises TypeError for a float."""
    if not isinstance(fen, int) or isinstance(fen, bool):
        raise TypeError("money is an integer number of fen")
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{rest:02d}"


def write_number(value: float | None) -> str:
    """A count or measurement with thousands separators and no invented decimals."""
    return MISSING if value is None else f"{value:,}"


def write_sex(code: str | None, language: Language) -> str:
    """FHIR administrative-gender in words; what is not known is said, never guessed."""
    return gettext(SEX_TITLES.get(code or "unknown", SEX_TITLES["unknown"]), language)


def _masked(mask: Callable[[str], str]) -> Callable[[str | None], str]:
    """The mask for a value that may be missing."""
    return lambda value: mask(value) if value else MISSING


@pass_context
def _age_in_page(context: Context, born: date | None, on: date | None = None) -> str:
    page = context["page"]
    return write_age(born, on or page.today, page.language)


def _sex_in(language: Language) -> Callable[[str | None], str]:
    return lambda code: write_sex(code, language)


def _translated_in(language: Language) -> Callable[[str], str]:
    return lambda text: gettext(text, language)


def _or_missing(value: Any) -> Any:
    """The value, or a dash where a page would otherwise show a hole."""
    return MISSING if value is None or value == "" else value


def _option_pairs_in(language: Language) -> Callable[[Iterable[Option]], list[tuple[str, str]]]:
    def pairs(options: Iterable[Option]) -> list[tuple[str, str]]:
        return [(option.code, gettext(option.title, language)) for option in options]

    return pairs


def filters(language: Language) -> dict[str, Callable[..., Any]]:
    """The filters of the templates in `language`."""
    return {
        "date": write_date,
        "datetime": write_datetime,
        "moment": write_moment,
        "age": _age_in_page,
        "money": write_money,
        "number": write_number,
        "sex": _sex_in(language),
        "translated": _translated_in(language),
        "option_pairs": _option_pairs_in(language),
        "or_missing": _or_missing,
        "mask_id": _masked(mask_identity_number),
        "mask_name": _masked(mask_name),
        "mask_phone": _masked(mask_phone),
    }
