"""The store: SQL tables, named statements and units of work, on SQLite and PostgreSQL."""
