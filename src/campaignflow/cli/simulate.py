"""Commands that simulate: play, simulate."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer

from campaignflow.cli.hosting import key_for
from campaignflow.cli.options import SIMULATE, Fill, Json
from campaignflow.cli.output import console, emit_json, errors, fail, say, stop
from campaignflow.errors import CampaignflowError
from campaignflow.hooks.defaults import Mailbox, one_line
from campaignflow.hooks.jsonlines import JsonLines
from campaignflow.simulation import Played, Results, Scenario
from campaignflow.simulation import play as play_scenario
from campaignflow.simulation import simulate as simulate_plan


def play(
    scenario: Annotated[Path, typer.Argument(help="The scenario file.", exists=True)],
    keep: Annotated[Path | None, typer.Option("--keep", help="Keep the campaign in this new file.")] = None,
    audit: Annotated[Path | None, typer.Option("--audit", help="Write the audit log here, as JSON lines.")] = None,
    notifications: Annotated[
        Path | None,
        typer.Option("--notifications", help="Write notifications into this folder, as they would be sent."),
    ] = None,
    json: Json = False,
) -> None:
    """Play a scenario in the real engine, on a virtual clock."""
    from campaignflow.cli.timeline import Timeline

    if keep is not None and keep.exists():
        stop(f"{keep} exists already: a played campaign is kept in a new file", as_json=json)
    url = None if keep is None else f"sqlite:///{keep}"
    plugins: list[Any] = [] if audit is None else [JsonLines(audit)]
    if notifications is not None:
        plugins.append(Mailbox(notifications))
    try:
        story = Scenario.load(scenario)
        watch = None if json else Timeline(console, story.plan)
        key = key_for(url) if url is not None else None
        played = play_scenario(story, keep=url, plugins=plugins, watch=watch, key=key)
    except CampaignflowError as error:
        fail(error, as_json=json)
        return
    with played.engine:
        _show_played(played, json)
        if not played.held:
            raise typer.Exit(1)


def _show_played(played: Played, json: bool) -> None:
    campaign = played.campaign
    if json:
        expectations = [
            {"that": each.that, "held": each.held, "at": played.when(each), "text": each.text, "line": each.line}
            for each in played.expectations
        ]
        found = {"campaign": campaign.id, "plan": campaign.plan.id, "state": campaign.state, "events": campaign.version}
        emit_json({**found, "expectations": expectations})
        return
    held = sum(each.held for each in played.expectations)
    say(f"{campaign.id} is {campaign.state}: {campaign.version} events, round {campaign.round}", "bold")
    say(f"{held} of {len(played.expectations)} expectations held", "green" if played.held else "red")
    for each in played.expectations:
        if not each.held:
            say(
                f"  line {each.line}, {played.when(each):%Y-%m-%d %H:%M}: {each.that}: {each.text or 'does not hold'}",
                "red",
            )


def simulate(
    plan: Annotated[Path, typer.Argument(help="A plan file, or a scenario file.", exists=True)],
    fill: Fill = None,
    replications: Annotated[int, typer.Option("-n", "--replications", min=1, help="How many timelines.")] = 200,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of all draws: the same seed, the same results.")] = 7,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes that share the work.")] = 2,
    json: Json = False,
) -> None:
    """Play a plan many times: the chance of being on time, dates by percentile, what is critical."""
    from campaignflow.plan.model import Plan

    try:
        what = Scenario.load(plan) if plan.name.endswith(".scenario.yaml") else Plan.load(plan, fill=fill)
        results = _simulated(what, replications, seed, jobs, quiet=json)
    except CampaignflowError as error:
        fail(error, as_json=json)
        return
    if json:
        emit_json(results_json(results))
    else:
        _show_results(results)


def _simulated(what: Any, replications: int, seed: int, jobs: int, *, quiet: bool) -> Results:
    from rich.progress import Progress

    with Progress(console=errors, transient=True, disable=quiet or not errors.is_terminal) as bar:
        task = bar.add_task("simulating", total=replications)
        if jobs == 1:
            return simulate_plan(what, replications, seed, progress=lambda done: bar.update(task, completed=done))
        with ProcessPoolExecutor(jobs) as executor:
            return simulate_plan(
                what, replications, seed, executor=executor, chunks=jobs * 8,
                progress=lambda done: bar.update(task, completed=done),
            )  # fmt: skip


def results_json(results: Results) -> dict[str, Any]:
    """The results in the form that `simulate --json` prints."""
    return {
        "replications": results.replications,
        "path": results.path,
        "seconds": round(results.seconds, 3),
        "on_time": {"p": results.on_time.p, "low": results.on_time.low, "high": results.on_time.high},
        "finish": results.finish,
        "tasks": {
            task: {"criticality": each.criticality, "start_p50": each.start_p50, "finish_p50": each.finish_p50}
            for task, each in results.tasks.items()
        },
        "assumed": list(results.assumed),
        "script_refused": results.script_refused,
        "states": results.states,
        "seed": results.seed,
    }


def _show_results(results: Results) -> None:
    share = results.on_time
    say(
        f"{results.replications} replications on the {results.path} path in {results.seconds:.1f} s, seed {results.seed}",
        "bold",
    )
    say(f"on time: {share.p:.0%}  (95 % interval {share.low:.0%} to {share.high:.0%}, {share.k} of {share.n})")
    dates = [
        f"{name[1:]} % by {when:%Y-%m-%d}" if when else f"{name[1:]} %: not within the horizon"
        for name, when in results.finish.items()
    ]
    say("accepted: " + ", ".join(dates))
    say("ended as: " + ", ".join(f"{state} {count}" for state, count in results.states.items()))
    for task, each in results.most_critical():
        bar = "█" * round(20 * each.criticality)
        finish = f"{each.finish_p50:%Y-%m-%d}" if each.finish_p50 else "–"
        say(f"  {one_line(task):<24} {bar:<20} {each.criticality:>4.0%}  median finish {finish}")
    for card, (low, middle, high) in results.scores.items():
        say(f"score {card}: median {middle}, 90 % between {low} and {high}")
    for note in results.assumed:
        say(f"assumed: {note}", "dim")


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (play, simulate):
        app.command(rich_help_panel=SIMULATE)(command)
