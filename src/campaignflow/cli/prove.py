"""Commands that prove: audit verify, show, receipt, checkpoint, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from campaignflow.audit.receipt import Receipt, verify_receipt
from campaignflow.cli.hosting import opened, public_key
from campaignflow.cli.options import PROVE, CampaignId, Json, Store
from campaignflow.cli.output import emit_json, fail, say, stop
from campaignflow.core.codec import encode_event
from campaignflow.errors import CampaignflowError

audit = typer.Typer(help="Prove what happened.", no_args_is_help=True)


@audit.command()
def verify(
    ident: Annotated[
        str | None, typer.Argument(help="A campaign's id; all of the store without.", metavar="[ID]")
    ] = None,
    receipt: Annotated[
        Path | None,
        typer.Option("--receipt", help="Verify this receipt instead, offline.", exists=True, dir_okay=False),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", help="The public key (FILE.key.pub) it is signed by.", exists=True, dir_okay=False),
    ] = None,
    store: Store = None,
    json: Json = False,
) -> None:
    """Verify every event of the log against its Merkle tree, or one receipt against a public key."""
    try:
        if receipt is not None:
            _verify_receipt(receipt, key, json)
            return
        with opened(store) as engine:
            names = [head.id for head in engine.store.heads()] if ident is None else [ident]
            reports = [(name, engine.verify(name)) for name in names]
    except CampaignflowError as error:
        fail(error, as_json=json)
        return
    if json:
        emit_json({"campaigns": [_report_json(name, report) for name, report in reports]})
    else:
        for name, report in reports:
            words = "verified" if report.ok else f"NOT VERIFIED: {report.reason}"
            say(
                f"{name}: {report.size} events, root {report.root.hex()[:16]}…: {words}",
                "green" if report.ok else "red",
            )
        if not reports:
            say("the store holds no campaign")
    if any(not report.ok for _, report in reports):
        raise typer.Exit(1)


def _report_json(name: str, report: Any) -> dict[str, Any]:
    found = {"campaign": name, "size": report.size, "root": report.root.hex(), "ok": report.ok}
    return {**found, "first_bad": report.first_bad, "reason": report.reason or None}


def _verify_receipt(path: Path, key: Path | None, json: bool) -> None:
    if key is None:
        raise typer.BadParameter("a receipt proves something only against a key: give --key FILE.key.pub")
    found = Receipt.from_json(path.read_bytes())
    checkpoint = verify_receipt(found, [public_key(key)])
    if json:
        emit_json(
            {
                "campaign": found.campaign,
                "seq": found.seq,
                "size": checkpoint.size,
                "root": checkpoint.root.hex(),
                "ok": True,
            }
        )
    else:
        say(f"event {found.seq} of {found.campaign} is in the signed log of {checkpoint.size} events", "green")


@audit.command()
def show(
    ident: CampaignId,
    seq: Annotated[int, typer.Argument(help="The event's number.")],
    store: Store = None,
    json: Json = False,
) -> None:
    """Print one event exactly as stored."""
    try:
        with opened(store) as engine:
            for event in engine.campaign(ident).events(after=seq - 1):
                typer.echo(encode_event(event).decode())
                return
    except CampaignflowError as error:
        fail(error, as_json=json)
    stop(f"campaign {ident} has no event {seq}", as_json=json)


@audit.command()
def receipt(
    ident: CampaignId,
    seq: Annotated[int | None, typer.Option("--seq", help="The event's number; the last one unless given.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write it.")] = None,
    store: Store = None,
    json: Json = False,
) -> None:
    """Give a receipt: the proof that an event is in the log, with the signed checkpoint it proves against."""
    try:
        with opened(store, signing=True) as engine:
            campaign = engine.campaign(ident)
            found = campaign.receipt(campaign.version if seq is None else seq)
    except CampaignflowError as error:
        fail(error, as_json=json)
        return
    if output is None:
        typer.echo(found.to_json())
        return
    try:
        output.write_text(found.to_json() + "\n", "utf-8")
    except OSError as error:
        stop(f"{output}: {error.strerror}", as_json=json)
    if json:
        emit_json({"file": str(output), "seq": found.seq, "size": found.size})
    else:
        say(f"{output}: receipt for event {found.seq} of {found.size}")


@audit.command()
def checkpoint(ident: CampaignId, store: Store = None, json: Json = False) -> None:
    """Sign the log's size and root; keep it elsewhere: it shows later whether the log was rewritten."""
    try:
        with opened(store, signing=True) as engine:
            note = engine.campaign(ident).checkpoint()
    except CampaignflowError as error:
        fail(error, as_json=json)
    if json:
        emit_json({"campaign": ident, "note": note})
    else:
        typer.echo(note, nl=False)


@audit.command()
def export(ident: CampaignId, store: Store = None, json: Json = False) -> None:
    """Print the whole log as JSON lines, each line an event exactly as stored."""
    try:
        with opened(store) as engine:
            for event in engine.campaign(ident).events():
                typer.echo(encode_event(event).decode())
    except CampaignflowError as error:
        fail(error, as_json=json)


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(audit, name="audit", rich_help_panel=PROVE)
