"""The manifest of two-way referral."""

from kernel.declare.module import Module

MODULE = Module(name="referral", title="双向转诊")
