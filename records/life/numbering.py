"""The number of a health record (居民健康档案编号): 17 digits in four segments, 6-3-3-5.

County (GB/T 2260), street or township (GB/T 10114), committee (001-099 居委会, 101-199 村委会,
901-999 其他组织), and a serial from 00001 in the order of filing. There is no check digit. Numbers
are never used again; those that came with imported records are passed over.
"""

import re
from collections.abc import Collection, Sequence
from typing import Final

from kernel.canonical import HEALTH_RECORD_NUMBER
from kernel.errors import conflict, unprocessable
from kernel.fhir.search.extract import identifier_key
from kernel.serials import next_number, pass_over
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.identifiers import holders

LAST_SERIAL: Final = 99_999
_NUMBER = re.compile(r"\d{17}", re.ASCII)
_PREFIX = re.compile(r"\d{12}", re.ASCII)
_AT_ONCE = 64
"""Numbers looked at in one statement, where many came with an import."""

_WRONG_PREFIX = _("档案编号的前 12 位应为 12 个数字：县区 6 位、街道乡镇 3 位、居（村）委会 3 位。")
_NO_PREFIX = _("居（村）委会代码应为 001～199 或 901～999，请检查所选的居（村）委会。")
_FULL = _("这个居（村）委会的档案编号已用完（99999 个），请联系管理员增设代码。")


def is_record_number(text: str) -> bool:
    """Whether a text has the form of a record number: 17 digits, serial not 00000."""
    return _NUMBER.fullmatch(text) is not None and text[12:] != "00000"


def segments_of(number: str) -> tuple[str, str, str, str]:
    """County, street, committee and serial of a record number, as it is printed with hyphens."""
    return number[:6], number[6:9], number[9:12], number[12:]


def next_record_number(work: Work, prefix12: str) -> str:
    """The next free record number of a residents' or villagers' committee.

    `prefix12` are county, street and committee. Raises Refused: 422 where that is no committee,
    409 where all 99,999 numbers have been used.
    """
    return next_record_numbers(work, prefix12, 1)[0]


def next_record_numbers(
    work: Work, prefix12: str, count: int, *, brought: Collection[str] = ()
) -> list[str]:
    """So many free record numbers of one committee, see `next_record_number`.

    `brought` are numbers that others bring with them into the same save.
    """
    check_prefix(prefix12)
    name = f"record:{prefix12}"
    drawn = next_number(work, name, count=count)
    start, size = drawn, count
    free: list[str] = []
    # Mostly those that were drawn are free; only where numbers came with an import many are in use.
    while len(free) < count and start <= LAST_SERIAL:
        window = range(start, min(start + size, LAST_SERIAL + 1))
        numbers = [f"{prefix12}{serial:05d}" for serial in window]
        used = _used(work, numbers)
        free += [one for one in numbers if one not in used and one not in brought]
        start, size = window.stop, _AT_ONCE
    if len(free) < count:
        raise conflict(_FULL, "record_number")
    last = int(free[count - 1][12:])
    if last >= drawn + count:
        pass_over(work, name, last)
    return free[:count]


def check_prefix(prefix12: str) -> None:
    """Raises Refused (422) where 12 digits cannot begin a record number."""
    if not _PREFIX.fullmatch(prefix12):
        raise unprocessable(_WRONG_PREFIX, "committee")
    kind = int(prefix12[9:])
    if not (1 <= kind <= 199 or 901 <= kind <= 999):
        raise unprocessable(_NO_PREFIX, "committee")


def _used(work: ReadWork, numbers: Sequence[str]) -> set[str]:
    """Those of the numbers that a record already has, whosever it is."""
    by_digest = {
        digest: number
        for number in numbers
        for digest in work.keys.blinds(identifier_key(HEALTH_RECORD_NUMBER, number))
    }
    return {
        by_digest[one.digest]
        for one in holders(work, "Patient", by_digest)
        if one.system == HEALTH_RECORD_NUMBER
    }
