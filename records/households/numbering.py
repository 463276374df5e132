"""家庭编号: nine digits of county and street (GB/T 2260, GB/T 10114), and a serial of seven."""

import re
from typing import Final

from kernel.errors import unprocessable
from kernel.fhir.search.extract import identifier_key
from kernel.serials import next_number
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.extensions import grid_of
from records.households.codes import NUMBER_SYSTEM
from records.households.group import Body
from records.identifiers import holders
from records.reading import record_number_of

_STREET: Final = re.compile(r"\d{9}(\d{3})?", re.ASCII)
_NO_STREET: Final = _("请选择居（村）委会：家庭编号由县区、街道的 9 位代码和 7 位序号组成。")


def next_household_number(work: Work, street: str) -> str:
    """The next free number of a street; `street` are its nine digits, or a committee's twelve.

    Raises Refused (422) where it is neither. Numbers that came with imports are passed over.
    """
    if not _STREET.fullmatch(street):
        raise unprocessable(_NO_STREET, "committee")
    while True:
        number = f"{street[:9]}{next_number(work, f'household:{street[:9]}'):07d}"
        if not holders_of(work, number):
            return number


def holders_of(work: ReadWork, number: str) -> set[str]:
    """The households that have or had a number, whosever they are."""
    digests = work.keys.blinds(identifier_key(NUMBER_SYSTEM, number))
    return {one.id for one in holders(work, "Group", digests) if one.system == NUMBER_SYSTEM}


def street_of(address: Body, patient: Body) -> str:
    """The street's or committee's code in an Address, else that in a person's record number.

    An empty text where neither tells it.
    """
    return grid_of(address).get("committee") or record_number_of(patient)[:9]
