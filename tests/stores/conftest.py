"""Stores to try: in memory and in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from campaignflow.stores import SqliteStore, Store


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    made = SqliteStore(None if request.param == "memory" else tmp_path / "drive.db", timeout=0.2)
    yield made
    made.close()
