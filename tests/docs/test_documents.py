"""The documents are complete, and true where that can be read off the declarations."""

import re
from pathlib import Path

import pytest

from demo.cast import CAST, DEMO_PASSWORD
from kernel.declare import resource
from kernel.declare.module import Module
from kernel.declare.resource import Storage
from kernel.declare.roles import TITLES, Role
from kernel.fhir.capability import capability_statement
from kernel.registry import build
from tests.docs.documents import DOCS, ROOT, all_documents, blocks, links, section, text
from tests.docs.tables import TABLES, with_tables
from tests.support.house import registry

ROOMS = ("kernel", "records", "health", "referral", "billing", "demo")
FOLDERS = (*ROOMS, "templates", "locale", "tests", "scripts")
MARKDOWN = [name for name in all_documents() if name.endswith(".md")]
_ELSEWHERE = re.compile(r"/(?:root|home|work|tmp|Users|mnt)/|file://|\b[A-Z]:\\")
_PACKAGE_HOSTS = re.compile(r"pypi|pythonhosted|npmjs", re.IGNORECASE)


_QUOTED = re.compile(r"`[\w./]+`")


def parts_of(folder: str) -> list[str]:
    """The modules and packages in a folder of the product, by their names there."""
    found = [
        path.stem
        for path in (ROOT / folder).iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    ]
    return sorted(name for name in found if name != "__init__")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_room_has_its_place_in_the_architecture(folder: str) -> None:
    """The map names every folder of the tree."""
    assert (ROOT / folder).is_dir()
    assert f"`{folder}/`" in text("docs/architecture.md")


def test_no_folder_is_missing_from_the_map() -> None:
    """A new package gets its line in the architecture."""
    there = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert there - {"tests"} == set(ROOMS)


@pytest.mark.parametrize("folder", ["kernel", "kernel/fhir", "kernel/db"])
def test_every_part_of_the_kernel_is_on_a_line(folder: str) -> None:
    """Each part stands in the table of the kernel's lines."""
    lines = section("docs/architecture.md", "## The kernel, top to bottom")
    written = set(re.findall(r"[\w]+", lines))
    missing = [part for part in parts_of(folder) if part not in written]
    assert not missing, f"docs/architecture.md does not say where {missing} of {folder} belong"


@pytest.mark.parametrize("room", ["records", "health", "referral", "billing"])
def test_the_names_in_a_module_are_those_that_the_map_tells(room: str) -> None:
    """Whoever looks for a file finds its name explained."""
    told = text("docs/architecture.md") + text("docs/decisions/0001-house.md")
    parts = parts_of(room)
    missing = [
        part for part in parts if not {f"`{part}.py`", f"`{part}/`"} & set(_QUOTED.findall(told))
    ]
    assert not missing, f"docs/architecture.md does not tell what {missing} of {room} are"


@pytest.mark.parametrize("name", MARKDOWN)
def test_tables_made_from_declarations_are_up_to_date(name: str) -> None:
    """`python -m tests.docs.tables` writes them."""
    assert with_tables(text(name)) == text(name)


def test_every_table_stands_in_a_document() -> None:
    """Types, settings and commands are all told somewhere."""
    marked = re.findall(r"<!-- table: ([a-z]+) -->", "".join(map(text, MARKDOWN)))
    assert sorted(marked) == sorted(TABLES)


def test_the_types_table_has_every_search_parameter() -> None:
    """Looked up in the registry, not in what made the table."""
    rows = {
        cells[1]: cells[-2]
        for line in text("docs/fhir.md").splitlines()
        if len(cells := [cell.strip() for cell in line.split("|")]) == 6
    }
    for type_, spec in registry().specs.items():
        names = [p[0] for p in spec.view.params] if spec.view else [p.name for p in spec.params]
        assert set(re.findall(r"`([\w-]+)`", rows[type_])) == set(names), type_


def test_numbers_of_persons_are_found_by_digests_only() -> None:
    """What decision 7 promises holds for every declaration."""
    numbers = {"identifier", "masterIdentifier", "telecom"}
    clear = [
        f"{spec.type}.{param.name}"
        for spec in registry().specs.values()
        for param in spec.params
        if {path.rpartition(".")[2] for path in param.paths} & numbers
        and param.storage is not Storage.IDENTIFIER
    ]
    assert not clear, f"these would stand in clear columns: {clear}"


