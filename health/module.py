"""The manifest of chronic-disease and public-health programmes."""

from health.resources import RESOURCES
from kernel.declare.module import Module

MODULE = Module(name="health", title="健康管理", resources=RESOURCES)
