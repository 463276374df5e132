"""FHIR R4 (4.0.1): JSON, validation, terminology, storage, search and the REST interface."""
