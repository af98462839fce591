"""The store: SQL tables, named functions over them, and units of work, on SQLite and PostgreSQL."""

from engine.store.store import SqlStore, open_store

__all__ = ["SqlStore", "open_store"]
