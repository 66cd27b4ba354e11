"""Where campaigns are kept: a store sees bytes and whole numbers only, and commits them together or not at all."""

from __future__ import annotations

from campaignflow.stores.base import Head, LogRow, NewRow, OutboxRow, Store, UnitOfWork
from campaignflow.stores.sqlite import SqliteStore, open_store

__all__ = ["Head", "LogRow", "NewRow", "OutboxRow", "SqliteStore", "Store", "UnitOfWork", "open_store"]
