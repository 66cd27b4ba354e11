"""Options that several commands take, defined once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Store = Annotated[str | None, typer.Option("--store", help="The store's URL.", envvar="CAMPAIGNFLOW_STORE")]
Fill = Annotated[Path | None, typer.Option("--fill", help="A file that fills the plan's gaps.", exists=True)]
By = Annotated[str | None, typer.Option("--by", help="Who acts: unit or unit/member.")]
PlanFile = Annotated[Path, typer.Argument(help="The plan file.", metavar="PLAN")]
CampaignId = Annotated[str, typer.Argument(help="The campaign's id.", metavar="ID")]

PLAN, RUN, SIMULATE, PROVE, MANAGE = "Plan", "Run", "Simulate", "Prove", "Manage"
