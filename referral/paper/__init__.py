"""转出单和回转单: printed on A4, with a code that the other side scans."""
