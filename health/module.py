"""The manifest of chronic-disease and public-health programmes."""

from kernel.declare.module import Module
from health.resources import RESOURCES

MODULE = Module(name="health", title="健康管理", resources=RESOURCES)
