"""Our own defaults: what they write, and what they do when it was written before."""

from __future__ import annotations

import hashlib
import io
import os
import unicodedata
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hooks.cases import notification, record

from campaignflow.errors import PluginError
from campaignflow.hooks import Console, JsonLines, Mailbox, Memory, Plugins, builtins, one_line

HOSTILE = "a\r\nBcc: everybody@example.org\x00\x1b[2J\u202e\u2028b"


def letter(path: Path) -> Any:
    return message_from_bytes(path.read_bytes(), policy=policy.SMTPUTF8)


def test_the_mailbox_writes_a_letter_that_says_everything(tmp_path: Path) -> None:
    text = "大会已核实。\nPlease read."
    message = notification(subject="动员大会", text=text, attachments=("minutes", "list"), language="zh")
    result = Plugins([Mailbox(tmp_path)]).deliver(message)
    (path,) = tmp_path.iterdir()
    assert result.ok and result.receipt == path.name
    assert path.name.startswith("city-000007-") and path.suffix == ".eml"
    read = letter(path)
    assert read["Subject"] == "动员大会" and read["Content-Language"] == "zh"
    assert read["To"] == "city-office:;" and read["From"] == "city:;"
    assert read["Date"].datetime.isoformat() == "2026-04-08T09:00:00+00:00"
    assert read["X-Campaignflow-Key"] == "city:7:1"
    assert read.get_all("X-Campaignflow-Document") == ["minutes", "list"]
    assert read.get_content().splitlines() == text.splitlines()
    assert "大会已核实" in path.read_text(encoding="utf-8")


