"""The named cast: one account for every role, the same in every demo and in the tests.

The people are invented, and the password is public on purpose: it guards a synthetic city only.
"""

from dataclasses import dataclass
from typing import Final

DEMO_PASSWORD: Final = "Demo-2026-station"  # noqa: S105 -- public, and only for the synthetic city


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signs in, or a machine that does (`machine`, without a practitioner)."""

    user_name: str
    display_name: str
    role: str
    organisation_id: str
    practitioner_id: str | None
    machine: bool
    purpose: str


def practitioner_id(organisation_id: str, role: str) -> str:
    """The id of the member of staff who holds a role in an organisation."""
    return f"practitioner-{organisation_id}-{role.replace('_', '-')}"


def _person(
    user_name: str, display_name: str, role: str, organisation_id: str, purpose: str
) -> Account:
    person = practitioner_id(organisation_id, role)
    return Account(user_name, display_name, role, organisation_id, person, False, purpose)


CAST: Final = (
    _person("gp1", "于海宁", "gp", "station-1", "全科医生：接诊、随访本站居民"),
    _person("nurse1", "曲晓梅", "nurse", "station-1", "护士：测量、接种、入户访视"),
    _person("head1", "宋志平", "station_head", "station-1", "站长：安排工作，查看本站数字"),
    _person("gp2", "林文杰", "gp", "station-2", "另一个站的全科医生：看不到一站的居民"),
    _person("centre1", "姜丽华", "centre_manager", "centre-1", "中心主任：管理下属各站"),
    _person("coord1", "丛建军", "referral_coordinator", "hospital-1", "市医院转诊联络员"),
    _person("coord2", "隋红霞", "referral_coordinator", "hospital-2", "区医院转诊联络员"),
    _person(
        "bureau",
        "徐明辉",
        "bureau_officer",
        "city-bureau",
        "市卫健局：看全市机构和人员，看不到个人档案",
    ),
    _person(
        "district",
        "邹春玲",
        "bureau_officer",
        "district-1",
        "区卫健局：看机构和人员，看不到个人档案",
    ),
    _person("sysadmin", "迟海波", "system_admin", "city-bureau", "系统管理员：设置与备份"),
    _person("secadmin", "宫晓静", "security_admin", "city-bureau", "安全管理员：账号与权限"),
    _person("auditor", "吕振东", "auditor", "city-bureau", "审计管理员：查阅审计日志"),
    Account(
        user_name="platform",
        display_name="全市健康信息交换平台",
        role="platform",
        organisation_id="city-bureau",
        practitioner_id=None,
        machine=True,
        purpose="机器账号：通过 FHIR 接口交换数据",
    ),
)
"""Every account of the demo. Their organisations exist in every `demo.directory.directory`."""
