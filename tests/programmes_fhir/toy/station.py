"""A station with one programme more, and what can be seen of it. It runs in a process of its own.

`python -m tests.programmes_fhir.toy.station` prints JSON; `health` is the copy of the working
folder, to which one file and one word were added.
"""

import json
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from health.publishing import publish_programmes
from kernel.fhir import json as fhir_json
from kernel.measure import evaluate
from tests.followups.sending import decided, enrolled, follow_up, put
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse, Templates, cloned_house

NAME = "foot-care"
PAGES = {
    "entry": f"/residents/li-na/follow-ups/new?programmes={NAME}",
    "paper": f"/residents/li-na/follow-ups/{NAME}/print",
    "tab": "/residents/li-na/programmes",
    "due": f"/due?programme={NAME}",
    "list": f"/programmes/{NAME}",
    "candidates": f"/programmes/{NAME}/candidates",
    "figures": "/figures",
}


def seen(house: OpenHouse) -> dict[str, Any]:
    """What there is of the programme, after an enrolment and two follow-ups."""
    episode = enrolled(house, "li-na", NAME, "2026-10-08")
    for id_, day, pain in (("t1", date(2026, 10, 26), 6), ("t2", date(2026, 11, 9), 5)):
        values = {"visit-date": day, "visit-mode": "1", "pain": pain}
        put(house, follow_up("li-na", NAME, values, id=id_), 201)
    with house.station.write() as work:
        while publish_programmes(work):
            pass
        figure = evaluate(work, 2026, codes=["FC01"]).total("FC01")
    second, client = decided(house, "t2"), house.client("gp1")
    doctor = signed_in(house, "gp1")
    plan = fhir_json.loads(client.get(f"CarePlan/{episode}-plan").content)
    due = fhir_json.loads(
        client.get(f"Task/$due-list?programme={NAME}&due-before=2027-01-01").content
    )
    answers = {name: doctor.get(path) for name, path in PAGES.items()}
    return {
        "decided": [second.outcome, second.action.value, str(second.due_on), second.reasons[0][0]],
        "planned": [one["detail"]["scheduledPeriod"]["end"] for one in plan["activity"]],
        "figure": [figure.numerator, figure.denominator],
        "due": [one["resource"]["executionPeriod"]["end"] for one in due["entry"]],
        "resources": {
            path: client.get(path).status_code
            for path in (f"Questionnaire/{NAME}-1", f"PlanDefinition/{NAME}", "Measure/FC01")
        },
        "populated": client.get(
            f"Questionnaire/{NAME}-1/$populate?subject=Patient/li-na"
        ).status_code,
        "pages": {name: [one.status_code, words(one)] for name, one in answers.items()},
    }


def main() -> None:
    """Open the station in a folder that goes away with it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = folder / "house"
        place.mkdir()
        with cloned_house(Templates(folder / "templates"), "sqlite", place) as house:
            json.dump(seen(house), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
