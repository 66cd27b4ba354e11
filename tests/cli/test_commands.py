"""The command line as a user meets it: every command, its JSON, its exit status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from campaignflow.cli.app import app

EXAMPLES = Path(__file__).parents[2] / "examples"
PLAN = """
campaignflow: 1
plan: small
title: "Tidy\\tstreets \\x1b[31mred"
units: {lead: {members: {head: Ann}}, north: {reports-to: lead}}
phases:
  mobilize: {tasks: {kick-off: {owners: [north], evidence: [minutes]}}, gate: "tasks.required_open == 0"}
  evaluate: {gate: "value('x') >= 5"}
indicators: {x: {owner: north, expect: {low: 4, likely: 7, high: 9}}}
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CAMPAIGNFLOW_STORE", raising=False)
    (tmp_path / "plan.yaml").write_text(PLAN, "utf-8")
    (tmp_path / "minutes.pdf").write_bytes(b"minutes")
    runner = CliRunner()

    def run(*words: object, status: int = 0) -> Result:
        done = runner.invoke(app, [str(word) for word in words])
        assert done.exit_code == status, done.output
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    yield run


def of(result: Result) -> Any:
    return json.loads(result.stdout)


def test_a_campaign_from_start_to_end(cli: Any, tmp_path: Path) -> None:
    assert of(cli("start", "plan.yaml", "--id", "s", "--json")) == {"campaign": "s", "state": "planned", "version": 1}
    cli("start", "plan.yaml", "--id", "s", status=1)
    done = of(cli("do", "s", "enter", "mobilize", "--by", "lead", "--json"))
    assert done["campaign"] == "s"
    assert [event["type"] for event in done["events"]] == ["phase.entered", "task.ready"]
    assert done["version"] == done["events"][-1]["seq"]
    objections = of(cli("why-not", "s", "evaluate", "--json", status=1))["objections"]
    assert [each["guard"] for each in objections] == ["gate"]
    cli("do", "s", "task.submit", "kick-off", "evidence=@minutes.pdf", "--by", "north")
    refused = of(cli("do", "s", "task.verify", "kick-off", "--by", "north", "--json", status=1))
    assert refused["error"] == "NotAllowed"
    once = cli("do", "s", "task.verify", "kick-off", "--by", "lead", "--command-id", "v1", "--json")
    assert of(cli("do", "s", "task.verify", "kick-off", "--by", "lead", "--command-id", "v1", "--json")) == of(once)
    cli("do", "s", "task.return", "kick-off", "--by", "lead", "--command-id", "v1", status=1)
    assert of(cli("why-not", "s", "evaluate", "--json")) == {"objections": []}
    cli("do", "s", "enter", "evaluate", "--by", "lead")
    cli("do", "s", "measure", "x", "value=7.5", "--by", "north")
    status = of(cli("status", "s", "--json"))
    assert set(status) == {"campaign", "state", "round", "tasks", "findings", "scores", "overdue"}
    assert (status["state"], status["tasks"]["total"], status["tasks"]["open"]) == ("evaluate", 1, 0)
    cli("do", "s", "settle", "--by", "lead")
    assert of(cli("status", "s", "--json"))["state"] == "accepted"
    assert "\x1b" not in cli("status", "s").stdout
    lines = cli("log", "s", "--json").stdout.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert of(cli("tick", "--json")) == {"timers": 0, "deliveries": 0, "failed": 0}
    assert of(cli("report", "s", "-o", "out/r.html", "--forecast", "0", "--json")) == {"file": "out/r.html"}
    assert "Tidy" in (tmp_path / "out" / "r.html").read_text("utf-8")


def test_proving(cli: Any, tmp_path: Path) -> None:
    cli("start", "plan.yaml", "--id", "s")
    cli("do", "s", "enter", "mobilize", "--by", "lead")
    (found,) = of(cli("audit", "verify", "--json"))["campaigns"]
    assert (found["campaign"], found["ok"], found["first_bad"]) == ("s", True, None)
    cli("audit", "receipt", "s", "--seq", "2", "-o", "r.json")
    key = "campaignflow.db.key.pub"
    assert of(cli("audit", "verify", "--receipt", "r.json", "--key", key, "--json"))["seq"] == 2
    assert (tmp_path / "campaignflow.db.key").stat().st_mode & 0o077 == 0
    text = (tmp_path / "r.json").read_text("utf-8")
    (tmp_path / "r.json").write_text(text.replace('"seq":2', '"seq":1').replace('"seq": 2', '"seq": 1'), "utf-8")
    cli("audit", "verify", "--receipt", "r.json", "--key", key, status=1)
    cli("audit", "verify", "--receipt", "r.json", status=2)
    assert cli("audit", "checkpoint", "s").stdout.startswith("campaignflow/s\n")
    assert json.loads(cli("audit", "show", "s", "1").stdout)["type"] == "campaign.started"
    assert len(cli("audit", "export", "s").stdout.splitlines()) == found["size"]