def test_the_mailbox_delivers_once_for_a_key(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    for _ in range(3):
        assert Plugins([mailbox]).deliver(notification()).ok
    (path,) = tmp_path.iterdir()
    before = path.read_bytes()
    Plugins([mailbox]).deliver(notification(text="something else"))
    assert path.read_bytes() == before
    Plugins([mailbox]).deliver(notification(key="city:7:2"))
    assert len(list(tmp_path.iterdir())) == 2


def test_the_same_notification_is_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        Plugins([Mailbox(tmp_path / folder)]).deliver(notification())
    one, two = (next((tmp_path / folder).iterdir()) for folder in ("one", "two"))
    assert (one.name, one.read_bytes()) == (two.name, two.read_bytes())


def test_no_text_can_start_a_header(tmp_path: Path) -> None:
    fields = dict.fromkeys(("campaign", "recipient", "subject", "event", "key", "language", "channel"), HOSTILE)
    assert Plugins([Mailbox(tmp_path)]).deliver(notification(**fields, attachments=(HOSTILE,))).ok
    read = letter(next(tmp_path.iterdir()))
    assert read["Bcc"] is None
    assert "Bcc: everybody@example.org" in read["Subject"]


@pytest.mark.parametrize(
    "campaign", ["../../etc/passwd", "/etc/passwd", "a\x00b", "n" * 300, "\u202egnp.exe", "", "市"]
)
def test_no_name_leaves_the_folder(tmp_path: Path, campaign: str) -> None:
    folder = tmp_path / "mailbox"
    assert Plugins([Mailbox(folder)]).deliver(notification(campaign=campaign)).ok
    (path,) = folder.iterdir()
    assert path.name.isascii() and len(path.name) < 100
    assert list(tmp_path.iterdir()) == [folder]


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_any_text_makes_a_letter(tmp_path_factory: pytest.TempPathFactory, subject: str, text: str) -> None:
    folder = tmp_path_factory.mktemp("mailbox")
    assert Plugins([Mailbox(folder)]).deliver(notification(subject=subject, text=text)).ok
    assert letter(next(folder.iterdir())).get("X-Campaignflow-Key") == "city:7:1"


def test_a_failed_write_leaves_nothing_and_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    plugins = Plugins([Mailbox(tmp_path)])
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        result = plugins.deliver(notification())
    assert not result.ok and not result.permanent and "No space left on device" in result.reason
    assert list(tmp_path.iterdir()) == []
    assert plugins.deliver(notification()).ok


def test_the_console_prints_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Plugins([Console()]).deliver(notification(text="Line one.\nLine two."))
    assert capsys.readouterr().out == (
        "2026-04-08T09:00:00Z city → city-office [mail] Kick-off verified: Line one. Line two.\n"
    )


def test_the_console_escapes_what_cannot_be_seen() -> None:
    stream = io.StringIO()
    Plugins([Console(stream)]).deliver(notification(subject=HOSTILE))
    assert stream.getvalue().count("\n") == 1
    assert r"a\r\nBcc: everybody@example.org\x00\x1b[2J\u202e\u2028b" in stream.getvalue()


@given(st.text())
def test_one_line_shows_every_control_character(text: str) -> None:
    shown = one_line(text)
    assert not any(unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for each in shown)
    assert len(shown.splitlines()) <= 1


def test_memory_keeps_the_latest_by_key() -> None:
    memory = Memory(most=2)
    plugins = Plugins([memory])
    for key in ("a", "a", "b", "c"):
        assert plugins.deliver(notification(key=key)).ok
    assert list(memory.notifications) == ["b", "c"]


def test_builtins_are_what_the_host_asks_for(tmp_path: Path) -> None:
    stream = io.StringIO()
    plugins = Plugins(builtins(mailbox=tmp_path / "mail", console=stream, audit=tmp_path / "audit.jsonl"))
    assert sorted(each.name for each in plugins.describe()) == ["console", "json-lines", "mailbox"]
    assert plugins.deliver(notification()).plugin == "mailbox"
    assert plugins.deliver(notification(channel="console")).plugin == "console"
    assert list(plugins.sinks()) == ["json-lines"]
    assert all(each.version for each in plugins.describe())


def test_a_real_channel_goes_before_the_mailbox_whatever_the_order(tmp_path: Path) -> None:
    from tests.hooks.test_manager import Serves

    for order in ([Mailbox(tmp_path), Serves("pager", "mail")], [Serves("pager", "mail"), Mailbox(tmp_path)]):
        assert Plugins(order).deliver(notification()).plugin == "pager"


def lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_json_lines_keep_the_events_bytes(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "audit.jsonl"
    leaf = '{"by":"领导小组","seq":1,"type":"task.verified"}'.encode()
    leaf_hash = hashlib.sha256(b"\0" + leaf).hexdigest()
    Plugins([JsonLines(path)]).sinks()["json-lines"](record(1, leaf, leaf_hash))
    (line,) = path.read_bytes().splitlines()
    stored = line[line.index(b'"event":') + len(b'"event":') : -1]
    assert stored == leaf and hashlib.sha256(b"\0" + stored).hexdigest() == lines(path)[0]["leaf_hash"]
    assert list(lines(path)[0]) == ["position", "campaign", "seq", "leaf_hash", "event"]


@pytest.mark.parametrize("leaf", [b"\xff\x00", b'{"a":\n1}', b""])
def test_bytes_that_are_no_line_of_json_are_kept_all_the_same(tmp_path: Path, leaf: bytes) -> None:
    import base64

    sink = JsonLines(tmp_path / "audit.jsonl")
    sink.audit(record(1, leaf))
    assert base64.b64decode(lines(sink.path)[0]["event_base64"]) == leaf


def test_a_record_that_comes_again_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    first = JsonLines(path)
    for position in (1, 2, 2, 1, 3):
        first.audit(record(position))
    again = JsonLines(path)
    assert again.position == 3
    for position in (2, 3, 4):
        again.audit(record(position))
    assert [line["position"] for line in lines(path)] == [1, 2, 3, 4]


def test_two_writers_do_not_mix(tmp_path: Path) -> None:
    one, two = JsonLines(tmp_path / "audit.jsonl"), JsonLines(tmp_path / "audit.jsonl")
    for position in range(1, 9):
        (one if position % 3 else two).audit(record(position))
        (two if position % 3 else one).audit(record(position))
    assert [line["position"] for line in lines(one.path)] == list(range(1, 9))


def test_a_line_torn_at_any_byte_is_cut_off_and_written_again(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    sink = JsonLines(path, durable=False)
    for position in (1, 2, 3):
        sink.audit(record(position))
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        resumed = JsonLines(path, durable=False)
        assert resumed.position == whole[:size].count(b"\n")
        for position in (1, 2, 3):
            resumed.audit(record(position))
        assert path.read_bytes() == whole


def test_lines_longer_than_a_block_are_found_again(tmp_path: Path) -> None:
    leaf = orjson.dumps({"text": "x" * 200_000})
    sink = JsonLines(tmp_path / "audit.jsonl", durable=False)
    sink.audit(record(1, leaf))
    sink.audit(record(2, leaf))
    whole = sink.path.read_bytes()
    sink.path.write_bytes(whole + whole[:150_000])
    assert JsonLines(sink.path).position == 2
    assert sink.path.read_bytes() == whole


def test_the_log_of_another_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    JsonLines(path).audit(record(1))
    sink = Plugins([JsonLines(path)]).sinks()["json-lines"]
    with pytest.raises(PluginError, match="it is the log of another store"):
        sink(record(1, leaf_hash="f" * 64))
    path.write_text("dear diary\n")
    with pytest.raises(PluginError, match="its last line is no audit record"):
        sink(record(2))
    assert path.read_text() == "dear diary\n"


def test_a_full_disk_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "audit.jsonl"
    sink = JsonLines(path)
    sink.audit(record(1))
    real = os.write

    def half(handle: int, content: Any) -> int:
        if len(content) > 40:
            return real(handle, content[:40])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(OSError, match="No space left"):
            sink.audit(record(2))
    assert [line["position"] for line in lines(path)] == [1]
    sink.audit(record(2))
    assert [line["position"] for line in lines(path)] == [1, 2]
