"""回转单和诊疗反馈: what the hospital sends back, written on pages and read by both sides."""
