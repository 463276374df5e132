"""Adding a programme is one file and one word: everything else is there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="module", name="toy")
def _toy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is seen at a station whose `health` has one file and one word more."""
    folder = tmp_path_factory.mktemp("toy")
    shutil.copytree(ROOT / "health", folder / "health", ignore=shutil.ignore_patterns("*.pyc"))
    programmes = folder / "health" / "programmes"
    shutil.copy(HERE / "toy" / "foot_care.py", programmes / "foot_care.py")
    listed = programmes / "__init__.py"
    text = listed.read_text(encoding="utf-8")
    text, imported = re.subn(r"(from health\.programmes import \(\n)", r"\1    foot_care,\n", text)
    text, added = re.subn(
        r"(\n    hypertension\.PROGRAMME,\n)", r"\1    foot_care.PROGRAMME,\n", text
    )
    assert (imported, added) == (1, 1)
    listed.write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.programmes_fhir.toy.station"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-4000:]
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_its_answers_are_judged_and_planned(toy: dict[str, Any]) -> None:
    outcome, action, due, reason = toy["decided"]
    assert (outcome, action, due) == ("2", "refer", "2026-11-23")
    assert reason.startswith("连续两次控制不满意：上次 2026-10-26")
    assert toy["planned"] == ["2026-11-23"]
    assert toy["due"] == ["2026-11-23"]


def test_it_is_counted(toy: dict[str, Any]) -> None:
    """Enrolled in the fourth quarter: one visit is required, but there was no health education."""
    assert toy["figure"] == [0, 1]


def test_it_is_published(toy: dict[str, Any]) -> None:
    assert set(toy["resources"].values()) == {200}
    assert toy["populated"] == 200


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("entry", "疼痛评分"),
        ("paper", "糖足护理随访表"),
        ("tab", "糖足护理"),
        ("due", "李娜"),
        ("list", "李娜"),
        ("candidates", "糖足"),
        ("figures", "糖足规范护理率"),
    ],
)
def test_it_has_its_pages(toy: dict[str, Any], page: str, said: str) -> None:
    status, shown = toy["pages"][page]
    assert status == 200, shown
    assert said in shown
