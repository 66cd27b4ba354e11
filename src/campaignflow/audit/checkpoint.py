"""Checkpoints: a log's size and root, signed, as text that anybody can keep and check elsewhere.

The forms are those of transparency logs, so that other tools read them: C2SP signed-note (c2sp.org/signed-note) with
Ed25519 (RFC 8032), C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint) for what is signed, and for keys the texts of
Go's `golang.org/x/mod/sumdb/note`. Signing and checking need the extra `proof`; parsing does not.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from campaignflow.audit.merkle import HASH_SIZE
from campaignflow.errors import AuditError, MissingExtra

__all__ = [
    "Checkpoint",
    "Note",
    "SigningKey",
    "VerifyingKey",
    "open_checkpoint",
    "open_note",
    "origin_of",
    "sign",
    "sign_text",
]

_ED25519 = b"\x01"
_KEY_SIZE = 32
_SIGNATURE_SIZE = 64
_MAX_SIGNATURES = 100
_MAX_NOTE = 1_000_000
_DASH = "\u2014 "
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_PRIVATE = "PRIVATE+KEY+"


# ---------------------------------------------------------------------------------------------------------------- keys
@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """The public half of a key; `str()` gives its text `NAME+ID+BASE64`, to be handed out freely.

    Attributes:
        name: whose key it is, best a URL without scheme; no spaces, no `+`.
        public: the 32 bytes of the Ed25519 public key.

    >>> key = VerifyingKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    >>> key.name, key.id
    ('example.com/foo', '530d903a')
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public) != _KEY_SIZE:
            raise AuditError(f"an Ed25519 public key has {_KEY_SIZE} bytes, not {len(self.public)}")

    @property
    def id(self) -> str:
        """The key's short id: 8 hexadecimal digits over name, algorithm and key. It identifies, it does not protect."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).hexdigest()[:8]

    def __str__(self) -> str:
        return f"{self.name}+{self.id}+{_text(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> VerifyingKey:
        """The key of a text `NAME+ID+BASE64`.

        Raises:
            AuditError: no such text, another algorithm than Ed25519, or an id that is not this key's.
        """
        name, identity, public = _key_parts(text.strip(), "verifier key", "NAME+ID+BASE64")
        return _checked_id(cls(name, public), identity)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Did this key sign the message?

        Raises:
            MissingExtra: the extra `proof` is not installed.
        """
        ed25519 = _ed25519()
        from cryptography.exceptions import InvalidSignature  # the line above has seen that it is there

        try:
            ed25519.Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):  # ValueError: bytes that are no point of the curve
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The secret half of a key. `repr` hides it; `secret_text()` is what to keep, for the eyes of its owner only.

    Attributes:
        name: whose key it is.
        seed: 32 random bytes, from `secrets.token_bytes(32)`.
    """

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.seed) != _KEY_SIZE:
            raise AuditError(f"an Ed25519 seed has {_KEY_SIZE} bytes, not {len(self.seed)}")

    @property
    def verifying(self) -> VerifyingKey:
        """The public half."""
        return VerifyingKey(self.name, self._private().public_key().public_bytes_raw())

    def secret_text(self) -> str:
        """The text `PRIVATE+KEY+NAME+ID+BASE64`, which `parse` reads back."""
        return f"{_PRIVATE}{self.name}+{self.verifying.id}+{_text(_ED25519 + self.seed)}"

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """The key of a text `PRIVATE+KEY+NAME+ID+BASE64`.

        Raises:
            AuditError: no such text, another algorithm than Ed25519, or an id that is not this key's.
        """
        head, private, rest = text.strip().partition(_PRIVATE)
        if head or not private:
            raise AuditError(f"no signing key: its text begins with {_PRIVATE}")
        name, identity, seed = _key_parts(rest, "signing key", f"{_PRIVATE}NAME+ID+BASE64")
        key = cls(name, seed)
        _checked_id(key.verifying, identity)
        return key

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature of a message: 64 bytes, always the same ones for the same message.

        Raises:
            MissingExtra: the extra `proof` is not installed.
        """
        signature: bytes = self._private().sign(message)
        return signature

    def _private(self) -> Any:
        return _ed25519().Ed25519PrivateKey.from_private_bytes(self.seed)


