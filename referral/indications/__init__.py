"""转诊指征: when to refer up and down, as checklists by disease that the bureau keeps."""
