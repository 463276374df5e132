"""The manifest of the per-capita subsidy."""

from kernel.declare.module import Module
from billing.resources import RESOURCES

MODULE = Module(name="billing", title="人均补助核算", resources=RESOURCES)
