"""The ports of `twofold.domain.ports` implemented: SQL (SQLite, PostgreSQL) and the shipped fake in memory."""
