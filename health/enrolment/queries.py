"""What pages ask of enrolments: in which programmes a person belongs."""

from sqlalchemy import case, select

from health.programmes import PROGRAMMES
from kernel.work import ReadWork
from records.api import COUNTED, records_file


def find_eligible(work: ReadWork, patient_id: str) -> frozenset[str]:
    """The names of the programmes that a person's file asks for today, enrolled or not.

    Nothing for a file that is not kept. The caller has read the person.
    """
    asked = [case((one.eligible(work.today), 1), else_=0).label(one.name) for one in PROGRAMMES]
    row = work.connection.execute(
        select(*asked).where(
            records_file.c.source_id == patient_id, records_file.c.state.in_(sorted(COUNTED))
        )
    ).first()
    if row is None:
        return frozenset()
    return frozenset(one.name for one, told in zip(PROGRAMMES, row, strict=True) if told)
