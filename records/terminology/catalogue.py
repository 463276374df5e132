"""The code sets of the national standards and the maps between them and FHIR's: read from data.

Each code set is a FHIR `CodeSystem` (R4 4.8) in `systems/<name>.json`, each map a `ConceptMap`
(R4 4.10) in `maps/<name>.json`; a file says which norm and clause it comes from, in which version,
and at which codes somebody still has to look into the official text. A file is read when its name
is first asked for, so a start costs nothing. Names: what stands on the form (`education`,
`drug-allergy`) for the specification's own lists, `gb-…` for national standards (`gb-relation`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

_FOLDER: Final = Path(__file__).resolve().parent
_SYSTEMS: Final = _FOLDER / "systems"
_MAPS: Final = _FOLDER / "maps"
_ENGLISH: Final = "en"
_SHORT: Final = "short"


@dataclass(frozen=True, slots=True)
class Concept:
    """One code: `display` as the norm writes it, `title` as pages show it (儿子 for 子).

    `needs_text` says that choosing it wants words beside it (其他); `excludes_others` that it
    stands alone in a multiple choice (无); `to_confirm` what somebody has to compare with the
    official text.
    """

    code: str
    display: str
    title: str
    english: str
    needs_text: bool = False
    excludes_others: bool = False
    to_confirm: str = ""


@dataclass(frozen=True, slots=True)
class CodeSet:
    """A code system: its canonical `url`, `version`, `source` (norm) and concepts by code.

    The concepts are in the order of the form.
    """

    name: str
    url: str
    version: str
    title: str
    english: str
    source: str
    clause: str
    concepts: Mapping[str, Concept]

    @property
    def exclusive(self) -> frozenset[str]:
        """The codes that exclude every other one in a multiple choice."""
        return frozenset(c.code for c in self.concepts.values() if c.excludes_others)

    @property
    def with_text(self) -> frozenset[str]:
        """The codes that want words beside them."""
        return frozenset(c.code for c in self.concepts.values() if c.needs_text)


def code_set(name: str) -> CodeSet:
    """The code set of this name. Raises KeyError where there is none."""
    return _code_set(name)


def title(name: str, code: str) -> str:
    """What pages call a code (Chinese), or an empty text where the set does not know it."""
    concept_ = _code_set(name).concepts.get(code)
    return concept_.title if concept_ else ""


def titled(concept_: Concept, language: str) -> str:
    """The title in the reader's language (`zh_CN` or `en`)."""
    return concept_.english if language == _ENGLISH else concept_.title


def choices(name: str) -> tuple[tuple[str, str], ...]:
    """Code and Chinese title of each concept in the order of the form, for selects and radios."""
    return tuple((c.code, c.title) for c in _code_set(name).concepts.values())


def concept(name: str, code: str, text: str = "", *, also: str = "") -> dict[str, Any]:
    """A FHIR CodeableConcept of a code with its display; `text` is what somebody wrote beside it.

    `also` names a map whose targets come before the national code (as in Patient.maritalStatus).
    Raises KeyError where the set does not have the code.
    """
    codings = list(translate(also, code)) if also else []
    return {"coding": [*codings, coding(name, code)], "text": text or _find(name, code).title}


def coding(name: str, code: str) -> dict[str, Any]:
    """A FHIR Coding of a code. Raises KeyError where the set does not have it."""
    found = _find(name, code)
    return {"system": _code_set(name).url, "code": found.code, "display": found.display}


def translate(map_name: str, code: str) -> tuple[dict[str, Any], ...]:
    """The Codings (system, code, display) a code is mapped to; none where it is unmatched.

    Raises KeyError where there is no map of that name.
    """
    return tuple(dict(target) for target in _targets(map_name).get(code, ()))


@cache
def system_names() -> tuple[str, ...]:
    """The names of all code sets."""
    return tuple(sorted(path.stem for path in _SYSTEMS.glob("*.json")))


@cache
def map_names() -> tuple[str, ...]:
    """The names of all maps."""
    return tuple(sorted(path.stem for path in _MAPS.glob("*.json")))


def system_resource(name: str) -> dict[str, Any]:
    """The CodeSystem resource of a name, as it stands in its file. Raises KeyError."""
    return _read(_SYSTEMS, name)


def map_resource(name: str) -> dict[str, Any]:
    """The ConceptMap resource of a name, as it stands in its file. Raises KeyError."""
    return _read(_MAPS, name)


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        text = (folder / f"{name}.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise KeyError(f"there is no {folder.name}/{name}.json among the terminology") from None
    body: dict[str, Any] = json.loads(text)
    return body


def _find(name: str, code: str) -> Concept:
    try:
        return _code_set(name).concepts[code]
    except KeyError:
        raise KeyError(f"{code!r} is no code of {name!r}") from None


@cache
def _code_set(name: str) -> CodeSet:
    body = _read(_SYSTEMS, name)
    concepts = {one["code"]: _concept(one) for one in body["concept"]}
    extension = body["_title"]["extension"][0]["extension"]
    return CodeSet(
        name=name,
        url=body["url"],
        version=body["version"],
        title=body["title"],
        english=next(part["valueString"] for part in extension if part["url"] == "content"),
        source=body["copyright"],
        clause=body["description"],
        concepts=MappingProxyType(concepts),
    )


def _concept(body: Mapping[str, Any]) -> Concept:
    designations = body["designation"]
    english = next(d["value"] for d in designations if d["language"] == _ENGLISH)
    short = (d["value"] for d in designations if d.get("use", {}).get("code") == _SHORT)
    properties = {
        p["code"]: p.get("valueString", p.get("valueBoolean")) for p in body.get("property", ())
    }
    return Concept(
        code=body["code"],
        display=body["display"],
        title=next(short, body["display"]),
        english=english,
        needs_text=bool(properties.get("needs-text")),
        excludes_others=bool(properties.get("excludes-others")),
        to_confirm=str(properties.get("to-confirm", "")),
    )


@cache
def _targets(map_name: str) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for group in map_resource(map_name)["group"]:
        for element in group["element"]:
            found[element["code"]] = found.get(element["code"], ()) + tuple(
                {"system": group["target"], "code": t["code"], "display": t["display"]}
                for t in element["target"]
                if t.get("code")
            )
    return MappingProxyType(found)
