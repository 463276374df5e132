"""What the scenarios say about one person: they move the clock, enter, and look at what follows."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from health.followups.answers import forms
from health.followups.decision import read_decision
from health.tables import health_due, health_follow_up
from kernel.canonical import CANONICAL, code_system
from kernel.clock import instant_of
from kernel.declare.form import Field, FieldKind
from kernel.fhir import json
from kernel.fhir.questionnaire import Answered, response
from kernel.measure import Question, evaluate, persons
from records.api import as_day, examination_form
from tests.cast import coded, condition, kept, patient, to
from tests.followups.sending import DOCTOR, STATION
from tests.support.house import OpenHouse

Body = dict[str, Any]


@dataclass
class Story:
    """A person whose record station-1 keeps, and the days that pass."""

    house: OpenHouse
    person: str

    def on(self, day: str) -> None:
        """It is nine o'clock on this day."""
        moment = datetime.fromisoformat(f"{day}T01:00:00").replace(tzinfo=UTC)
        self.house.clock.instant = instant_of(moment)

    def put(self, body: Body) -> Body:
        """Send a resource over the API; what is stored of it."""
        client, place = self.house.client("gp1"), f"{body['resourceType']}/{body['id']}"
        answer = client.put(place, body)
        assert answer.status_code in (200, 201), answer.text
        found: Body = json.loads(answer.content)
        return found

    def get(self, place: str) -> Body:
        """A resource as it is served."""
        answer = self.house.client("gp1").get(place)
        assert answer.status_code == 200, answer.text
        found: Body = json.loads(answer.content)
        return found

    def moves_in(self, name: str, sex: str, birth: str, since: str) -> None:
        """The file is opened."""
        self.put({**patient(name, sex, birth), "id": self.person})
        self.put(kept(self.person, "station-1", since))

    def diagnosed(self, code: str, day: str, text: str) -> None:
        """A confirmed disease."""
        confirmed = coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed")
        body = condition(self.person, code, day, text)
        self.put({**body, "id": f"{self.person}-{code}", "verificationStatus": confirmed})

    def enrolled(self, programme: str, day: str) -> str:
        """Taken into a programme; the id of the EpisodeOfCare."""
        kind = coded(code_system("nbphs3-care-kind"), programme)
        return str(
            self.put(
                {
                    "resourceType": "EpisodeOfCare",
                    "id": f"{self.person}-{programme}",
                    "status": "active",
                    "type": [kind],
                    "patient": to("Patient", self.person),
                    "managingOrganization": STATION,
                    "careManager": DOCTOR,
                    "period": {"start": day},
                }
            )["id"]
        )

    def answers(self, form: str, day: str, values: Body, *, mode: str = "1") -> tuple[str, ...]:
        """A follow-up of today: its class, the action, and what is planned (activity, day)."""
        self.on(day)
        said = {"visit-date": date.fromisoformat(day), "visit-mode": mode, **values}
        declared = forms()[f"{CANONICAL}/Questionnaire/{form}"].form
        body = response(declared, said, Answered(self.person, day, DOCTOR))
        stored = self.put({**body, "id": f"{self.person}-{form}-{day}"})
        decided = read_decision(stored)
        assert decided is not None
        planned = (f"{one.activity.value} {one.due_on}" for one in decided.planned)
        return (decided.outcome, decided.action.value, *planned)

    def reasons(self, form: str, day: str) -> str:
        """Why an answer was judged so."""
        decided = read_decision(self.get(f"QuestionnaireResponse/{self.person}-{form}-{day}"))
        assert decided is not None
        return "；".join(text for text, _clause in decided.reasons)

    def examined(self, day: str) -> None:
        """A complete health examination with guidance."""
        self.on(day)
        form = examination_form()
        values = {one.key: _typical(one) for one in form.fields if one.key in _EXAMINED}
        body = response(
            form, {**values, "exam-date": date.fromisoformat(day)},
            Answered(self.person, day, DOCTOR),
        )  # fmt: skip
        self.put({**body, "id": f"{self.person}-examination-{day}"})

    def due(self) -> list[str]:
        """What has to be done for the person: programme, activity, day; the earliest first."""
        columns = (health_due.c.programme, health_due.c.activity, health_due.c.due_on)
        query = select(*columns).where(health_due.c.patient_id == self.person)
        with self.house.station.read() as work:
            rows = work.connection.execute(query).all()
        found = sorted((as_day(row[2]), row[0], row[1]) for row in rows)
        return [f"{programme} {activity} {day}" for day, programme, activity in found]

    def facts(self) -> list[tuple[str, bool, bool]]:
        """The follow-ups as they are counted: day, face to face, regular."""
        table = health_follow_up.c
        query = (
            select(table.done_on, table.face_to_face, table.regular)
            .where(table.patient_id == self.person, table.programme == "hypertension")
            .order_by(table.done_on)
        )
        with self.house.station.read() as work:
            rows = work.connection.execute(query).all()
        return [(as_day(row[0]).isoformat(), bool(row[1]), bool(row[2])) for row in rows]

    def figure(self, code: str, year: int) -> tuple[int, int]:
        """Numerator and denominator of an indicator at the station."""
        with self.house.station.read() as work:
            found = evaluate(work, year, codes=[code]).of(code, "station-1")
        return found.numerator, found.denominator

    def missing(self, code: str, year: int) -> list[str]:
        """Why the person is not counted."""
        with self.house.station.read(self.house.actor("gp1")) as work:
            people = persons(work, Question(code, year, counted=False)).people
        found = [one for one in people if one.patient_id == self.person]
        return [str(text) for one in found for text in one.reasons]


_EXAMINED = frozenset(
    {
        "symptoms", "temperature", "pulse", "respiration", "height", "weight", "waist", "exercise",
        "diet", "smoking", "alcohol", "lip", "hearing", "motor", "skin", "sclera", "lymph",
        "breath-sound", "rale", "rhythm", "murmur", "evaluation", "guidance", "systolic-left",
        "diastolic-left",
    }
)  # fmt: skip
_USUAL: Body = {
    "temperature": "36.5", "pulse": 72, "respiration": 16, "height": "168.0", "weight": "70.0",
    "waist": "88.0", "systolic-left": 136, "diastolic-left": 84,
}  # fmt: skip


def _typical(field: Field) -> Any:
    """A usual value: the first code of a choice, which is the normal one."""
    if field.kind is FieldKind.CHOICES:
        return (field.options[0].code,)
    if field.kind is FieldKind.CHOICE:
        return field.options[0].code
    value = _USUAL[field.key]
    return Decimal(value) if field.kind is FieldKind.DECIMAL else value
