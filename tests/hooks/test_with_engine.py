"""Plugins in a running campaign: refused commands leave it as it was, effects follow the commit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

import campaignflow as cf
from campaignflow.core.messages import Notification
from campaignflow.hooks import JsonLines, Mailbox


def plan() -> cf.Plan:
    return cf.Plan(
        "spring-clean",
        phases=[cf.Phase("mobilize", tasks=[cf.Task("kick-off")])],
    )


class Strict:
    """Objects to everything once it is told to; raises when it is told to."""

    name = "strict"
    mood = "calm"

    @cf.hookimpl
    def guard(self, move: Any) -> str | None:
        if self.mood == "broken":
            raise RuntimeError("boom")
        return "not today" if self.mood == "strict" else None


class Thanks:
    name = "thanks"

    @cf.hookimpl
    def compose(self, event: Any, campaign: Any) -> Notification | None:
        if event.type != "task.verified":
            return None
        return Notification("", "", "", 0, "host", "mail", "en", "Thank you", f"{event.item} is done in {campaign.id}.")


def test_a_guard_refuses_and_a_failing_one_does_too() -> None:
    strict = Strict()
    with cf.Engine(plugins=[strict]) as engine:
        campaign = engine.start(plan())
        campaign.enter("mobilize")
        version = campaign.version
        strict.mood = "strict"
        with pytest.raises(cf.GuardRefused) as refused:
            campaign.task("kick-off").done()
        assert [(each.guard, each.text) for each in refused.value.objections] == [("plugin:strict", "not today")]
        strict.mood = "broken"
        with pytest.raises(cf.PluginError, match="plugin 'strict', hook 'guard': RuntimeError: boom"):
            campaign.task("kick-off").done()
        assert campaign.version == version
        strict.mood = "calm"
        campaign.task("kick-off").done()


def test_what_is_composed_is_delivered_and_every_event_is_kept(tmp_path: Path) -> None:
    plugins = [Thanks(), Mailbox(tmp_path / "mail"), JsonLines(tmp_path / "audit.jsonl")]
    with cf.Engine(plugins=plugins) as engine:
        campaign = engine.start(plan())
        campaign.enter("mobilize")
        campaign.task("kick-off").done()
        assert not (tmp_path / "mail").exists()
        engine.tick()
        engine.tick()
        (letter,) = (tmp_path / "mail").iterdir()
        assert "kick-off is done in spring-clean." in letter.read_text(encoding="utf-8")
        lines = [orjson.loads(line) for line in (tmp_path / "audit.jsonl").read_bytes().splitlines()]
        assert [line["seq"] for line in lines] == list(range(1, campaign.version + 1))
