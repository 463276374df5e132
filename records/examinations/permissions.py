"""Who may do what with examinations."""

from typing import Final

from kernel.declare.module import Permission
from kernel.declare.roles import STATION_STAFF, Role
from kernel.web.i18n import _

READ: Final = "records:examination:read"
WRITE: Final = "records:examination:write"
PERMISSIONS: Final = (
    Permission(READ, _("查看健康体检"), STATION_STAFF | {Role.REFERRAL_COORDINATOR}),
    Permission(WRITE, _("录入、更正和作废健康体检"), frozenset({Role.GP, Role.NURSE})),
)
