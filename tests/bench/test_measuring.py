"""What the figures rest on: whose processor time is counted, which answers and cities are taken."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import reference
from tests.bench.__main__ import read_options
from tests.bench.cases import Case, check_found
from tests.bench.client import UnexpectedAnswer, request
from tests.bench.places import place_at
from tests.bench.processes import Meter, Unusable, parent, serving

BURN = "import time\nwhile time.process_time() < 0.3: pass"
PARENT = f"""
import subprocess, sys
for line in sys.stdin:
    subprocess.run([sys.executable, "-c", {BURN!r}], check=True)
    print("done", flush=True)
"""


def test_what_a_process_did_that_has_ended_is_counted_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as postmaster:
        assert postmaster.stdin is not None
        assert postmaster.stdout is not None
        meter = Meter(parent(postmaster.pid), postmaster.pid)
        postmaster.stdin.write("work\n")
        postmaster.stdin.flush()
        assert postmaster.stdout.readline() == "done\n"
        assert 0.28 < meter.used()[1] < 3
        assert meter.used()[1] == 0
        postmaster.stdin.close()


def test_the_parent_of_a_process_elsewhere_is_not_known() -> None:
    with pytest.raises(Unusable, match="not one of this machine"):
        parent(2**22 + 1)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (Case("one", [request("GET", "/")], (1, 1), found=lambda _n, _r: "nobody"), "nobody"),
        (Case("one", [request("GET", "/x")], (1, 1), found=lambda _n, _r: ""), "404"),
    ],
    ids=["content", "status"],
)
def test_an_answer_that_is_not_what_is_measured_ends_the_run(case: Case, said: str) -> None:
    def command(port: int) -> list[str]:
        return ["tests.bench.reference", "10", str(port)]

    with (
        serving(command, reference.PATH, {}) as bare,
        pytest.raises(UnexpectedAnswer, match=f"one, request 0: .*{said}"),
    ):
        asyncio.run(check_found(bare.port, [case]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--url", "sqlite:///x.db", "--residents", "60"],
        ["--url", "sqlite:///x.db", "--years", "0"],
        ["--url", "sqlite:///x.db", "--database", "sqlite"],
        ["--key-file", "x.keys"],
        ["--years", "6"],
    ],
    ids=" ".join,
)
def test_options_that_contradict_each_other_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(arguments)


def test_only_a_demo_city_is_measured(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/none.db"
    with pytest.raises(Unusable, match="no file"):
        place_at(url, None)
    (tmp_path / "none.db").touch()
    with pytest.raises(Unusable, match="no such table"):
        place_at(url, None)
