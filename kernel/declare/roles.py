"""Who uses the system, and the groups of roles that declarations speak of."""

from enum import StrEnum


class Role(StrEnum):
    """A role that an account can have. The value is what is stored and shown in settings."""

    GP = "gp"
    NURSE = "nurse"
    STATION_HEAD = "station_head"
    CENTRE_MANAGER = "centre_manager"
    REFERRAL_COORDINATOR = "referral_coordinator"
    BUREAU_OFFICER = "bureau_officer"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDITOR = "auditor"
    PLATFORM = "platform"


TITLES = {
    Role.GP: "全科医生",
    Role.NURSE: "护士",
    Role.STATION_HEAD: "站长",
    Role.CENTRE_MANAGER: "中心管理员",
    Role.REFERRAL_COORDINATOR: "转诊协调员",
    Role.BUREAU_OFFICER: "卫健局工作人员",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDITOR: "审计员",
    Role.PLATFORM: "数据交换平台",
}

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})
"""The three administrators of 等保 (三权分立): nobody holds two, none reads records."""

STATION_STAFF = frozenset({Role.GP, Role.NURSE, Role.STATION_HEAD, Role.CENTRE_MANAGER})
CLINICIANS = STATION_STAFF | {Role.PLATFORM}
"""Those who write health records."""

READERS = CLINICIANS | {Role.REFERRAL_COORDINATOR}
"""Those who read health records, as far as their scope reaches."""

GUESTS = frozenset({Role.REFERRAL_COORDINATOR})
"""Those who write about a person whom another institution's record granted to theirs."""

EVERYBODY = frozenset(Role)
