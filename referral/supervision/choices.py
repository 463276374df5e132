"""What the form above the board offers."""

from typing import Any

from kernel.web.page import FormState
from kernel.web.visit import Visit
from records.api import catalogue
from referral.supervision.asking import PARTS, Asked
from referral.supervision.labels import disease_title
from referral.supervision.scope import STRATUM_TITLES


def choices(visit: Visit, one: Asked) -> dict[str, Any]:
    """What the form above the board offers: the state of its fields, and pairs for each."""
    tree = one.scope.tree
    seen = sorted(one.scope.seen, key=lambda id_: (tree.path(id_)[:-1], len(id_), id_))
    return {
        "state": FormState(one.values),
        "years": [(str(year), str(year)) for year in one.years],
        "parts": [(key, visit.translate(title)) for key, title in PARTS.items()],
        "organisations": [(id_, tree.name(id_) or id_) for id_ in seen] if len(seen) > 1 else [],
        "diseases": [(key, visit.translate(disease_title(key))) for key in one.diseases],
        "urgencies": [
            (code, visit.translate(title)) for code, title in catalogue.choices("referral-urgency")
        ],
        "strata": [(key.value, visit.translate(title)) for key, title in STRATUM_TITLES.items()],
    }
