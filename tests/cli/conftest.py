"""The command line configures logging for its process; tests share one, so it is put back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def logging_put_back() -> Iterator[None]:
    yield
    structlog.reset_defaults()
