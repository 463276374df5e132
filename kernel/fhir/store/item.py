"""A draft, and the draft on its way through the steps of a save."""

from dataclasses import dataclass, field
from typing import Any

from kernel.declare.resource import ResourceSpec
from kernel.fhir.store.heads import Head
from kernel.fhir.store.ownership import NOBODY, Owner
from kernel.fhir.store.references import Target
from kernel.fhir.validate import Checked


@dataclass(slots=True)
class Draft:
    """Something to be saved.

    Without `id` it becomes a new resource under an id of ours; with one it is created or updated
    there. `expect` is the version that must be current (If-Match). `checked` is the result of
    `validated`, where the caller validated before opening the transaction. `fresh` says that `id`
    was made by `kernel.ids.uuid7` a moment ago, so that nothing can be there. `place` says where in
    a Bundle it stood, so that what is wrong with it is told there.
    """

    body: Any
    id: str | None = None
    expect: int | None = None
    checked: Checked | None = None
    fresh: bool = False
    place: str = ""


@dataclass(slots=True)
class Item:
    """A draft on its way through the steps."""

    draft: Draft
    spec: ResourceSpec
    checked: Checked
    id: str
    before: Head | None = None
    version: int = 1
    body: dict[str, Any] = field(default_factory=dict)
    text: bytes = b""
    references: list[tuple[str, Target]] = field(default_factory=list)
    owner: Owner = NOBODY
    audited: dict[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """The reference by which others name it."""
        return Target(self.spec.type, self.id)

    @property
    def chosen(self) -> bool:
        """Whether the client chose the id, so that something may refer to it already."""
        return self.draft.id is not None and not self.draft.fresh

    @property
    def creates(self) -> bool:
        """Whether there is nothing (or only a deletion) to be replaced."""
        return self.before is None or self.before.deleted
