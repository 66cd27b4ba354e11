"""The plugin's settings: the table `[plugins.smtp]` of the host's `campaignflow.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from email.errors import HeaderParseError
from email.headerregistry import Address
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from attrs import Attribute, field, frozen

from campaignflow.hooks import Secret

__all__ = ["SmtpConfig", "check_address"]

Security = Literal["starttls", "tls", "none"]
_PORTS: Mapping[str, int] = MappingProxyType({"starttls": 587, "tls": 465, "none": 25})


def check_address(text: str) -> str:
    """The address itself, if it is one bare `name@host`.

    Raises:
        ValueError: it is not; the message repeats it escaped.

    >>> check_address("office@example.org")
    'office@example.org'
    >>> check_address("Office <office@example.org>, all@example.org")
    Traceback (most recent call last):
    ValueError: 'Office <office@example.org>, all@example.org' is no mail address: write one bare name@host
    """
    try:
        address = Address(addr_spec=text)
    except (HeaderParseError, ValueError, IndexError):
        address = None
    if address is None or not address.username or not address.domain or address.addr_spec != text or _unsafe(text):
        raise ValueError(f"{text!r} is no mail address: write one bare name@host")
    return text


def _unsafe(text: str) -> bool:
    return any(not each.isprintable() or each in ' <>,;"' for each in text)


def _address(_instance: Any, _attribute: Attribute[str], value: str) -> None:
    check_address(value)


def _addresses(_instance: Any, _attribute: Attribute[Any], value: Mapping[str, str]) -> None:
    for each in value.values():
        check_address(each)


def _port(_instance: Any, _attribute: Attribute[Any], value: int | None) -> None:
    if value is not None and not 0 < value < 65536:
        raise ValueError(f"'port' is {value}, where 1 to 65535 is due")


def _timeout(_instance: Any, _attribute: Attribute[float], value: float) -> None:
    if not 0 < value <= 600:
        raise ValueError(f"'timeout' is {value}, where seconds above 0 and up to 600 are due")


@frozen
class SmtpConfig:
    """Which server, how it is reached, who may be written to.

    Attributes:
        host: the server's name. port: its port; by default 587, 465 or 25, as `security` goes.
        sender: the address that mails come from.
        security: `starttls` (a server that does not offer it gets no mail), `tls` from the first byte, or `none`.
        username, password: where the server wants them; the password by reference, and never over an open connection.
        addresses: party (`unit` or `unit/member`) to address. A member without one gets the unit's mail. Nobody else is
            written to, but the destination that the host gave the channel.
        channels: channels that it answers for, beside those that the host's `[channels]` give to it.
        timeout: seconds for each step of the conversation.
        ca_file: certificates to trust instead of the system's.
        subject_prefix: put before each subject.
        local_hostname: how we greet the server; by default this host's name.

    >>> SmtpConfig("mail.example.org", "campaign@example.org").effective_port
    587
    """

    host: str
    sender: str = field(validator=_address)
    port: int | None = field(default=None, validator=_port)
    security: Security = "starttls"
    username: str | None = None
    password: Secret | None = None
    addresses: Mapping[str, str] = field(factory=dict, validator=_addresses)
    channels: tuple[str, ...] = ("mail",)
    timeout: float = field(default=20.0, validator=_timeout)
    ca_file: Path | None = None
    subject_prefix: str = ""
    local_hostname: str | None = None

    def __attrs_post_init__(self) -> None:
        if (self.username is None) != (self.password is None):
            raise ValueError("'username' and 'password' belong together: give both or neither")
        if self.password is not None and self.security == "none":
            raise ValueError("a password is never sent over an open connection: set 'security' to 'starttls' or 'tls'")

    @property
    def effective_port(self) -> int:
        """The port that is connected to."""
        return self.port if self.port is not None else _PORTS[self.security]

    def address_of(self, party: str) -> str | None:
        """A party's address: its own, else that of its unit.

        >>> config = SmtpConfig("h", "a@example.org", addresses={"north": "north@example.org"})
        >>> config.address_of("north/head"), config.address_of("south")
        ('north@example.org', None)
        """
        return self.addresses.get(party) or self.addresses.get(party.partition("/")[0])
