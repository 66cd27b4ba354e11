"""The plugin: one conversation with the server for each notification."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

from campaignflow.core.messages import Notification
from campaignflow.hooks import Channel, DeliveryResult, hookimpl
from campaignflow_smtp.config import SmtpConfig, check_address
from campaignflow_smtp.letter import letter

__all__ = ["Smtp"]


class Smtp:
    """Delivers notifications by mail.

    Where a mail goes is the host's decision alone: to the party's address in the settings, else to the destination of
    the channel. The plan cannot name one.

    Args:
        config: the settings.
    """

    name = "smtp"
    version = "0.1.0"
    Config = SmtpConfig

    def __init__(self, config: SmtpConfig) -> None:
        self.config = config

    @hookimpl
    def deliver(self, notification: Notification, channel: Channel) -> DeliveryResult | None:
        """Send one mail. A second attempt sends the same bytes under the same Message-ID."""
        if channel.plugin != self.name and (channel.plugin is not None or channel.name not in self.config.channels):
            return None
        recipient = self.config.address_of(notification.recipient) or channel.to
        if recipient is None:
            where = f"[plugins.{self.name}.addresses] and [channels.{channel.name}]"
            return DeliveryResult.failed(f"no address for {notification.recipient!r} in {where}", permanent=True)
        try:
            mail = letter(notification, self.config.sender, check_address(recipient), self.config.subject_prefix)
        except ValueError as error:
            return DeliveryResult.failed(str(error), permanent=True)
        return self._send(mail)

    def _send(self, mail: EmailMessage) -> DeliveryResult:
        try:
            with self._connected() as server:
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = next(iter(error.recipients.values()))
            return _refused(code, reply)
        except smtplib.SMTPAuthenticationError as error:
            # permanent for the server, but not for us: the host may mend the password while the mail waits
            return DeliveryResult.failed(f"the server refused the login: {_reply(error.smtp_code, error.smtp_error)}")
        except smtplib.SMTPResponseException as error:
            return _refused(error.smtp_code, error.smtp_error)
        except ssl.SSLCertVerificationError as error:
            return DeliveryResult.failed(f"the server's certificate is not trusted: {error.verify_message}")
        except (OSError, smtplib.SMTPException, LookupError) as error:
            return DeliveryResult.failed(f"{self._server()}: {error or type(error).__name__}")
        return DeliveryResult.delivered(mail["Message-ID"])

    def _connected(self) -> smtplib.SMTP:
        """A greeted, secured and logged-in connection; closed again if any of it fails."""
        server = self._opened()
        try:
            if self.config.security == "starttls":
                server.starttls(context=self._trust())
            if self.config.username is not None and self.config.password is not None:
                server.login(self.config.username, self.config.password.reveal())
        except BaseException:
            server.close()
            raise
        return server

    def _opened(self) -> smtplib.SMTP:
        config = self.config
        if config.security == "tls":
            return smtplib.SMTP_SSL(
                config.host, config.effective_port, config.local_hostname, timeout=config.timeout, context=self._trust()
            )
        return smtplib.SMTP(config.host, config.effective_port, config.local_hostname, timeout=config.timeout)

    def _trust(self) -> ssl.SSLContext:
        """Certificates and names are always checked."""
        return ssl.create_default_context(cafile=str(self.config.ca_file) if self.config.ca_file else None)

    def _server(self) -> str:
        return f"{self.config.host}:{self.config.effective_port}"


def _refused(code: int, reply: bytes | str) -> DeliveryResult:
    """5xx is the server's last word, everything else may pass later (RFC 5321, 4.2.1)."""
    return DeliveryResult.failed(f"the server refused the mail: {_reply(code, reply)}", permanent=500 <= code <= 599)


def _reply(code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(text.split())[:200]}"
