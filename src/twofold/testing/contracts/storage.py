"""The contract of a store: subclass `StoreContract`, give the fixture `store`, and every promise is tested."""

from __future__ import annotations

from twofold.domain.ports import Store
from twofold.testing.contracts.storage_audit import AuditStoreContract
from twofold.testing.contracts.storage_events import EventStoreContract
from twofold.testing.contracts.storage_impressions import ImpressionStoreContract
from twofold.testing.contracts.storage_matches import MatchContract
from twofold.testing.contracts.storage_people import PeopleStoreContract
from twofold.testing.contracts.storage_registry import FeatureStoreContract, ModelStoreContract
from twofold.testing.contracts.storage_removal import RemovalContract


class StoreContract(
    PeopleStoreContract,
    EventStoreContract,
    MatchContract,
    RemovalContract,
    FeatureStoreContract,
    ModelStoreContract,
    ImpressionStoreContract,
    AuditStoreContract,
):
    """Every port on one store.

    ::

        class TestMyStore(StoreContract):
            @pytest.fixture
            def store(self) -> Iterator[Store]:
                store = MyStore()
                store.prepare()
                yield store
                store.close()
    """

    def test_preparing_again_keeps_what_is_there(self, store: Store) -> None:
        store.prepare()
        store.ping()
        assert store.head() == 0
