"""The databases: SQLite at a station, PostgreSQL in a city; the same code on both."""
