"""Referrals put straight into their fact tables, and a small set that was counted by hand."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert

from kernel.clock import local_date
from kernel.work import Work
from referral.tables import referral_case, referral_move, referral_outcome
from tests.referrals.times import at

GP1, GP2 = "practitioner-station-1-gp", "practitioner-station-2-gp"
_KEY = {"source_type": "Task"}


def put_case(work: Work, id_: str, sent: str, **others: Any) -> None:
    """A referral of 王小明 at station-1 to hospital-1, sent at a local time; others as columns.

    A column that ends in `_at` takes a local time too.
    """
    known = {name: at(value) if name.endswith("_at") else value for name, value in others.items()}
    row = {
        "source_id": f"{id_}-task",
        "request_id": id_,
        "patient_id": "wang-xiaoming",
        "version": 1,
        "state": "submitted",
        "direction": "up",
        "urgency": "routine",
        "disease": "hypertension",
        "community_id": "station-1",
        "doctor_id": GP1,
        "hospital_id": "hospital-1",
        "requisition": f"R-{id_}",
        "open": True,
        "since_at": at(sent),
        "created_at": at(sent),
        "submitted_at": at(sent),
        "submitted_on": local_date(at(sent)),
        "no_shows": 0,
        "closed_without_letter": False,
    }
    work.connection.execute(insert(referral_case).values(_KEY | row | known))


def put_move(work: Work, id_: str, event: str, moved_at: str) -> None:
    """A move that leaves the referral submitted, or closes it as expired."""
    row = {
        "source_id": f"{id_}-task",
        "request_id": id_,
        "patient_id": "wang-xiaoming",
        "number": 1,
        "event": event,
        "from_state": "submitted",
        "to_state": "expired" if event == "expire" else "submitted",
        "moved_at": at(moved_at),
        "side": "system",
    }
    work.connection.execute(insert(referral_move).values(_KEY | row))


def put_outcome(work: Work, id_: str, sent: str, first: str = "") -> None:
    """The outcome follow-up of a referral that was sent on a day, first asked after on another."""
    day = date.fromisoformat(sent)
    row = {
        "source_id": f"{id_}-followup",
        "request_id": id_,
        "patient_id": "wang-xiaoming",
        "organisation_id": "station-1",
        "referred_on": day,
        "first_due_on": day + timedelta(days=14),
        "due_on": day + timedelta(days=14),
        "known": bool(first),
        "first_on": date.fromisoformat(first) if first else None,
        "contacts": int(bool(first)),
    }
    work.connection.execute(insert(referral_outcome).values(_KEY | row))


def put_year(work: Work) -> None:
    """Ten referrals, in 2026 but for the last two. The tests count them by hand.

    loop: the whole loop, back again. refused: the same person and disease 18 days later, rejected
    late. silent: nobody answered. override: an emergency that came at once. withdrawn: cancelled
    before an answer. absent: did not come. down: a hospital's offer, declined. fresh: unanswered,
    sent last Friday. earlier, late: ways back of the year before.
    """
    _put_spring(work)
    _put_rest(work)
    put_case(work, "earlier", "2025-11-01 09:00", back_offered_at="2025-11-10 09:00")
    put_case(work, "late", "2025-12-01 09:00", back_offered_at="2025-12-20 09:00")
    put_move(work, "silent", "escalate", "2026-05-11 09:00")
    put_move(work, "silent", "expire", "2026-05-11 10:00")
    put_outcome(work, "loop", "2026-03-02", "2026-03-16")
    put_outcome(work, "refused", "2026-03-20", "2026-04-04")
    put_outcome(work, "silent", "2026-05-08")
    put_outcome(work, "override", "2026-05-11", "2026-05-12")
    put_outcome(work, "withdrawn", "2026-06-01")
    put_outcome(work, "absent", "2026-06-01")
    put_outcome(work, "fresh", "2026-11-20")


def _put_spring(work: Work) -> None:
    put_case(
        work, "loop", "2026-03-02 09:00", state="closed", open=False, first_contact="1",
        answered_at="2026-03-02 11:00", answer_due_at="2026-03-03 09:00",
        accepted_at="2026-03-02 11:00", scheduled_at="2026-03-02 15:00",
        appointment_at="2026-03-05 09:00", arrived_at="2026-03-05 09:00",
        started_at="2026-03-05 09:10", feedback_at="2026-03-06 09:00",
        feedback_due_at="2026-03-10 09:00", back_offered_at="2026-03-06 09:00",
        back_accepted_at="2026-03-06 15:00", closed_at="2026-03-16 09:00", indicated=True,
    )  # fmt: skip
    put_case(
        work, "refused", "2026-03-20 09:00", state="rejected", first_contact="2",
        answered_at="2026-03-23 10:00", answer_due_at="2026-03-23 09:00",
        rejected_at="2026-03-23 10:00", reject_reason="4",
    )  # fmt: skip
    put_case(
        work, "silent", "2026-05-08 10:00", state="expired", patient_id="zhao-lei",
        disease="diabetes", urgency="urgent", community_id="station-2", doctor_id=GP2,
        hospital_id="hospital-2", department_id="department-2",
        answer_due_at="2026-05-08 16:00", expired_at="2026-05-11 10:00",
    )  # fmt: skip
    put_case(
        work, "override", "2026-05-11 08:00", state="arrived", patient_id="li-na",
        disease="stroke", urgency="emergency", answer_due_at="2026-05-11 09:00",
        arrived_at="2026-05-11 08:30", feedback_due_at="2026-05-12 08:30", indicated=False,
    )  # fmt: skip


def _put_rest(work: Work) -> None:
    put_case(
        work, "withdrawn", "2026-06-01 09:00", state="cancelled", patient_id="sun-li",
        disease="copd", community_id="station-2", doctor_id=GP2, cancelled_at="2026-06-01 09:30",
        cancel_reason="1", answer_due_at="2026-06-02 09:00",
    )  # fmt: skip
    put_case(
        work, "absent", "2026-06-01 09:00", state="no-show", patient_id="zhang-wei",
        answered_at="2026-06-02 09:00", answer_due_at="2026-06-02 09:00",
        accepted_at="2026-06-02 09:00", scheduled_at="2026-06-02 10:00",
        appointment_at="2026-06-10 10:00", no_shows=1,
    )  # fmt: skip
    put_case(
        work, "down", "2026-07-01 09:00", state="in-care", direction="down", doctor_id=None,
        patient_id="zhang-wei", disease="general", back_offered_at="2026-07-01 09:00",
        back_declined_at="2026-07-02 09:00",
    )  # fmt: skip
    put_case(
        work, "fresh", "2026-11-20 09:00", patient_id="zhang-wei", disease=None,
        answer_due_at="2026-11-23 09:00",
    )  # fmt: skip


BY_HAND: Sequence[tuple[str, int | None, int | None, str | None]] = (
    ("RF01", 7, None, "7"),
    ("RF02", 2, None, "2"),
    ("RF03", 2, 7, "0.29"),
    ("RF04", 3, 6, "50.0"),
    ("RF05", 1, 7, "14.3"),
    ("RF06", 3, 7, "42.9"),
    ("RF07", None, 3, "24.0"),
    ("RF08", 1, 2, "50.0"),
    ("RF09", 1, 2, "50.0"),
    ("RF10", 1, 2, "50.0"),
    ("RF11", 1, 2, "50.0"),
    ("RF12", 1, 2, "50.0"),
    ("RF13", 2, 5, "40.0"),
    ("RF14", 1, 6, "16.7"),
    ("RF15", None, None, None),
    ("RF16", 1, 2, "50.0"),
    ("RF17", 1, 7, "14.3"),
    ("RF18", None, None, None),
    ("RF18L", 1, 7, "14.3"),
    ("RF19", None, None, None),
    ("RF20", 1, 1, "100.0"),
    ("RF21", 1, 7, "14.3"),
)
"""What `put_year` amounts to in 2026 for the whole city: code, numerator, denominator, value."""
