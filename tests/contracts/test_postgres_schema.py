"""The schema and the errors of a real PostgreSQL."""

from __future__ import annotations

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text

from twofold.domain.changes import EventBatch
from twofold.domain.errors import Unavailable
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.storage.sql.schema import metadata
from twofold.storage.url import open_store
from twofold.testing.postgres import PostgresServer
from twofold.testing.schema import database_of_revision_0001

NOW = Micros(1_000_000)


def _engine(url: str) -> Engine:
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))


def test_the_migrated_schema_is_the_declared_one(postgres: PostgresServer, postgres_template: str) -> None:
    engine = _engine(postgres.create_database("schema_compared", postgres_template))
    with engine.connect() as connection:
        migrations = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(migrations, metadata) == []
    engine.dispose()


def test_impressions_of_an_older_release_are_migrated(postgres: PostgresServer) -> None:
    url = postgres.create_database("migrated_with_data")
    engine = _engine(url)
    database_of_revision_0001(engine, {3: 30, 7: 70})
    engine.dispose()
    store = open_store(url)
    store.prepare()
    store.ping()
    last, shown = store.impressions_after(0, 10)
    assert (last, [row.candidate for row in shown]) == (7, [30, 70])
    assert {row.p_candidate_likes for row in shown} == {None}
    store.close()


def test_several_may_prepare_at_once(postgres: PostgresServer) -> None:
    url = postgres.create_database("prepared_at_once")
    stores = [open_store(url.replace("postgresql:", "postgres:", 1)) for _ in range(3)]
    threads = [threading.Thread(target=store.prepare) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.ping()
        assert (store.head(), store.count_people()) == (0, 0)
        store.close()


def test_what_the_server_refuses_is_unavailable(postgres: PostgresServer, postgres_template: str) -> None:
    url = postgres.create_database("read_only", postgres_template)
    engine = _engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER DATABASE read_only SET default_transaction_read_only = on"))
    engine.dispose()
    store = open_store(url)
    with pytest.raises(Unavailable, match="read-only") as failed:
        store.put_people([(Person(id="private"), True)], NOW)
    assert "private" not in str(failed.value)
    store.close()


@pytest.mark.parametrize(
    ("database", "user", "message"),
    [
        ("not_there", "twofold", "does not exist"),
        ("postgres", "nobody", "refused the user"),
        ("postgres", "", "prepare"),
    ],
)
def test_each_failure_to_connect_says_what_to_look_at(
    postgres: PostgresServer, database: str, user: str, message: str
) -> None:
    url = postgres.url(database)
    store = open_store(url.replace("//twofold:", f"//{user}:") if user else url)
    with pytest.raises(Unavailable, match=message):
        store.ping()
    store.close()


def test_a_lost_connection_is_replaced(postgres: PostgresServer, postgres_template: str) -> None:
    url = postgres.create_database("lost", postgres_template)
    store = open_store(url)
    store.put_people([(Person(id="a"), True), (Person(id="b"), True)], NOW)
    engine = _engine(postgres.url())
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'lost'"))
    engine.dispose()
    assert store.append_events(EventBatch([0], [1], [1], [1], [None]), NOW).accepted == 1
    store.close()