def _ed25519() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise MissingExtra("proof", "signing and checking signatures") from None
    return ed25519


def _check_name(name: str) -> None:
    bad = [character for character in name if character.isspace() or character == "+" or ord(character) < 0x20]
    if not name or bad or not _is_text(name):
        raise AuditError(f"{name!r} is no key name: not empty, no spaces, no '+'; best a URL without scheme")


def _key_parts(text: str, what: str, form: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)  # the base64 of the key may hold a `+`, too
    if len(parts) != 3 or not re.fullmatch(r"[0-9a-f]{8}", parts[1]):
        raise AuditError(f"no {what}: its text has the form {form}")
    key = _bytes(parts[2], what)
    if key[:1] != _ED25519 or len(key) != 1 + _KEY_SIZE:
        raise AuditError(f"this {what} is not for Ed25519 (type 1 and {_KEY_SIZE} bytes): only that is read here")
    return parts[0], parts[1], key[1:]


def _checked_id(key: VerifyingKey, identity: str) -> VerifyingKey:
    if key.id != identity:
        raise AuditError(f"the key's id is {key.id}, and its text says {identity}: it was changed")
    return key


# --------------------------------------------------------------------------------------------------------------- notes
@dataclass(frozen=True, slots=True)
class Note:
    """A signed text whose signatures were checked.

    Attributes:
        text: what was signed, with its last newline.
        signers: the given keys that signed it, at least one, in the note's order.
    """

    text: str
    signers: tuple[VerifyingKey, ...]


def sign_text(text: str, *keys: SigningKey) -> str:
    """A signed note of this text.

    Raises:
        AuditError: no key, or a text that no note can hold (control characters, no newline at its end).
        MissingExtra: the extra `proof` is not installed.
    """
    _check_text(text)
    if not keys:
        raise AuditError("a note needs a key to sign it")
    if not text.endswith("\n"):
        raise AuditError("the text of a note ends with a newline")
    return f"{text}\n" + "".join(f"{_DASH}{key.name} {_signature(text, key)}\n" for key in keys)


def open_note(note: str, keys: Iterable[VerifyingKey]) -> Note:
    """The text of a note, if at least one of these keys signed it.

    Signatures of other keys say nothing here and are passed over. A signature of a given key that is wrong refuses
    the whole note.

    Raises:
        AuditError: the note is malformed, a known key's signature is wrong, or none of the keys signed it.
        MissingExtra: the extra `proof` is not installed.
    """
    text, signatures = _parts(note)
    known = _by_identity(keys)
    message, signers = text.encode(), list[VerifyingKey]()
    for name, identity, signature in signatures:
        key = known.get((name, identity))
        if key is None:
            continue
        if len(signature) != _SIGNATURE_SIZE or not key.verify(message, signature):
            raise AuditError(f"the signature of {name} ({identity}) does not fit the text: one of them was changed")
        if key not in signers:
            signers.append(key)
    if not signers:
        found = ", ".join(f"{name} ({identity})" for name, identity, _ in signatures)
        wanted = ", ".join(f"{key.name} ({key.id})" for key in known.values()) or "none"
        raise AuditError(f"signed by {found}; the keys given are {wanted}")
    return Note(text, tuple(signers))


def _signature(text: str, key: SigningKey) -> str:
    return _text(bytes.fromhex(key.verifying.id) + key.sign(text.encode()))


def _by_identity(keys: Iterable[VerifyingKey]) -> dict[tuple[str, str], VerifyingKey]:
    known: dict[tuple[str, str], VerifyingKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.id), key) != key:
            raise AuditError(f"two different keys both have the name {key.name} and the id {key.id}")
    return known


