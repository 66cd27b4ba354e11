"""What the command line prints: for people by rich, for programs as JSON, errors in words and no tracebacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.text import Text as RichText

from campaignflow.core.freeze import decimal_text
from campaignflow.errors import CampaignflowError, PlanError, Refused
from campaignflow.hooks.defaults import one_line
from campaignflow.plan.problems import Problem

__all__ = ["console", "emit_json", "fail", "jsonable", "say", "show_problems", "stop"]

MOST_PROBLEMS = 40
"""So many problems are shown in full; the rest is counted."""

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

_COLOURS = {"error": "red", "warning": "yellow", "gap": "cyan"}


def jsonable(value: Any) -> Any:
    """A value as JSON holds it: Decimals are numbers here, instants ISO texts."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(decimal_text(value))
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds" if not value.microsecond else "microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): jsonable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(each) for each in value]
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)


def emit_json(value: Any) -> None:
    """Print one JSON document."""
    typer.echo(orjson.dumps(jsonable(value)).decode())


def say(text: str, style: str = "") -> None:
    """Print a line; control characters of names and texts are shown escaped."""
    console.print(RichText("\n".join(one_line(line) for line in text.split("\n")), style=style))


def show_problems(problems: Iterable[Problem]) -> None:
    """Print problems with their excerpts, the first `MOST_PROBLEMS` in full."""
    listed = list(problems)
    for problem in listed[:MOST_PROBLEMS]:
        say(problem.render(), _COLOURS.get(problem.severity, ""))
    if len(listed) > MOST_PROBLEMS:
        say(f"… and {len(listed) - MOST_PROBLEMS} more: --json lists them all")
    counts = {kind: sum(p.severity == kind for p in listed) for kind in ("error", "gap", "warning")}
    words = [f"{n} {kind}{'s' if n != 1 else ''}" for kind, n in counts.items() if n]
    say(", ".join(words) if words else "no problems", "bold")


def fail(error: CampaignflowError, *, as_json: bool = False) -> NoReturn:
    """Say in words what went wrong; exit status 1."""
    if as_json:
        emit_json(_error_json(error))
    elif isinstance(error, PlanError):
        show_problems(error.problems)
    elif isinstance(error, Refused):
        errors.print(RichText(f"refused: {one_line(error.command)} {one_line(error.item)}".rstrip(), style="red"))
        for objection in error.objections:
            errors.print(RichText(f"  {objection.guard}: {one_line(objection.text)}"))
    else:
        warn(str(error))
    raise typer.Exit(1)


def stop(text: str, *, as_json: bool = False) -> NoReturn:
    """Say why nothing can be done, where no error of the library says it; exit status 1."""
    if as_json:
        emit_json({"error": "Stopped", "message": text})
    else:
        warn(text)
    raise typer.Exit(1)


def warn(text: str) -> None:
    """Print to standard error, so that standard output holds nothing but the answer."""
    errors.print(RichText(one_line(text), style="red"))


def _error_json(error: CampaignflowError) -> dict[str, Any]:
    found: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
    if isinstance(error, Refused):
        found["objections"] = [{"guard": each.guard, "text": each.text} for each in error.objections]
    if isinstance(error, PlanError):
        found["problems"] = [problem.as_json() for problem in error.problems]
    return found
