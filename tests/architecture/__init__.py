"""What import-linter and ruff cannot say about the house; every failure says what to do instead."""
