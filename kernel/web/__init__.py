"""The web edge: pages rendered on the server, their assets and their language."""
