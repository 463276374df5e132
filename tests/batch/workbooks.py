"""Lists of follow-ups for tests: residents made up, their workbooks, and the upload."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import httpx2

from health.batch.taking import JOBS
from health.enrolment.kinds import episode
from health.programmes import programme_of
from kernel.canonical import CITIZEN_ID
from kernel.jobs import run_job
from tests.cast import patient
from tests.exchange.lists import number_of, upload, workbook
from tests.followups.sending import DOCTOR, STATION
from tests.pages.browsing import Visitor
from tests.support.house import OpenHouse

LISTS = "/follow-ups/import"
_NAMES = "赵钱孙李周吴郑王冯陈"


def residents(house: OpenHouse, count: int, *programmes: str) -> list[tuple[str, str]]:
    """So many residents of station-1 in these programmes since January: name and number."""
    found, bodies = [], []
    for n in range(count):
        born = date(1950, 1, 1) + timedelta(days=37 * n)
        number = number_of(n, born, male=n % 2 == 0)
        name = _NAMES[n % 10] + "一二三四五六七八九十"[n // 10 % 10] + "甲乙丙丁戊己"[n // 100 % 6]
        body = patient(name, "male" if n % 2 == 0 else "female", born.isoformat())
        identifier = [{"system": CITIZEN_ID, "value": number}]
        bodies.append({**body, "id": f"batch-{n}", "identifier": identifier})
        found.append((name, number))
        bodies += [
            {
                **episode(programme_of(one), f"batch-{n}", on=date(2026, 1, 5),
                          organisation=STATION, doctor=DOCTOR),
                "id": f"batch-{n}-{one}",
            }
            for one in programmes
        ]  # fmt: skip
    for at in range(0, len(bodies), 100):
        house.save(*bodies[at : at + 100])
    return found


def book(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows by heading as a workbook; the headings are those of all rows."""
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    return workbook([[row.get(one, "") for one in headings] for row in rows], headings)


def sent(
    visitor: Visitor, content: bytes, *, programme: str = "hypertension", name: str = "随访.xlsx"
) -> httpx2.Response:
    """Upload a list."""
    visitor.get(LISTS)
    return upload(visitor, content, name, LISTS, programme=programme)


def uploaded(visitor: Visitor, content: bytes, programme: str = "hypertension") -> str:
    """The address of the list that was uploaded."""
    answer = sent(visitor, content, programme=programme)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def confirmed(visitor: Visitor, address: str, how: str = "right", **more: str) -> httpx2.Response:
    """Confirm a checked list."""
    visitor.get(address)
    return visitor.post(f"{address}/confirm", {"how": how, **more})


def worked_off(house: OpenHouse) -> int:
    """Run the job until nothing is left, with nobody else at it; how many slices it took."""
    house.house.jobs.close()
    slices = 0
    while run_job(house.station, JOBS[0]):
        slices += 1
    return slices
