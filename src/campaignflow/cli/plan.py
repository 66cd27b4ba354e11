"""Commands on plan files: new, check, diagram, schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from campaignflow.cli.options import PLAN, Fill, Json, Store
from campaignflow.cli.output import emit_json, fail, say, show_problems, stop
from campaignflow.errors import CampaignflowError, CampaignNotFound, PlanError
from campaignflow.plan.checks_times import windows_of
from campaignflow.plan.model import Plan
from campaignflow.plan.problems import Problem

TEMPLATES = ("hundred-days",)


def check(
    files: Annotated[list[Path], typer.Argument(help="Plan files.", metavar="FILE…")],
    fill: Fill = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are problems, too.")] = False,
    json: Json = False,
) -> None:
    """Say everything that is wrong, doubtful or still open in plans."""
    found = [_checked(file, fill) for file in files]
    if json:
        emit_json({"files": [document for _, document in found]})
    else:
        for file, (problems, _) in zip(files, found, strict=True):
            if len(files) > 1:
                say(str(file), "bold")
            show_problems(problems)
    bad = {"error", "gap", "warning"} if strict else {"error", "gap"}
    if any(problem.severity in bad for problems, _ in found for problem in problems):
        raise typer.Exit(1)


def _checked(file: Path, fill: Path | None) -> tuple[list[Problem], dict[str, Any]]:
    from campaignflow.core.checker import check_plan

    document: dict[str, Any] = {"file": str(file), "plan": None, "problems": [], "unresolved": [], "windows": []}
    try:
        plan = Plan.load(file, fill=fill)
    except PlanError as error:
        problems = list(error.problems)
    else:
        problems = check_plan(plan)
        document["plan"] = plan.id
        document["unresolved"] = [
            {
                "path": gap.path,
                "line": gap.place.line if gap.place else None,
                "column": gap.place.column if gap.place else None,
                "text": gap.text,
            }
            for gap in plan.unresolved
        ]
        document["windows"] = [
            {"path": each.path, "text": each.text, "start": each.start, "end": each.end} for each in windows_of(plan)
        ]
    document["problems"] = [problem.as_json() for problem in problems]
    return problems, document


def new(
    ident: Annotated[str, typer.Argument(help="The new plan's id.", metavar="ID")],
    template: Annotated[str, typer.Option("--template", help=f"One of: {', '.join(TEMPLATES)}.")] = TEMPLATES[0],
    json: Json = False,
) -> None:
    """Write a new plan file, ID.yaml, to start from."""
    from importlib.resources import files

    from campaignflow.plan.model_base import parse_id

    if template not in TEMPLATES:
        raise typer.BadParameter(f"{template!r} is no template; there is {', '.join(TEMPLATES)}")
    target = Path(f"{_id(parse_id, ident)}.yaml")
    text = files("campaignflow.cli").joinpath("templates", f"{template}.yaml").read_text("utf-8")
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text.replace("PLAN-ID", ident))
    except FileExistsError:
        stop(f"{target} exists already: nothing was written", as_json=json)
    except OSError as error:
        stop(f"{target}: {error.strerror}", as_json=json)
    if json:
        emit_json({"file": str(target)})
    else:
        say(f"{target} is written: fill in its ~, then: campaignflow check {target}")


def _id(parse: Any, ident: str) -> str:
    try:
        return str(parse(ident))
    except CampaignflowError as error:
        raise typer.BadParameter(str(error)) from None


def diagram(
    what: Annotated[str, typer.Argument(help="A plan file, or a campaign's id.", metavar="PLAN|ID")],
    fill: Fill = None,
    store: Store = None,
    json: Json = False,
) -> None:
    """Draw a plan as a Mermaid diagram."""
    from campaignflow.cli.hosting import opened
    from campaignflow.reports.diagram import plan_diagram

    try:
        if Path(what).is_file():
            plan = Plan.load(what, fill=fill)
        else:
            with opened(store) as engine:
                plan = engine.campaign(what).plan
        text = plan_diagram(plan)
    except CampaignNotFound as error:
        stop(f"{what} is no file, and {error}", as_json=json)
    except CampaignflowError as error:
        fail(error, as_json=json)
        return
    if json:
        emit_json({"mermaid": text})
    else:
        typer.echo(text)


def schema(json: Annotated[bool, typer.Option("--json", help="It is JSON in any case.")] = False) -> None:
    """Print the JSON Schema of plan files, for editors."""
    from campaignflow.plan.schema import json_schema

    emit_json(json_schema())


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (new, check, diagram, schema):
        app.command(rich_help_panel=PLAN)(command)
