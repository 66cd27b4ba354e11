"""The program `campaignflow`: its commands in four panels, each with `--json`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from campaignflow import __version__
from campaignflow.cli import manage, plan, prove, run_commands, simulate
from campaignflow.cli.hosting import configure_logging

__all__ = ["app", "run"]

app = typer.Typer(
    name="campaignflow",
    help="One plan, three uses: run a campaign for real, simulate it, and prove afterwards what happened.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)


def _version(show: bool) -> None:
    if show:
        typer.echo(f"campaignflow {__version__}")
        raise typer.Exit


@app.callback()
def options(
    verbose: Annotated[bool, typer.Option("--verbose", help="Log everything to standard error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """What holds for every command."""
    configure_logging(verbose)


for module in (plan, run_commands, simulate, prove, manage):
    module.register(app)


def run() -> None:
    """Run the program."""
    for number, word in enumerate(sys.argv[1:], 1):
        if not _is_text(word):
            typer.echo(f"argument {number} is no UTF-8 text: {word!a}", err=True)
            raise SystemExit(2)
    app()


def _is_text(word: str) -> bool:
    """Whether it can be stored and printed: bytes of another encoding come as lone surrogates."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
