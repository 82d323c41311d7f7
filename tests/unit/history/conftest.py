import pytest

from windage.history.store import HistoryStore
from windage.store.database import Database


@pytest.fixture
def history(url):
    return HistoryStore(Database(url))