def _parts(note: str) -> tuple[str, list[tuple[str, str, bytes]]]:
    """The text, and each signature as (name, key id, bytes)."""
    _check_text(note)
    body, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise AuditError("no signed note: a text, an empty line, and lines of signatures, each ended by a newline")
    signatures = [_signature_line(line) for line in lines[:-1].split("\n")]
    if len(signatures) > _MAX_SIGNATURES:
        raise AuditError(f"more than {_MAX_SIGNATURES} signatures")
    return f"{body}\n", signatures


def _signature_line(line: str) -> tuple[str, str, bytes]:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise AuditError(f"no signature: {line[:60]!r} has not the form '{_DASH}NAME BASE64'")
    _check_name(name)
    signature = _bytes(encoded, "signature")
    if len(signature) <= 4:
        raise AuditError(f"the signature of {name} is too short")
    return name, signature[:4].hex(), signature[4:]


def _check_text(text: str) -> None:
    if len(text) > _MAX_NOTE:
        raise AuditError(f"a note of more than {_MAX_NOTE} characters")
    if any(character < " " and character != "\n" for character in text) or not _is_text(text):
        raise AuditError("a note holds no control characters but newlines, and only valid text")


# --------------------------------------------------------------------------------------------------------- checkpoints
@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One log at one size; `str()` gives the text that is signed.

    Attributes:
        origin: which log; see `origin_of`.
        size: number of its events.
        root: root hash of its tree at that size.
        extensions: further lines of the text, opaque; we write none.

    >>> print(Checkpoint("example.com/log/city-2026", 0, bytes(32)), end="")
    example.com/log/city-2026
    0
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = (self.origin, *self.extensions)
        if not all(lines) or any("\n" in line for line in lines):
            raise AuditError("a checkpoint's origin and its further lines are not empty, and one line each")
        if self.size < 0 or len(self.root) != HASH_SIZE:
            raise AuditError(f"a checkpoint has a size from 0 and a root of {HASH_SIZE} bytes")

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in (self.origin, self.size, _text(self.root), *self.extensions))

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint of a text that was signed.

        Raises:
            AuditError: no checkpoint's text.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() != "" or not all(lines):
            raise AuditError("no checkpoint: an origin, a size and a root, one line each")
        if not _SIZE.fullmatch(lines[1]):
            raise AuditError(f"{lines[1][:40]!r} is no size of a checkpoint")
        return cls(lines[0], int(lines[1]), _bytes(lines[2], "root"), tuple(lines[3:]))


def origin_of(name: str, campaign: str) -> str:
    """The origin of a campaign's log under a key's name; what a URL could not hold is percent-encoded.

    >>> origin_of("city.example/campaigns", "spring 2026+")
    'city.example/campaigns/spring%202026%2B'
    """
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
    return f"{name}/" + "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in campaign.encode())


def sign(checkpoint: Checkpoint, *keys: SigningKey) -> str:
    """The checkpoint as a signed note.

    Never sign two checkpoints of one log of which the smaller is not the beginning of the larger: who holds both can
    show that the log was rewritten.
    """
    return sign_text(str(checkpoint), *keys)


def open_checkpoint(note: str, keys: Iterable[VerifyingKey]) -> tuple[Checkpoint, Note]:
    """The checkpoint of a signed note, and who signed it.

    Raises:
        AuditError: as `open_note`, or a text that is no checkpoint.
    """
    opened = open_note(note, keys)
    return Checkpoint.parse(opened.text), opened


# -------------------------------------------------------------------------------------------------------------- base64
def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise AuditError(f"a {what} that is no base64") from None
    if _text(data) != text:  # spare bits set: a second text for the same bytes
        raise AuditError(f"a {what} that is no canonical base64")
    return data


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
