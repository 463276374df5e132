"""The manifest of the resident's file."""

from kernel.declare.module import Module, Operation
from kernel.fhir.everything import everything
from records.resources import RESOURCES

MODULE = Module(
    name="records",
    title="健康档案",
    resources=RESOURCES,
    operations=(Operation("everything", "Patient", True, everything),),
)
