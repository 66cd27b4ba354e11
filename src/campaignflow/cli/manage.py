"""Commands that manage: plugins, dead letters."""

from __future__ import annotations

from typing import Annotated

import typer

from campaignflow.cli.hosting import opened, plugins_of, settings_of
from campaignflow.cli.options import MANAGE, Json, Store
from campaignflow.cli.output import emit_json, fail, say
from campaignflow.errors import CampaignflowError
from campaignflow.hooks.manager import Plugins

plugins = typer.Typer(help="The plugins that are installed.", no_args_is_help=True)
deadletters = typer.Typer(help="Notifications that are tried no more.", no_args_is_help=True)


@plugins.command("list")
def list_plugins(json: Json = False) -> None:
    """List the plugins with version, hooks and state."""
    try:
        settings = settings_of()
        found = Plugins(plugins_of(settings), settings).describe()
    except CampaignflowError as error:
        fail(error, as_json=json)
        return
    if json:
        rows = [
            {"name": p.name, "version": p.version, "hooks": list(p.hooks), "enabled": p.enabled, "error": p.error}
            for p in found
        ]
        emit_json({"plugins": rows})
        return
    for each in found:
        state = each.error or ("enabled" if each.enabled else "disabled")
        say(f"{each.name} {each.version or ''}: {', '.join(each.hooks)} ({state})", "red" if each.error else "")
    if not found:
        say("no plugin is installed: the built-in ones serve")


@deadletters.command("list")
def list_letters(store: Store = None, json: Json = False) -> None:
    """List the dead letters, the oldest first."""
    try:
        with opened(store) as engine:
            letters = engine.dead_letters()
    except CampaignflowError as error:
        fail(error, as_json=json)
        return
    if json:
        emit_json({"deadletters": [{"key": each.key, "error": each.error} for each in letters]})
    for each in () if json else letters:
        say(f"{each.key}: {each.error}")


@deadletters.command()
def retry(
    key: Annotated[str, typer.Argument(help="The letter's key.")], store: Store = None, json: Json = False
) -> None:
    """Queue a dead letter again."""
    try:
        with opened(store) as engine:
            engine.retry(key)
    except CampaignflowError as error:
        fail(error, as_json=json)
    if json:
        emit_json({"key": key, "queued": True})


@deadletters.command()
def discard(
    key: Annotated[str, typer.Argument(help="The letter's key.")], store: Store = None, json: Json = False
) -> None:
    """Give a dead letter up for good."""
    try:
        with opened(store) as engine:
            engine.discard(key)
    except CampaignflowError as error:
        fail(error, as_json=json)
    if json:
        emit_json({"key": key, "discarded": True})


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(plugins, name="plugins", rich_help_panel=MANAGE)
    app.add_typer(deadletters, name="deadletters", rich_help_panel=MANAGE)
