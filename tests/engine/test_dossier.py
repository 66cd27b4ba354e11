"""Files that come with commands."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from campaignflow.engine import File
from campaignflow.engine.dossier import take_files
from campaignflow.errors import BadCommand

CONTENT = b"present: all\n"
SHA256 = hashlib.sha256(CONTENT)


def test_a_file_becomes_what_an_event_can_hold(tmp_path: Path) -> None:
    path = tmp_path / "kick-off minutes.pdf"
    path.write_bytes(CONTENT)
    fields, blobs = take_files("task.submit", "kick-off", {"evidence": [File(path)], "text": "done"})
    document = {"name": "kick-off minutes.pdf", "sha256": SHA256.hexdigest(), "size": len(CONTENT)}
    assert fields == {"evidence": [document], "text": "done"}
    assert blobs == {SHA256.digest(): CONTENT}


def test_in_a_mapping_the_key_is_the_documents_id() -> None:
    fields, _ = take_files(
        "task.submit", "x", {"evidence": {"minutes": File(name="a.pdf", content=CONTENT), "plan": "p"}}
    )
    assert fields["evidence"]["minutes"]["id"] == "minutes"
    assert fields["evidence"]["plan"] == "p"


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\x", "a" * 255, "evil\u202efdp.exe"])
def test_a_name_is_only_metadata(name: str) -> None:
    fields, _ = take_files("file", "x", {"file": File(name=name, content=CONTENT)})
    assert fields["file"]["name"] == name
    assert fields["file"]["sha256"] == SHA256.hexdigest()


@pytest.mark.parametrize("name", ["", "a" * 256, "a\0b", "\udce4"])
def test_a_name_that_is_no_text_is_refused(name: str) -> None:
    with pytest.raises(BadCommand, match="file"):
        take_files("file", "x", {"file": File(name=name, content=CONTENT)})


def test_a_missing_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadCommand, match=r"'minutes\.pdf': No such file"):
        take_files("task.submit", "x", {"evidence": File(tmp_path / "minutes.pdf")})


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with path.open("wb") as stream:
        stream.truncate(10_000_000_000)
    with pytest.raises(BadCommand, match="larger than the 1,000 bytes"):
        take_files("task.submit", "x", {"evidence": File(path)}, largest=1_000)


def test_a_file_has_a_path_or_a_content() -> None:
    with pytest.raises(TypeError, match="a path or a content"):
        File()
    with pytest.raises(TypeError, match="a path or a content"):
        File("x", content=b"")
    with pytest.raises(TypeError, match="needs a name"):
        File(content=b"")
