"""What the command line opens: the store, with the host's settings and the plugins that are installed."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_bytes
from typing import Any

import structlog

from campaignflow.audit.checkpoint import SigningKey, VerifyingKey
from campaignflow.engine import Engine
from campaignflow.errors import AuditError, StoreError
from campaignflow.hooks.installed import installed
from campaignflow.hooks.settings import Settings

__all__ = ["DEFAULT_STORE", "key_for", "opened", "public_key", "settings_of"]

DEFAULT_STORE = "sqlite:///campaignflow.db"


def configure_logging(verbose: bool) -> None:
    """The library never configures logging; this program does: JSON lines to standard error, warnings unless asked."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def settings_of() -> Settings | None:
    """`campaignflow.toml` of the working folder, or the file that CAMPAIGNFLOW_CONFIG names; None without one."""
    named = os.environ.get("CAMPAIGNFLOW_CONFIG")
    path = Path(named or "campaignflow.toml")
    return Settings.load(path) if named or path.exists() else None


def plugins_of(settings: Settings | None) -> tuple[Any, ...]:
    """The plugins that are installed and allowed."""
    return installed(settings.allow if settings is not None else None)


def store_url(store: str | None, settings: Settings | None = None) -> str:
    """The store that was named: by option, environment, settings, or the default."""
    named = store or os.environ.get("CAMPAIGNFLOW_STORE") or (settings.store if settings is not None else None)
    return named or DEFAULT_STORE


def key_for(url: str) -> SigningKey | None:
    """The signing key beside a store's file, made when first asked for; readable by its owner only.

    The public half lies beside it (`FILE.key.pub`). Who holds the key can sign checkpoints for the store: keep some of
    them elsewhere, too.
    """
    if not url.startswith("sqlite:///"):
        return None
    path = Path(url.removeprefix("sqlite:///") + ".key")
    try:
        return SigningKey.parse(path.read_text("utf-8")) if path.exists() else _new_key(path)
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(url, f"its signing key {path} cannot be read or made ({error})") from None


def _new_key(path: Path) -> SigningKey:
    key = SigningKey("campaignflow", token_bytes(32))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(key.secret_text() + "\n")
    path.with_name(path.name + ".pub").write_text(f"{key.verifying}\n", "utf-8")
    return key


def public_key(path: Path) -> VerifyingKey:
    """A public key from its file.

    Raises:
        AuditError: the file holds none.
    """
    try:
        return VerifyingKey.parse(path.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise AuditError(f"{path} holds no public key ({error})") from None


@contextmanager
def opened(store: str | None, *, signing: bool = False) -> Iterator[Engine]:
    """The engine over a store."""
    settings = settings_of()
    url = store_url(store, settings)
    key = key_for(url) if signing else None
    with Engine(url, plugins=plugins_of(settings), settings=settings, key=key) as engine:
        yield engine
