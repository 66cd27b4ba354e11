"""The command line: a thin surface over the public API."""

from __future__ import annotations

import sys

from campaignflow.errors import MissingExtra

__all__ = ["main"]


def main() -> None:
    """Run the command line; exit status 0 done, 1 problems found or refused, 2 misuse."""
    try:
        from campaignflow.cli.app import run
    except ImportError as error:
        if error.name not in {"typer", "rich", "click"}:
            raise
        sys.stderr.write(f"{MissingExtra('cli', 'the command line')}\n")
        raise SystemExit(2) from None
    run()
