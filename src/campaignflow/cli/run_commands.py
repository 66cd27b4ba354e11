"""Commands on running campaigns: start, do, status, why-not, tick, log, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from campaignflow.cli.hosting import opened
from campaignflow.cli.options import RUN, By, CampaignId, Fill, Json, PlanFile, Store
from campaignflow.cli.output import emit_json, fail, say, stop, warn
from campaignflow.core.codec import encode_event
from campaignflow.core.events import Event
from campaignflow.engine import File
from campaignflow.errors import CampaignflowError
from campaignflow.plan.model import Plan


def start(
    plan: PlanFile,
    ident: Annotated[str | None, typer.Option("--id", help="The campaign's id; the plan's unless given.")] = None,
    fill: Fill = None,
    by: By = None,
    store: Store = None,
    json: Json = False,
) -> None:
    """Start a campaign by a plan."""
    try:
        with opened(store) as engine:
            campaign = engine.start(Plan.load(plan, fill=fill), ident, by=by)
            if json:
                emit_json({"campaign": campaign.id, "state": campaign.state, "version": campaign.version})
            else:
                say(f"campaign {campaign.id} is {campaign.state}")
                first = campaign.view.compiled.leaves[0]
                say(f"next: campaignflow do {campaign.id} enter {first} --by UNIT")
    except CampaignflowError as error:
        fail(error, as_json=json)


def do(
    ident: CampaignId,
    command: Annotated[str, typer.Argument(help="enter, task.submit, finding.close, …")],
    words: Annotated[
        list[str] | None, typer.Argument(help="[ITEM] [key=value …]", metavar="[ITEM] [key=value …]")
    ] = None,
    by: By = None,
    command_id: Annotated[
        str | None, typer.Option("--command-id", help="Your name for this request: safe to retry.")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="When it happened, ISO 8601 with offset.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why.")] = None,
    override: Annotated[str | None, typer.Option("--override", help="A reason to lift the guards.")] = None,
    store: Store = None,
    json: Json = False,
) -> None:
    """Give a command: `do city task.submit kick-off evidence=@minutes.pdf --by city-office`."""
    item, fields = _words(words or [])
    carried = {"by": by, "at": at, "reason": reason, "override": override, "command_id": command_id}
    given = _carried(carried, fields)
    try:
        with opened(store) as engine:
            campaign = engine.campaign(ident)
            outcome = campaign.do(command, item, **given, **fields)
            if json:
                events = [_brief(event) for event in outcome.events]
                emit_json({"campaign": ident, "version": outcome.version, "events": events})
            else:
                for event in outcome.events:
                    say(f"{event.seq:>5}  {event.type} {event.item}".rstrip())
    except CampaignflowError as error:
        fail(error, as_json=json)


def _brief(event: Event) -> dict[str, Any]:
    return {"seq": event.seq, "type": event.type, "item": event.item, "data": event.data}


def _words(words: list[str]) -> tuple[str, dict[str, Any]]:
    """The item, and the fields: `key=value`, `key=@FILE` for a file, `key=a,b` for a list, `key={"json": 1}`."""
    item, fields = "", dict[str, Any]()
    for number, word in enumerate(words):
        key, mark, value = word.partition("=")
        if not mark:
            if number or item:
                raise typer.BadParameter(f"{word!r} is neither the item nor key=value")
            item = word
        elif not key:
            raise typer.BadParameter(f"{word!r} has no key before =")
        else:
            fields[key.replace("-", "_")] = _value(value)
    return item, fields


def _carried(options: dict[str, str | None], fields: dict[str, Any]) -> dict[str, Any]:
    """What any command may carry, by option or as `by=…`; taken out of the fields."""
    for name in ("at_version", "auth"):
        if name in fields:
            raise typer.BadParameter(f"{name} is for programs: no command takes it as a word")
    for name, value in options.items():
        if name in fields:
            if value is not None:
                raise typer.BadParameter(f"{name} is given twice: by --{name.replace('_', '-')} and by {name}=")
            options[name] = str(fields.pop(name))
    return options


def _value(text: str) -> Any:
    if text.startswith("@"):
        files = [File(Path(part.removeprefix("@"))) for part in text.split(",")]
        return files if len(files) > 1 else files[0]
    if text[:1] in "[{":
        try:
            return _exact(orjson.loads(text))
        except orjson.JSONDecodeError as error:
            raise typer.BadParameter(f"{text!r} is no JSON: {error}") from None
    return text


def _exact(value: Any) -> Any:
    """JSON without binary floats: fractions become their text, which commands read exactly."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list):
        return [_exact(each) for each in value]
    return {key: _exact(each) for key, each in value.items()} if isinstance(value, dict) else value


