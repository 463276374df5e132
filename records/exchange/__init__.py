"""导入导出: lists from Excel and CSV, and a person's file as a FHIR document."""
