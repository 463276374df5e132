"""Notifications of other systems: FHIR Subscription, the outbox and its courier."""