def status(ident: CampaignId, store: Store = None, json: Json = False) -> None:
    """Where a campaign stands."""
    from campaignflow.cli.status_text import show_status
    from campaignflow.reports.tables import status_of

    try:
        with opened(store) as engine:
            view = engine.campaign(ident).view
            if json:
                emit_json(status_of(view))
            else:
                show_status(view, status_of(view))
    except CampaignflowError as error:
        fail(error, as_json=json)


def why_not(
    ident: CampaignId,
    what: Annotated[str, typer.Argument(help="A phase, or a command.", metavar="PHASE|COMMAND")],
    words: Annotated[list[str] | None, typer.Argument(metavar="[ITEM] [key=value …]")] = None,
    by: By = None,
    store: Store = None,
    json: Json = False,
) -> None:
    """What stands in the way of a phase or a command; exit status 1 if anything does."""
    item, fields = _words(words or [])
    named = _carried({"by": by}, fields)["by"]
    try:
        with opened(store) as engine:
            campaign = engine.campaign(ident)
            actor = named or next(iter(campaign.view.compiled.roots), None)
            objections = campaign.why_not(what, item, by=actor, **fields)
    except CampaignflowError as error:
        fail(error, as_json=json)
        return
    if json:
        emit_json({"objections": [{"guard": each.guard, "text": each.text} for each in objections]})
    else:
        for each in objections:
            say(f"{each.guard}: {each.text}", "yellow")
        if not objections:
            say("nothing stands in the way", "green")
    if objections:
        raise typer.Exit(1)


def tick(store: Store = None, json: Json = False) -> None:
    """Fire what is due, deliver what is queued, bring the audit sinks up to date."""
    try:
        with opened(store) as engine:
            done = engine.tick()
    except CampaignflowError as error:
        fail(error, as_json=json)
        return
    if json:
        emit_json({"timers": done.timers, "deliveries": done.deliveries, "failed": done.failed})
    else:
        say(f"{done.timers} timers, {done.deliveries} deliveries, {done.failed} failed")
    for problem in done.problems:
        warn(problem)


def log(
    ident: CampaignId,
    after: Annotated[int, typer.Option("--after", help="Only events after this number.")] = 0,
    store: Store = None,
    json: Json = False,
) -> None:
    """Print a campaign's events, one a line."""
    try:
        with opened(store) as engine:
            campaign = engine.campaign(ident)
            for event in campaign.events(after):
                if json:
                    typer.echo(encode_event(event).decode())
                else:
                    when = campaign.view.compiled.when(event.at).strftime("%Y-%m-%d %H:%M")
                    say(f"{event.seq:>5}  {when}  {event.type:<24} {event.item:<32} {event.by}".rstrip())
    except CampaignflowError as error:
        fail(error, as_json=json)


def report(
    ident: CampaignId,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the page.")] = Path("report.html"),
    language: Annotated[str, typer.Option("--language", help="Language of titles: en, zh.")] = "en",
    forecast: Annotated[int, typer.Option("--forecast", help="Replications of the forecast; 0 for none.")] = 100,
    store: Store = None,
    json: Json = False,
) -> None:
    """Write the campaign's report: one HTML page that needs nothing else."""
    from campaignflow.cli.forecasting import outlook
    from campaignflow.reports.html import render_report

    try:
        with opened(store) as engine:
            campaign = engine.campaign(ident)
            text = render_report(campaign, forecast=outlook(campaign, forecast), language=language)
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, "utf-8")
    except OSError as error:
        stop(f"{output}: {error.strerror}", as_json=json)
    except CampaignflowError as error:
        fail(error, as_json=json)
        return
    if json:
        emit_json({"file": str(output)})
    else:
        say(f"{output} is written ({len(text) // 1024} kB)")


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (start, do, status, tick, log, report):
        app.command(rich_help_panel=RUN)(command)
    app.command("why-not", rich_help_panel=RUN)(why_not)
