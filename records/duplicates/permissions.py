"""Who may do what about duplicates."""

from typing import Final

from kernel.declare.module import Permission
from kernel.declare.roles import STATION_STAFF, Role
from kernel.web.i18n import _

WARN: Final = "records:duplicate:warn"
REVIEW: Final = "records:duplicate:review"

PERMISSIONS: Final = (
    Permission(WARN, _("建档时查重"), STATION_STAFF),
    Permission(
        REVIEW,
        _("核对疑似重复档案、合并和撤销合并"),
        frozenset({Role.GP, Role.STATION_HEAD, Role.CENTRE_MANAGER}),
    ),
)
