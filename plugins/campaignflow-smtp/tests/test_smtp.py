"""Mails through a real SMTP server: open, STARTTLS and TLS; every kind of refusal; no header but ours."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from campaignflow_smtp import Smtp, SmtpConfig
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.core.messages import Notification
from campaignflow.errors import PlanError
from campaignflow.hooks import Plugins, Secret, Settings, installed

# aiosmtpd itself warns about its own future and about logins on connections that we leave open on purpose
pytestmark = [pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:aiosmtpd")]

SENDER = "campaign@example.org"
ADDRESSES = {"city-office": "office@example.org", "leading-group/head": "head@example.org"}
HOSTILE = "late\r\nBcc: everybody@example.org\r\n\r\nanother body\x00\u2028"


def notification(**changes: Any) -> Notification:
    fields: dict[str, Any] = {
        "key": "city:7:1",
        "campaign": "city",
        "event": "task.verified",
        "seq": 7,
        "recipient": "city-office",
        "channel": "mail",
        "language": "zh",
        "subject": "动员大会已核实",
        "text": "大会已核实。\nPlease read.",
        "at": 1_775_638_800_000_000,
    }
    return Notification(**(fields | changes))


class Inbox:
    """What the server got, and what it answers."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.envelopes: list[Any] = []
        self.rcpt = self.data = ""
        self.logins: list[bytes] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data:
            return self.data
        self.envelopes.append(envelope)
        self.mails.append(message_from_bytes(envelope.original_content, policy=policy.SMTP))
        return "250 OK"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append(data.password)
        return AuthResult(success=data.password == b"canary-4711", handled=False)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def free_port() -> int:
    """A port that nobody listens at; the controller cannot choose one by itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def serve(inbox: Inbox, port: int | None = None, **options: Any) -> Iterator[Controller]:
    controller = Controller(inbox, hostname="127.0.0.1", port=port or free_port(), **options)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def open_server(inbox: Inbox) -> Iterator[Controller]:
    yield from serve(inbox)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of our own authority for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*form))
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*certificate)
    return made


def config(server: Controller, **changes: Any) -> SmtpConfig:
    fields: dict[str, Any] = {"security": "none", "addresses": ADDRESSES, "timeout": 5.0, "local_hostname": "localhost"}
    return SmtpConfig("127.0.0.1", SENDER, server.port, **(fields | changes))


def test_a_mail_arrives_as_it_was_meant(open_server: Controller, inbox: Inbox) -> None:
    plugins = Plugins([Smtp(config(open_server, subject_prefix="[city] "))])
    result = plugins.deliver(notification(attachments=("minutes", "list")))
    (mail,) = inbox.mails
    assert result.ok and result.plugin == "smtp" and result.receipt == mail["Message-ID"]
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, "office@example.org", "[city] 动员大会已核实")
    assert mail["Date"].datetime.isoformat() == "2026-04-08T09:00:00+00:00"
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "zh")
    assert mail.get_content().splitlines() == ["大会已核实。", "Please read.", "", "Documents: minutes, list"]
    assert inbox.envelopes[0].rcpt_tos == ["office@example.org"]
    assert inbox.envelopes[0].mail_from == SENDER


def test_a_second_attempt_is_the_same_mail(open_server: Controller, inbox: Inbox) -> None:
    for _ in range(2):
        assert Plugins([Smtp(config(open_server))]).deliver(notification()).ok
    one, two = inbox.envelopes
    assert one.original_content == two.original_content
    Plugins([Smtp(config(open_server))]).deliver(notification(key="city:7:2"))
    assert inbox.mails[2]["Message-ID"] != inbox.mails[0]["Message-ID"]


def test_no_text_becomes_a_header(open_server: Controller, inbox: Inbox) -> None:
    hostile = dict.fromkeys(("key", "event", "subject", "language", "campaign"), HOSTILE)
    assert Plugins([Smtp(config(open_server))]).deliver(notification(**hostile, attachments=(HOSTILE,))).ok
    (mail,) = inbox.mails
    assert mail["Bcc"] is None and "Bcc: everybody" in mail["Subject"]
    assert inbox.envelopes[0].rcpt_tos == ["office@example.org"]
    assert mail.get_content().startswith("大会已核实。")


def test_a_text_cannot_end_the_mail_early(open_server: Controller, inbox: Inbox) -> None:
    text = "one\r\n.\r\nMAIL FROM:<evil@example.org>\r\n..\nend"
    assert Plugins([Smtp(config(open_server))]).deliver(notification(text=text)).ok
    (mail,) = inbox.mails
    assert mail.get_content().splitlines() == ["one", ".", "MAIL FROM:<evil@example.org>", "..", "end"]


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_any_text_makes_a_mail_of_our_headers(subject: str, text: str) -> None:
    from campaignflow_smtp.letter import letter

    made = letter(notification(subject=subject, text=text), SENDER, "office@example.org")
    read = message_from_bytes(made.as_bytes(), policy=policy.SMTP)
    assert sorted(read.keys()) == sorted(made.keys())
    assert read["To"] == "office@example.org" and not read.defects


@pytest.mark.parametrize(
    ("party", "address"),
    [("city-office", "office"), ("city-office/liaison", "office"), ("leading-group/head", "head"), ("nobody", "desk")],
)
def test_who_is_written_to_is_the_hosts_decision(
    open_server: Controller, inbox: Inbox, party: str, address: str
) -> None:
    settings = Settings.of({"channels": {"mail": {"plugin": "smtp", "to": "desk@example.org"}}})
    assert Plugins([Smtp(config(open_server))], settings).deliver(notification(recipient=party)).ok
    assert inbox.envelopes[0].rcpt_tos == [f"{address}@example.org"]


def test_a_party_without_an_address_gets_nothing(open_server: Controller, inbox: Inbox) -> None:
    result = Plugins([Smtp(config(open_server))]).deliver(notification(recipient="evil@example.org"))
    assert not result.ok and result.permanent and not inbox.mails
    assert result.reason == ("no address for 'evil@example.org' in [plugins.smtp.addresses] and [channels.mail]")


def test_a_destination_that_is_no_address_is_refused(open_server: Controller, inbox: Inbox) -> None:
    settings = Settings.of({"channels": {"mail": {"plugin": "smtp", "to": "a@b.c, d@e.f"}}})
    result = Plugins([Smtp(config(open_server))], settings).deliver(notification(recipient="nobody"))
    assert result.permanent and "is no mail address" in result.reason and not inbox.mails


def test_it_answers_only_for_its_channels(open_server: Controller, inbox: Inbox) -> None:
    plugin = Smtp(config(open_server))
    assert "no plugin answers" in Plugins([plugin]).deliver(notification(channel="pager")).reason
    routed = Settings.of({"channels": {"pager": {"plugin": "smtp"}}})
    assert Plugins([plugin], routed).deliver(notification(channel="pager")).ok
    taken = Settings.of({"channels": {"mail": {"plugin": "other"}}})
    assert not Plugins([plugin], taken).deliver(notification()).ok
    assert len(inbox.mails) == 1


@pytest.mark.parametrize(
    ("where", "reply", "permanent"),
    [
        ("rcpt", "550 no such mailbox", True),
        ("rcpt", "450 mailbox busy", False),
        ("data", "554 looks like spam", True),
        ("data", "451 try later", False),
    ],
)
def test_the_servers_no_is_final_or_not(
    open_server: Controller, inbox: Inbox, where: str, reply: str, permanent: bool
) -> None:
    setattr(inbox, where, reply)
    result = Plugins([Smtp(config(open_server))]).deliver(notification())
    assert (result.ok, result.permanent) == (False, permanent)
    assert result.reason == f"the server refused the mail: {reply}"


def test_a_server_that_is_away_is_tried_again(inbox: Inbox) -> None:
    port = free_port()
    plugins = Plugins([Smtp(SmtpConfig("127.0.0.1", SENDER, port, security="none", addresses=ADDRESSES))])
    result = plugins.deliver(notification())
    assert (result.ok, result.permanent) == (False, False) and "refused" in result.reason
    for _ in serve(inbox, port):
        assert plugins.deliver(notification()).ok


def test_a_server_that_says_nothing_ends_at_the_timeout() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        made = SmtpConfig(
            "127.0.0.1", SENDER, silent.getsockname()[1], security="none", addresses=ADDRESSES, timeout=0.2
        )
        result = Plugins([Smtp(made)]).deliver(notification())
    assert (result.ok, result.permanent) == (False, False) and "timed out" in result.reason


def test_a_server_that_hangs_up_is_tried_again() -> None:
    with socket.socket() as rude:
        rude.bind(("127.0.0.1", 0))
        rude.listen()
        thread = threading.Thread(target=lambda: rude.accept()[0].close())
        thread.start()
        made = SmtpConfig("127.0.0.1", SENDER, rude.getsockname()[1], security="none", addresses=ADDRESSES, timeout=5)
        result = Plugins([Smtp(made)]).deliver(notification())
        thread.join()
    assert (result.ok, result.permanent) == (False, False)


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Secret:
    monkeypatch.setenv("SMTP_TEST_PASSWORD", "canary-4711")
    return Secret("env:SMTP_TEST_PASSWORD")


@pytest.fixture
def starttls_server(inbox: Inbox, context: ssl.SSLContext) -> Iterator[Controller]:
    yield from serve(
        inbox,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=inbox.login,
    )


def test_starttls_with_login(
    starttls_server: Controller, inbox: Inbox, certificate: tuple[Path, Path], secret: Secret
) -> None:
    made = config(starttls_server, security="starttls", username="campaign", password=secret, ca_file=certificate[0])
    assert Plugins([Smtp(made)]).deliver(notification()).ok
    assert inbox.logins == [b"canary-4711"] and len(inbox.mails) == 1


def test_a_wrong_password_is_tried_again_and_never_shown(
    starttls_server: Controller,
    certificate: tuple[Path, Path],
    secret: Secret,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SMTP_TEST_PASSWORD", "canary-0815")
    made = config(starttls_server, security="starttls", username="campaign", password=secret, ca_file=certificate[0])
    result = Plugins([Smtp(made)]).deliver(notification())
    assert (result.ok, result.permanent) == (False, False)
    assert result.reason.startswith("the server refused the login: 535")
    assert "canary" not in result.reason + repr(made) + caplog.text


def test_a_missing_secret_is_tried_again(starttls_server: Controller, certificate: tuple[Path, Path]) -> None:
    made = config(
        starttls_server,
        security="starttls",
        username="campaign",
        password=Secret("env:SMTP_TEST_NOT_SET"),
        ca_file=certificate[0],
    )
    result = Plugins([Smtp(made)]).deliver(notification())
    assert not result.permanent and "SMTP_TEST_NOT_SET" in result.reason


def test_tls_from_the_first_byte(inbox: Inbox, context: ssl.SSLContext, certificate: tuple[Path, Path]) -> None:
    for server in serve(inbox, ssl_context=context):
        made = config(server, security="tls", ca_file=certificate[0])
        assert Plugins([Smtp(made)]).deliver(notification()).ok
    assert len(inbox.mails) == 1


def test_an_unknown_certificate_is_not_trusted(starttls_server: Controller, inbox: Inbox) -> None:
    result = Plugins([Smtp(config(starttls_server, security="starttls"))]).deliver(notification())
    assert (result.ok, result.permanent) == (False, False)
    assert "certificate is not trusted" in result.reason and not inbox.mails


def test_a_certificate_for_another_name_is_not_trusted(
    starttls_server: Controller, inbox: Inbox, certificate: tuple[Path, Path]
) -> None:
    made = SmtpConfig("localhost", SENDER, starttls_server.port, addresses=ADDRESSES, ca_file=certificate[0], timeout=5)
    result = Plugins([Smtp(made)]).deliver(notification())
    assert "certificate is not trusted" in result.reason and not inbox.mails


def test_starttls_is_never_given_up_silently(open_server: Controller, inbox: Inbox) -> None:
    result = Plugins([Smtp(config(open_server, security="starttls"))]).deliver(notification())
    assert not result.ok and "STARTTLS" in result.reason and not inbox.mails


@pytest.mark.parametrize(
    "address",
    ["", "office", "office@", "@example.org", "a@b@c", "Office <office@example.org>", "a@example.org,b@example.org",
     "a@example.org\r\nBcc: b@example.org", "a b@example.org", "a@example.org\x00"],
)  # fmt: skip
def test_what_is_no_address_is_refused_when_it_is_read(address: str) -> None:
    with pytest.raises(ValueError, match="is no mail address"):
        SmtpConfig("h", address)
    with pytest.raises(ValueError, match="is no mail address"):
        SmtpConfig("h", SENDER, addresses={"city-office": address})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"host": "h"}, "'sender' is missing"),
        ({"host": "h", "sender": SENDER, "prot": 25}, "unknown key 'prot'; did you mean 'port'?"),
        ({"host": "h", "sender": SENDER, "port": 0}, "where 1 to 65535 is due"),
        ({"host": "h", "sender": SENDER, "timeout": 0}, "seconds above 0"),
        ({"host": "h", "sender": SENDER, "security": "ssl"}, "one of 'starttls', 'tls', 'none' is due"),
        ({"host": "h", "sender": SENDER, "password": "hunter2"}, "env:NAME"),
        ({"host": "h", "sender": SENDER, "username": "me"}, "give both or neither"),
        (
            {"host": "h", "sender": SENDER, "username": "me", "password": "env:X", "security": "none"},
            "never sent over an open connection",
        ),
    ],
)
def test_settings_are_checked(table: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError) as caught:
        Plugins([Smtp], Settings.of({"plugins": {"smtp": table}}))
    assert message in str(caught.value) and "hunter2" not in str(caught.value)


def test_it_is_found_by_its_entry_point(open_server: Controller, inbox: Inbox) -> None:
    table = {
        "host": "127.0.0.1",
        "port": open_server.port,
        "sender": SENDER,
        "security": "none",
        "addresses": {"city-office": "office@example.org"},
    }
    settings = Settings.of({"allow": ["smtp"], "plugins": {"smtp": table}, "channels": {"mail": {"plugin": "smtp"}}})
    plugins = Plugins(installed(settings.allow), settings)
    (info,) = plugins.describe()
    assert (info.name, info.version, info.hooks, info.enabled) == ("smtp", "0.1.0", ("deliver",), True)
    assert plugins.deliver(notification()).ok and len(inbox.mails) == 1


def test_without_settings_it_says_what_it_needs_and_warns_nobody(caplog: pytest.LogCaptureFixture) -> None:
    (info,) = Plugins(installed(["smtp"])).describe()
    assert caplog.records == []
    assert not info.enabled and info.error is not None
    assert "'host' is missing" in info.error and "'sender' is missing" in info.error
