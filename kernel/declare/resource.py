"""How a FHIR type is declared: who owns it, how it is found, whose it is, what it must obey."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

from kernel.declare.roles import CLINICIANS, READERS, Role

Body = Mapping[str, Any]


class Kind(StrEnum):
    """The FHIR search parameter types (R4 3.1.1.4) that are implemented."""

    STRING = "string"
    TOKEN = "token"  # noqa: S105 - FHIR's word for a coded value
    DATE = "date"
    NUMBER = "number"
    QUANTITY = "quantity"
    REFERENCE = "reference"
    URI = "uri"


class Storage(Enum):
    """Where a token is kept."""

    CODE = "one code in a column of its own"
    TOKENS = "all codings in one delimited text column, filtered after the selective conditions"
    IDENTIFIER = "keyed digests in a side table, because it is selective and may be personal"


@dataclass(frozen=True, slots=True)
class SearchParam:
    """One search parameter.

    `paths` are element paths such as `code`, `participant.individual` or `valueQuantity`; lists on
    the way are walked. `system` is the code system implied by a plain `code` element. `local` says
    that a date is a calendar date (birthDate) and not an instant. `names` says that a string is a
    person's name, found by characters, pinyin and pinyin initials.
    """

    name: str
    kind: Kind
    paths: tuple[str, ...]
    storage: Storage = Storage.TOKENS
    system: str = ""
    targets: tuple[str, ...] = ()
    local: bool = False
    names: bool = False
    only: str = ""

    @property
    def column(self) -> str:
        """The base name of its column in the search table."""
        return self.name.replace("-", "_")


class Scope(Enum):
    """Whose a resource is."""

    PATIENT = "the person's: it follows the person's record"
    ORGANISATION = "the institution's that keeps it"
    DIRECTORY = "everybody's: institutions, staff, forms, drug catalogue"


@dataclass(frozen=True, slots=True)
class Rule:
    """A check of one resource that the FHIR structure cannot express.

    `check(work, before, after)` returns issues; `before` is None for a new resource, `after` for
    one that is to be deleted. `work` is the `kernel.work.ReadWork` of the save.
    """

    name: str
    check: Callable[[Any, Body | None, Body | None], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class View:
    """A type that only the server authors, shown as FHIR from its own tables.

    `params` are (name, FHIR type) of what it is searched by. `answer(work, call, id)` answers reads
    and, with id None, searches; where it needs more than the work, it is None and the edge that
    serves the type is given the function.
    """

    params: tuple[tuple[str, str], ...]
    answer: Callable[[Any, Any, str | None], Any] | None = None


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """One FHIR type.

    `patient` is the path of the reference that puts a resource into a person's compartment (`id`
    for Patient itself, empty for none); `indirect` says that this reference mostly names another
    resource, whose person it follows (Provenance.target). `organisation` are paths of references
    that name the institution that keeps it, first found wins. `sort` is the date parameter that the
    index after the patient leads to.

    `disclosed`: an institution to which a person was granted sees resources of this type about
    that person (what a referral tells, and not the whole record). `guests` are the roles that write
    them there although they do not keep the record, and then only what their own institution wrote;
    with `shared` also what others wrote, because a stamp of the type guards every change.
    """

    type: str
    params: tuple[SearchParam, ...]
    scope: Scope
    patient: str = ""
    indirect: bool = False
    organisation: tuple[str, ...] = ()
    sort: str = ""
    readers: frozenset[Role] = READERS
    writers: frozenset[Role] = CLINICIANS
    rules: tuple[Rule, ...] = ()
    view: View | None = None
    title: str = ""
    disclosed: bool = False
    guests: frozenset[Role] = frozenset()
    shared: bool = False
    by_name: Mapping[str, SearchParam] = field(init=False, repr=False, compare=False, hash=False)

    def by_compartment(self, param: SearchParam) -> bool:
        """Whether a parameter is answered by whose compartment a resource lies in.

        Where that reference is indirect, only the parameter that is narrowed to Patient is; the
        other one means what stands in the element.
        """
        narrowed = not self.indirect or param.targets == ("Patient",)
        return bool(self.patient) and self.patient in param.paths and narrowed

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {p.name: p for p in self.params})


def string(name: str, *paths: str, names: bool = False) -> SearchParam:
    """A text searched by its beginning; with `names` also by pinyin."""
    return SearchParam(name, Kind.STRING, paths or (name,), names=names)


def code(name: str, *paths: str, system: str = "") -> SearchParam:
    """A single `code` or `boolean` element; `system` is its implied code system."""
    return SearchParam(name, Kind.TOKEN, paths or (name,), Storage.CODE, system=system)


def tokens(name: str, *paths: str) -> SearchParam:
    """CodeableConcepts, Codings or repeated codes."""
    return SearchParam(name, Kind.TOKEN, paths or (name,), Storage.TOKENS)


def identifier(name: str = "identifier", *paths: str, only: str = "") -> SearchParam:
    """Identifiers or telecoms; `only` keeps the ContactPoints of one system (`phone`)."""
    return SearchParam(name, Kind.TOKEN, paths or (name,), Storage.IDENTIFIER, only=only)


def day(name: str, *paths: str, local: bool = False) -> SearchParam:
    """A date, dateTime, instant or Period; `local` for pure calendar dates."""
    return SearchParam(name, Kind.DATE, paths or (name,), local=local)


def number(name: str, *paths: str) -> SearchParam:
    """An integer or decimal element."""
    return SearchParam(name, Kind.NUMBER, paths or (name,))


def quantity(name: str, *paths: str) -> SearchParam:
    """A Quantity element."""
    return SearchParam(name, Kind.QUANTITY, paths or (name,))


def reference(name: str, *paths: str, targets: tuple[str, ...] = ()) -> SearchParam:
    """A reference; `targets` narrows it to types (parameter `patient` over `subject`)."""
    return SearchParam(name, Kind.REFERENCE, paths or (name,), targets=targets)


def uri(name: str, *paths: str) -> SearchParam:
    """A uri or canonical, compared whole."""
    return SearchParam(name, Kind.URI, paths or (name,))
