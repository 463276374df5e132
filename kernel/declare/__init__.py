"""The vocabulary of declarations: frozen data, no behaviour beyond checking itself.

A module says what it has with these words (its manifest is `Module`); the kernel's registry
cross-checks them all at start.
"""
