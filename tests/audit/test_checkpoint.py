"""Keys, signed notes and checkpoints: C2SP's own example, and everything that must not open."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from campaignflow.audit import (
    Checkpoint,
    SigningKey,
    VerifyingKey,
    leaf_hash,
    open_checkpoint,
    open_note,
    origin_of,
    sign,
    sign_text,
)
from campaignflow.errors import AuditError, MissingExtra

KEY = SigningKey("example.com/log", bytes(range(32)))
OTHER = SigningKey("example.com/other", bytes(range(1, 33)))
CHECKPOINT = Checkpoint("example.com/log/city", 20, leaf_hash(b"x"))
NOTE = sign(CHECKPOINT, KEY)

# The examples of c2sp.org/signed-note and of Go's sumdb/note, published with these keys.
C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def refused(note: str, *keys: VerifyingKey) -> bool:
    """Does this note stay shut?"""
    try:
        open_note(note, keys)
    except AuditError:
        return True
    return False


# ----------------------------------------------------------------------------------------------- other people's notes
def test_published_notes_open() -> None:
    assert open_note(C2SP_NOTE, [VerifyingKey.parse(C2SP_KEY)]).text == "This is an example message.\n"
    opened = open_note(GO_NOTE, [VerifyingKey.parse(GO_KEY)])
    assert (opened.text, opened.signers) == (GO_TEXT, (VerifyingKey.parse(GO_KEY),))


def test_a_published_private_key_signs_the_published_bytes() -> None:
    key = SigningKey.parse(GO_PRIVATE)
    assert str(key.verifying) == GO_KEY
    assert key.secret_text() == GO_PRIVATE
    assert sign_text(GO_TEXT, key) == GO_NOTE


@pytest.mark.skipif("CAMPAIGNFLOW_JUDGES" not in os.environ, reason="CAMPAIGNFLOW_JUDGES is not set")
def test_the_judges_note_opens() -> None:
    judge = Path(os.environ["CAMPAIGNFLOW_JUDGES"], "notes", "c2sp-signed-note-example.txt").read_bytes().decode()
    first, note = judge.split("\n", 1)
    assert (
        open_note(note, [VerifyingKey.parse(first.removeprefix("verifier key: "))]).text
        == "This is an example message.\n"
    )


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80])
def test_a_published_note_with_any_byte_changed_stays_shut(mask: int) -> None:
    key, stored = VerifyingKey.parse(C2SP_KEY), C2SP_NOTE.encode()
    for place in range(len(stored)):
        changed = bytes((*stored[:place], stored[place] ^ mask, *stored[place + 1 :]))
        assert refused(changed.decode("utf-8", "surrogateescape"), key), place
    for place in range(len(C2SP_NOTE)):
        assert refused(C2SP_NOTE[:place], key), "cut"
        assert refused(C2SP_NOTE[:place] + C2SP_NOTE[place + 1 :], key), "a character taken out"


# --------------------------------------------------------------------------------------------------------------- keys
def test_keys_read_back_from_their_texts() -> None:
    assert VerifyingKey.parse(f"{KEY.verifying}\n") == KEY.verifying
    assert SigningKey.parse(KEY.secret_text()) == KEY
    assert KEY.seed.hex() not in repr(KEY)
    assert "seed" not in repr(KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        C2SP_KEY.replace("530d903a", "530d903b"),
        C2SP_KEY.replace("530d903a", "530D903A"),
        C2SP_KEY.replace("foo", "fop"),
        C2SP_KEY[:-1],
        C2SP_KEY[:-1] + "l",
        C2SP_KEY.replace("+Ae", "+Be"),
        C2SP_KEY.replace("com/", "com /"),
        f"+{C2SP_KEY.split('+', 1)[1]}",
    ],
)
def test_a_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(AuditError):
        VerifyingKey.parse(text)
    with pytest.raises(AuditError):
        SigningKey.parse(f"PRIVATE+KEY+{text}")


def test_a_public_key_is_no_signing_key() -> None:
    with pytest.raises(AuditError, match="begins with"):
        SigningKey.parse(C2SP_KEY)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u3000b", "\ud800"])
def test_names_that_no_key_can_have(name: str) -> None:
    with pytest.raises(AuditError, match="no key name"):
        SigningKey(name, bytes(32))


def test_key_material_of_the_wrong_length() -> None:
    for make in (SigningKey, VerifyingKey):
        with pytest.raises(AuditError, match="32 bytes"):
            make("a", bytes(31))


# -------------------------------------------------------------------------------------------------------------- notes
def test_signatures_of_strangers_are_passed_over() -> None:
    both = sign(CHECKPOINT, OTHER, KEY)
    assert open_note(both, [KEY.verifying]).signers == (KEY.verifying,)
    assert open_note(both, [KEY.verifying, OTHER.verifying]).signers == (OTHER.verifying, KEY.verifying)


def test_nobody_known_has_signed() -> None:
    with pytest.raises(AuditError, match=r"signed by example\.com/log .*the keys given are example\.com/other"):
        open_note(NOTE, [OTHER.verifying])
    assert refused(NOTE)


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    line = NOTE.rpartition("\n\n")[2]
    forged = sign(CHECKPOINT, OTHER).rpartition("\n\n")[2]
    forged = forged.replace("other ", "log ")  # its id stays another's, so that nobody knows it
    assert not refused(NOTE + forged, KEY.verifying)
    wrong = sign(Checkpoint("example.com/log/city", 21, leaf_hash(b"x")), KEY).rpartition("\n\n")[2]
    assert refused(NOTE + wrong, KEY.verifying)
    assert not refused(NOTE + line, KEY.verifying)


def test_same_name_other_key() -> None:
    stranger = SigningKey(KEY.name, bytes(32))
    assert refused(sign(CHECKPOINT, stranger), KEY.verifying)


def test_two_different_keys_under_one_identity_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VerifyingKey, "id", "00000000")
    with pytest.raises(AuditError, match="two different keys"):
        open_note(NOTE, [KEY.verifying, SigningKey(KEY.name, bytes(32)).verifying])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "text\n",
        "text\n\n",
        NOTE.removesuffix("\n"),
        NOTE + "\n",
        NOTE + "more\n",
        NOTE.replace("— ", "- "),
        NOTE.replace("\n20\n", "\n20\r\n"),
        NOTE.replace("— example.com/log ", "— example.com/log  "),
        NOTE.replace("— example.com/log ", "—  "),
        NOTE.replace("city", "ci\ud800ty"),
        "text\n\n— example.com/log AAAA\n",
        "text\n\n" + "— example.com/x AAAAAAAA\n" * 101 + NOTE.rpartition("\n\n")[2],
        "x" * 1_000_001 + NOTE,
    ],
)
def test_malformed_notes_stay_shut(note: str) -> None:
    assert refused(note, KEY.verifying)


@pytest.mark.parametrize("text", ["no newline", "tab\there\n", "", "\ud800\n"])
def test_texts_that_no_note_can_hold(text: str) -> None:
    with pytest.raises(AuditError):
        sign_text(text, KEY)


def test_a_note_needs_a_key() -> None:
    with pytest.raises(AuditError, match="needs a key"):
        sign_text("text\n")


def test_a_text_with_empty_lines_is_split_at_the_last() -> None:
    note = sign_text("one\n\ntwo\n", KEY)
    assert open_note(note, [KEY.verifying]).text == "one\n\ntwo\n"


# -------------------------------------------------------------------------------------------------------- checkpoints
def test_a_checkpoint_goes_out_and_comes_back() -> None:
    checkpoint, note = open_checkpoint(NOTE, [KEY.verifying])
    assert checkpoint == CHECKPOINT
    assert note.signers == (KEY.verifying,)
    extended = Checkpoint("log", 1, bytes(32), ("opaque", "lines"))
    assert Checkpoint.parse(str(extended)) == extended


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n1\n",
        "log\n1\nAAAA\n",
        f"log\n01\n{'A' * 43}=\n",
        f"log\n-1\n{'A' * 43}=\n",
        f"log\n１\n{'A' * 43}=\n",
        f"log\n1\n{'A' * 42}B=\n",
        f"log\n1\n{'A' * 43}=",
        f"\n1\n{'A' * 43}=\n",
        f"log\n1\n{'A' * 43}=\n\nextension\n",
        f"log\n{'9' * 30}\n{'A' * 43}=\n",
    ],
)
def test_texts_that_are_no_checkpoint(text: str) -> None:
    with pytest.raises(AuditError):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "wrong", [("", 1, bytes(32)), ("a\nb", 1, bytes(32)), ("a", -1, bytes(32)), ("a", 1, bytes(31))]
)
def test_values_that_are_no_checkpoint(wrong: tuple[str, int, bytes]) -> None:
    with pytest.raises(AuditError):
        Checkpoint(*wrong)


def test_the_origin_names_exactly_one_campaign() -> None:
    assert origin_of("a", "文明") == "a/%E6%96%87%E6%98%8E"
    ids = ["a", "a/b", "a%2Fb", "a b", "A", "ä", "a+b", ".."]
    assert len({origin_of("log", each) for each in ids}) == len(ids)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    with pytest.raises(MissingExtra, match=r"campaignflow\[proof\]"):
        sign_text("text\n", KEY)
    with pytest.raises(MissingExtra, match=r"campaignflow\[proof\]"):
        open_note(C2SP_NOTE, [VerifyingKey.parse(C2SP_KEY)])