def test_every_role_is_explained() -> None:
    """By its code and its Chinese title."""
    told = section("docs/security.md", "## Roles 角色")
    for role in Role:
        assert f"| `{role}` | {TITLES[role]} |" in told


def test_every_target_is_told() -> None:
    """The Makefile's targets stand in the document, and no others."""
    makefile = text("Makefile")
    targets = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", text("docs/development.md"))) == targets


def test_the_readme_names_only_targets_that_exist() -> None:
    """Its commands can be typed."""
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    told = set(re.findall(r"(?:^|`)make ([a-z]+)", text("README.md"), re.MULTILINE))
    assert {"demo", "test", "check", "bench"} <= told <= targets


def test_the_readme_has_every_demo_account() -> None:
    """The table of accounts is the cast."""
    table = text("README.md")
    for account in CAST:
        assert f"`{account.user_name}`" in table
    assert f"`{DEMO_PASSWORD}`" in table


def test_the_index_links_every_document() -> None:
    """Decision records included."""
    linked = {(DOCS / link).resolve() for link in links("docs/README.md")}
    missing = [p.name for p in sorted(DOCS.rglob("*.md")) if p.resolve() not in linked]
    assert missing == ["README.md"]


def test_decisions_are_numbered_without_gaps() -> None:
    """Each has a number, a title that says it again, and a state."""
    files = sorted((DOCS / "decisions").glob("*.md"))
    for number, path in enumerate(files, start=1):
        body = path.read_text("utf-8")
        assert path.name.startswith(f"{number:04d}-")
        assert body.startswith(f"# {number}. ")
        assert re.search(r"^(Status: )?[Aa]ccepted, \d{4}-\d\d", body, re.MULTILINE)


@pytest.mark.parametrize("name", MARKDOWN)
def test_links_lead_somewhere(name: str) -> None:
    """Relative links to files that exist, and to headings that are there."""
    for link in links(name):
        if link.startswith("http"):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings."""
    titles = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", all_documents())
def test_nothing_belongs_to_one_machine(name: str) -> None:
    """No path of whoever wrote it, and no address that packages came from."""
    assert not _ELSEWHERE.findall(text(name))
    assert not _PACKAGE_HOSTS.findall(text(name))


@pytest.mark.parametrize("name", all_documents())
def test_what_is_named_exists(name: str) -> None:
    """Every file of the tree that a document names in code marks is there."""
    named = re.findall(
        r"`((?:kernel|records|health|referral|billing|demo|templates|tests|locale|"
        r"scripts|docs)/[\w./-]+)`",
        text(name),
    )
    promised = {"kernel/db/migrations/main/versions/main_0002.py"}
    gone = [path for path in named if path not in promised and not (ROOT / path).exists()]
    assert not gone, f"{name} names {gone}"


def test_the_example_of_a_type_is_all_that_a_type_needs() -> None:
    """The declaration in docs/development.md, taken as it stands, is served and searched."""
    code = next(b.text for b in blocks("docs/development.md") if "SPECIMEN" in b.text)
    names = dict(vars(resource))
    exec(code, names)  # noqa: S102 - the document's own example
    house = build((Module(name="laboratory", title="检验", resources=(names["SPECIMEN"],)),))
    statement = capability_statement(house, "http://station.test/fhir/R4", "1", 0)
    served = statement["rest"][0]["resource"][0]
    assert served["type"] == "Specimen"
    assert {"identifier", "patient", "type", "collected"} <= {
        param["name"] for param in served["searchParam"]
    }
    assert "collected_from" in house.search["Specimen"].c


def test_the_licence_is_the_one_that_is_declared() -> None:
    """Apache-2.0, whole."""
    assert 'license = "Apache-2.0"' in text("pyproject.toml")
    assert "Version 2.0, January 2004" in text("LICENSE")
    assert "END OF TERMS AND CONDITIONS" in text("LICENSE")
