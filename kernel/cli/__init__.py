"""The command line `station`: one file per group of commands, put together here."""

from kernel.cli.app import make_cli

__all__ = ["make_cli"]
