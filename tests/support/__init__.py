"""What tests stand on: a real PostgreSQL (``postgres``) and a real browser (``browser``)."""
