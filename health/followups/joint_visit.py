"""The visit of answers that were given together: it stands as long as one of them does."""

from collections.abc import Mapping
from typing import Any, Final

from health.followups.answers import FINISHED, asked_in
from kernel.work import ReadWork
from records.api import derived_id, find_all, id_of, load_all

Body = Mapping[str, Any]
_WRONG: Final = "entered-in-error"
_VISIT: Final = "-visit"


def abandoned(work: ReadWork, body: Body) -> dict[str, Any] | None:
    """The Encounter to be marked as an error with an answer that was taken back, or None.

    Only one that a follow-up made, and that no other valid answer is part of. A visit at the
    station in which somebody was followed up as well stays what it was.
    """
    own = derived_id(str(body["id"]), "visit")
    id_ = id_of(body.get("encounter"), "Encounter") or own
    stored = load_all(work, "Encounter", [id_]).get(id_)
    if stored is None or stored.get("status") == _WRONG:
        return None
    maker: Body = body
    if id_ != own:
        first = id_.removesuffix(_VISIT)
        maker = load_all(work, "QuestionnaireResponse", [first]).get(first, {})
        if asked_in(maker) is None or maker.get("status") in FINISHED:
            return None
    others = find_all(
        work, "QuestionnaireResponse", ("encounter", f"Encounter/{id_}"),
        ("status", ",".join(sorted(FINISHED))), ("_count", "2"),
    )  # fmt: skip
    if any(one["id"] != body["id"] for one in others):
        return None
    return {**stored, "status": _WRONG}
