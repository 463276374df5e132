"""What a household is made of, as codes: names of extensions, characteristics, kinds of kin.

The household record is local practice (家庭档案; the third edition of the national norm no longer
prescribes its form), so its own codes are code systems of ours; relations are GB/T 4761.
"""

from collections.abc import Mapping
from typing import Final

from kernel.canonical import code_system, identifier_system, structure_definition
from kernel.web.i18n import _

KIND_SYSTEM: Final = code_system("group-kind")
HOUSEHOLD: Final = "household"
NUMBER_SYSTEM: Final = identifier_system("household-number")
"""家庭编号: the nine digits of county and street, and a serial of seven digits.

Sixteen digits, so that nobody takes it for a record number (17) or an identity number (18).
"""
BOOK_SYSTEM: Final = identifier_system("household-register-book")
"""户口号: the number of the household register's book."""
NUMBER_LENGTH: Final = 17

RELATION: Final = structure_definition("household-relation")
LEFT_FOR: Final = structure_definition("household-left-for")
LEFT_FOR_SYSTEM: Final = code_system("household-left-for")
ADDRESS: Final = structure_definition("household-address")
PHONE: Final = structure_definition("household-phone")
DOCTOR: Final = structure_definition("household-doctor")
PROBLEM: Final = structure_definition("household-problem")

MOVED: Final = "moved"
DEAD: Final = "dead"
MERGED: Final = "merged"
LEFT_TITLES: Final[Mapping[str, str]] = {
    MOVED: _("迁出"),
    DEAD: _("死亡"),
    MERGED: _("并入其他家庭"),
}
"""Why a membership ended; without an end a member is 在册."""

HEAD: Final = "02"
SELF: Final = "01"
