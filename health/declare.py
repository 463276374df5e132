"""What a programme of the public-health service can say about itself: frozen data, no I/O.

A programme is one file in `health/programmes/`: who is eligible, the form, the decision (a pure
function), the cadence, the indicators, the norm's clause. Everything else follows from it: pages
and paper, Questionnaire, PlanDefinition, Measure, what an answer is checked against, Observations,
the next date, the due list, the lists of who is missing.

"Decide on write, count on read": a decision is made once, when an answer is saved; it is stamped
into the answer (`health/followups/stamp.py`) and only copied from there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement

from kernel.declare.form import Form, Values
from kernel.declare.indicator import Indicator
from records.api import ages


class Action(StrEnum):
    """What the norm asks for after a follow-up (chronic-disease.md §1.2), the mildest first."""

    ROUTINE = "routine"
    ADJUST = "adjust"
    REFER = "refer"
    EMERGENCY = "emergency"

    @property
    def severity(self) -> int:
        """0 for the mildest."""
        return list(Action).index(self)


class Activity(StrEnum):
    """What is planned for a person in a programme; a code of `nbphs3-plan-activity`."""

    FOLLOW_UP = "follow-up"
    RECHECK = "recheck"
    REFERRAL_OUTCOME = "referral-outcome"
    ARRIVAL_CHECK = "arrival-check"
    EXAMINATION = "examination"
    RETURN_CONTACT = "return-contact"
    """The first contact after a hospital sent somebody back; whoever refers plans it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A class that an answer can get: the number printed on the form, its title, its badge."""

    code: str
    title: str
    badge: str = "neutral"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was decided: a sentence (`kernel.messages`) and the clause that says so."""

    text: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """Something to be done by a day (the deadline, inclusive)."""

    activity: Activity
    due_on: date


@dataclass(frozen=True, slots=True)
class Earlier:
    """A completed follow-up of the same programme before the one that is judged.

    `uncontrolled` and `adverse` are its raw flags, not its class (§1.3); `values` its answers.
    """

    on: date
    outcome: str
    action: Action
    uncontrolled: bool
    adverse: bool
    values: Values


@dataclass(frozen=True, slots=True)
class Case:
    """Whom an answer is about, on the local day `on` of the answer.

    `sex` is FHIR's gender. `earlier` are the completed follow-ups of the same enrolment before
    `on`, the latest first, at most `MOST_EARLIER`; of the outcome of a referral the contacts about
    it since the last regular follow-up. `card` are the values of the enrolment's card.
    """

    on: date
    born: date | None = None
    sex: str = ""
    earlier: tuple[Earlier, ...] = ()
    card: Values = field(default_factory=dict)

    @property
    def age(self) -> int | None:
        """Completed years on the day of the answer; None where the birthday is not known."""
        return ages(self.born, self.on)

    @property
    def last(self) -> Earlier | None:
        """The immediately preceding completed follow-up."""
        return self.earlier[0] if self.earlier else None


MOST_EARLIER = 6


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from an answer: its class, the action of the norm, and when to come again.

    `planned` is what has to be done next; its first `due_on` is the deadline of the next visit. It
    is empty where the management ends. `uncontrolled` and `adverse` are the raw flags that the next
    decision asks for; `at_target` says whether the measured value counts as controlled in the
    statistics (None: not measured).
    """

    outcome: str
    action: Action
    planned: tuple[Planned, ...]
    reasons: tuple[Reason, ...] = ()
    uncontrolled: bool = False
    adverse: bool = False
    at_target: bool | None = None

    @property
    def due_on(self) -> date | None:
        """The deadline of the next visit; None where there is no next one."""
        return self.planned[0].due_on if self.planned else None


Decide = Callable[[Values, Case], Decision]
Dates = Callable[[Values, Case, Action], tuple[Planned, ...]]
Complain = Callable[[Values, Case], dict[str, str]]
Complete = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Measured:
    """Where the statistics and charts find a value: `column` of `health_follow_up` ← field."""

    column: str
    key: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A chart on the resident's page: fields of the form over time, with a target band.

    `keys` are fields of one unit; `band` gives the highest value (exclusive) per key for a case.
    """

    title: str
    unit: str
    keys: tuple[str, ...]
    band: Callable[[Case], tuple[int | float, ...]]


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme.

    `name` is its code in `nbphs3-care-kind` and the name of its Questionnaire; `title` what the
    norm calls it, `short` the disease or group. `eligible(today)` is a condition on a row of
    `records_file` (who should be enrolled). `form()` gives the declared form, whose `version` is
    the edition. `decide` is pure; `dates` says what is planned where the clinician chooses another
    action than the proposed one (None: by the intervals of §1.2); `complain` gives faults that no
    single field shows, `complete` adds what is computed (body mass index, scores).

    `mandatory` are the keys without which an answer is kept but counts as incomplete (§1.5 d).
    `yearly` is how many face-to-face visits a full year needs; `examination` that a health
    examination belongs to each year. `regular` is the activity that the routine visit is.
    `enrols_itself`: the first answer enrols. `screens`: the programme into which a positive
    screening leads; enrolment there ends this one. `approved`: enrolment is applied for first.
    `card` is the form asked at enrolment. `carried` are keys that are copied from the last answer.
    """

    name: str
    title: str
    short: str
    source: str
    form: Callable[[], Form]
    outcomes: tuple[Outcome, ...]
    decide: Decide
    eligible: Callable[[date], ColumnElement[bool]]
    eligible_text: str
    cadence_text: str
    dates: Dates | None = None
    complain: Complain = lambda _values, _case: {}
    complete: Complete = dict
    mandatory: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    yearly: int = 0
    examination: bool = False
    measured: tuple[Measured, ...] = ()
    trends: tuple[Trend, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    card: Callable[[], Form] | None = None
    enrols_itself: bool = False
    screens: str = ""
    approved: bool = False
    recalls: int = 0
    """Of how many earlier follow-ups `decide` reads the answers (`Earlier.values`)."""
    first_days: int = 14
    """Days after the enrolment within which the first visit is due."""
    former: tuple[Callable[[], Form], ...] = ()
    """The form's earlier editions: answers to them stay what they are, and can be corrected."""
    usual_mode: str = "1"
    """How a visit usually is made: a code of nbphs3-visit-mode (1 clinic, 2 home)."""
    regular: bool = True
    """False for the outcome of a referral, which every chronic programme shares (§1.6)."""
    from_age: int = 0
    """Everybody of this age whose file is kept has its years, enrolled or not (the elderly)."""
    paper_columns: int = 1
    """How many visits stand on one official sheet."""

    def outcome(self, code: str) -> Outcome:
        """The declared outcome of a code. Raises KeyError."""
        for one in self.outcomes:
            if one.code == code:
                return one
        raise KeyError(code)


def worst(actions: Sequence[Action]) -> Action:
    """The most severe of some actions; routine where there is none."""
    return max(actions, key=lambda one: one.severity, default=Action.ROUTINE)
