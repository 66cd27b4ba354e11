"""The host's configuration: read, checked, every mistake with its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest
from attrs import field, frozen

from campaignflow.errors import PlanError
from campaignflow.hooks import Channel, Policy, Secret, Settings

FULL = """
store = "sqlite:///drive.db"
allow = ["smtp"]
languages = ["zh", "en"]

[plugins.smtp]
host = "mail.example.org"
on-fault = "skip"
time-limit = 0.5

[channels.mail]
plugin = "smtp"
to = "office@example.org"
priority = "high"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "campaignflow.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(PlanError) as caught:
        Settings.load(written(folder, text))
    return [f"{problem.place.line}: {problem.code}: {problem.message}" for problem in caught.value.problems]


def test_a_file_is_read(tmp_path: Path) -> None:
    settings = Settings.load(written(tmp_path, FULL))
    assert (settings.store, settings.allow, settings.languages) == ("sqlite:///drive.db", ("smtp",), ("zh", "en"))
    assert settings.channel("mail") == Channel("mail", "smtp", "office@example.org", {"priority": "high"})
    assert settings.channel("other") == Channel("other")
    assert settings.policy("smtp") == Policy(on_fault="skip", time_limit=0.5)
    assert settings.tables["smtp"] == {"host": "mail.example.org"}


def test_nothing_needs_to_be_said(tmp_path: Path) -> None:
    settings = Settings.load(written(tmp_path, ""))
    assert settings == Settings(folder=tmp_path, file=str(tmp_path / "campaignflow.toml"))
    assert settings.policy("any") == Policy()


def test_every_mistake_is_listed_with_its_line(tmp_path: Path) -> None:
    top = 'stoer = "x"\nallow = "smtp"\n'
    assert mistakes(tmp_path, top) == [
        "1: CF106: unknown key 'stoer'; did you mean 'store'?",
        "2: CF107: 'allow' is a text, where a list is due",
    ]
    tables = '[plugins.smtp]\non-fault = "ignore"\ntime-limit = "1s"\n\n[channels.mail]\nplugin = 5\n'
    assert mistakes(tmp_path, tables) == [
        "2: CF107: [plugins.smtp] 'on-fault' is 'ignore', where one of 'refuse', 'skip' is due",
        "3: CF107: [plugins.smtp] 'time-limit' is a text, where a number is due",
        "6: CF107: [channels.mail] 'plugin' is a whole number, where a text is due",
    ]
    assert mistakes(tmp_path, "plugins = 5\n") == ["1: CF107: 'plugins' is a whole number, where a table is due"]
    assert mistakes(tmp_path, "[channels]\nmail = 5\n") == ["1: CF107: [channels.mail] is int, where a table is due"]


def test_values_that_events_cannot_hold_are_kept_as_text(tmp_path: Path) -> None:
    text = "[channels.mail]\na = nan\nb = 0.1\nc = [1, 07:30:00]\nd = {e = 2026-04-01}\n"
    options = Settings.load(written(tmp_path, text)).channel("mail").options
    assert options == {"a": "NaN", "b": "0.1", "c": (1, "07:30:00"), "d": {"e": date(2026, 4, 1)}}


def test_limits_are_above_zero(tmp_path: Path) -> None:
    (message,) = mistakes(tmp_path, "[plugins.smtp]\ntime-limit = 0\n")
    assert message.endswith("'time-limit' is a number of seconds above 0")


def test_what_is_no_toml_says_where(tmp_path: Path) -> None:
    (message,) = mistakes(tmp_path, 'store = "x"\nallow = [\n"a\n]')
    assert message.startswith("3: CF101: is no TOML")
    with pytest.raises(PlanError, match="cannot be read: No such file"):
        Settings.load(tmp_path / "missing.toml")


@frozen
class Inner:
    """Settings of a plugin."""

    host: str
    port: int = 587
    ratio: Decimal = Decimal(1)
    wait: float = 1.0
    security: Literal["tls", "none"] = "tls"
    password: Secret | None = None
    ca_file: Path | None = None
    names: tuple[str, ...] = ()
    addresses: Mapping[str, str] = field(factory=dict)


def test_a_plugins_settings_become_its_class(tmp_path: Path) -> None:
    text = """[plugins.own]
host = "h"
ratio = 0.1
wait = 2
security = "none"
password = "file:secret.txt"
ca-file = "ca.pem"
names = ["a"]
addresses = {"north/head" = "head@example.org"}
"""
    (tmp_path / "secret.txt").write_text("s3cret\n")
    made = Settings.load(written(tmp_path, text)).config("own", Inner)
    assert made == Inner(
        "h",
        ratio=Decimal("0.1"),
        wait=2.0,
        security="none",
        password=Secret("file:secret.txt", tmp_path),
        ca_file=tmp_path / "ca.pem",
        names=("a",),
        addresses={"north/head": "head@example.org"},
    )
    assert made.password is not None and made.password.reveal() == "s3cret"


def test_a_plugins_mistakes_are_listed_with_their_lines(tmp_path: Path) -> None:
    text = '[plugins.own]\nhots = "h"\nport = true\nsecurity = "ssl"\npassword = "hunter2"\n'
    text += 'names = "a"\naddresses = {a = 1}\n'
    settings = Settings.load(written(tmp_path, text))
    with pytest.raises(PlanError) as caught:
        settings.config("own", Inner)
    found = [(problem.place.line, problem.message.removeprefix("[plugins.own] ")) for problem in caught.value.problems]
    assert "hunter2" not in str(caught.value) + "".join(each.render() for each in caught.value.problems)
    secret = found.pop(4)
    assert secret[0] == 5 and "env:NAME" in secret[1]
    assert found == [
        (1, "'host' is missing"),
        (2, "unknown key 'hots'; did you mean 'host'?"),
        (3, "'port' is true or false, where a whole number is due"),
        (4, "'security' is 'ssl', where one of 'tls', 'none' is due"),
        (6, "'names' is a text, where a list is due"),
        (7, "'addresses' is a whole number, where a text is due"),
    ]


def test_a_secret_is_read_when_it_is_used_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CF_TEST_CANARY", "canary-4711")
    secret = Secret("env:CF_TEST_CANARY")
    assert secret.reveal() == "canary-4711"
    assert "canary-4711" not in repr(secret) + str(secret)
    monkeypatch.delenv("CF_TEST_CANARY")
    with pytest.raises(LookupError, match="no variable 'CF_TEST_CANARY'"):
        secret.reveal()
    with pytest.raises(LookupError, match="cannot be read"):
        Secret("file:none", tmp_path).reveal()
    with pytest.raises(ValueError, match="never written here") as caught:
        Secret("hunter2")
    assert "hunter2" not in str(caught.value)
