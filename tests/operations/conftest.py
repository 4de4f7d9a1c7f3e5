import os
from collections.abc import Iterator

import pytest

from tests.operations.production_house import ProductionHouse, model_house, production_house


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductionHouse]:
    """What takes longest, collecting files and making tables, is done once for all houses."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("production runs on PostgreSQL")
    with model_house(tmp_path_factory.mktemp("model")) as house:
        yield house


@pytest.fixture(scope="module")
def production_database(model: ProductionHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductionHouse]:
    """A house in production mode with a prepared database and nothing running yet; one for each file of tests."""
    with production_house(tmp_path_factory.mktemp("production"), model) as house:
        yield house


@pytest.fixture
def production(production_database: ProductionHouse) -> Iterator[ProductionHouse]:
    """The same; what a test starts in it ends with the test."""
    yield production_database
    production_database.stop_all()
