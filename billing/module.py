"""The manifest of the per-capita subsidy."""

from billing.resources import RESOURCES
from kernel.declare.module import Module

MODULE = Module(name="billing", title="人均补助核算", resources=RESOURCES)
