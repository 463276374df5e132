"""The arrows of .importlinter hold: an ordinary test run shows a broken one too."""

import subprocess
import sys

from tests.architecture.source import ROOT


def test_arrows_hold() -> None:
    """Every contract is kept; the linter's output says what to do about a broken one."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    command += ["--no-cache", "--no-logo"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