def test_a_tampered_log_is_named_and_exits_1(cli: Any, tmp_path: Path) -> None:
    import apsw

    cli("start", "plan.yaml", "--id", "s")
    cli("do", "s", "enter", "mobilize", "--by", "lead")
    database = apsw.Connection(str(tmp_path / "campaignflow.db"))
    database.execute("UPDATE log SET leaf = CAST(replace(leaf, 'lead', 'mead') AS BLOB) WHERE seq = 2")
    database.close()
    (found,) = of(cli("audit", "verify", "--json", status=1))["campaigns"]
    assert (found["ok"], found["first_bad"]) == (False, 2)


def test_checking_says_how_windows_were_read(cli: Any) -> None:
    city = EXAMPLES / "civilised-city"
    (found,) = of(cli("check", city / "1-city.yaml", "--fill", city / "1-city.fill.yaml", "--json"))["files"]
    windows = {each["path"]: each for each in found["windows"]}
    assert windows["phases.mobilize.window"]["start"] == "2026-04-01T00:00:00+08:00"
    assert windows["phases.mobilize.window"]["end"] == "2026-04-08T00:00:00+08:00"
    assert found["problems"] == found["unresolved"] == []


def test_playing_and_simulating(cli: Any, tmp_path: Path) -> None:
    story = EXAMPLES / "tidy-shops.scenario.yaml"
    played = of(cli("play", story, "--keep", "kept.db", "--json"))
    assert set(played) == {"campaign", "plan", "state", "events", "expectations"}
    assert played["state"] == "accepted"
    assert all(each["held"] for each in played["expectations"])
    cli("play", story, "--keep", "kept.db", status=1)
    cli("do", played["campaign"], "enter", "advance", "--by", "council", "--store", "sqlite:///kept.db", status=1)
    results = of(cli("simulate", "plan.yaml", "-n", "4", "--seed", "3", "--jobs", "1", "--json"))
    assert (results["replications"], results["path"]) == (4, "reference")
    assert set(results["on_time"]) == {"p", "low", "high"}
    assert set(results["finish"]) == {"p50", "p80", "p95"}
    assert set(results["tasks"]["kick-off"]) == {"criticality", "start_p50", "finish_p50"}


def test_a_failed_expectation_exits_1(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "s.scenario.yaml").write_text(
        'scenario: 1\nplan: plan.yaml\nscript:\n  - {at: 2026-01-01 09:00, expect: "tasks.total == 7"}\n', "utf-8"
    )
    played = of(cli("play", "s.scenario.yaml", "--json", status=1))
    assert [each["held"] for each in played["expectations"]] == [False]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("scenario: 2\nplan: plan.yaml\nscript: []\n", "CF110"),
        ("scenario: 1\nplan: plan.yaml\nscrpt: []\n", "CF106"),
        ("scenario: 1\nplan: plan.yaml\nscript: [{at: never o'clock, do: settle}]\n", "CF301"),
        ("scenario: 1\nplan: plan.yaml\nscript: [{at: 2026-01-01, do: {entr: x}}]\n", "CF507"),
        ("scenario: 1\nplan: absent.yaml\nscript: []\n", "CF111"),
        ("[", "CF101"),
    ],
)
def test_a_bad_scenario_is_told_with_its_place(cli: Any, tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "s.scenario.yaml").write_text(text, "utf-8")
    found = of(cli("play", "s.scenario.yaml", "--json", status=1))
    assert code in {problem["code"] for problem in found["problems"]}


def test_new_plans_say_what_is_missing(cli: Any, tmp_path: Path) -> None:
    assert of(cli("new", "my-plan", "--json")) == {"file": "my-plan.yaml"}
    cli("new", "my-plan", status=1)
    cli("new", "No Id", status=2)
    (found,) = of(cli("check", "my-plan.yaml", "--json", status=1))["files"]
    assert {problem["severity"] for problem in found["problems"]} == {"gap"}
    assert "flowchart" in cli("diagram", "my-plan.yaml").stdout


def test_plugins_are_listed(cli: Any) -> None:
    found = of(cli("plugins", "list", "--json"))["plugins"]
    assert all(set(each) == {"name", "version", "hooks", "enabled", "error"} for each in found)
    assert "smtp" in {each["name"] for each in found}


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("check", "absent.yaml"), 1),
        (("start", "absent.yaml"), 1),
        (("status", "nobody"), 1),
        (("do", "nobody", "enter"), 1),
        (("do", "nobody", "enter", "x", "y"), 2),
        (("do", "nobody", "enter", "k={"), 2),
        (("nonsense",), 2),
        (("simulate", "absent.yaml"), 2),
        (("diagram", "nobody"), 1),
        (("status", "s", "--store", "sqlite:////proc/none/x.db"), 1),
        (("status", "s", "--store", "mysql://x"), 1),
    ],
)
def test_misuse_is_told_without_a_traceback(cli: Any, words: tuple[str, ...], status: int) -> None:
    assert "Traceback" not in cli(*words, status=status).output
