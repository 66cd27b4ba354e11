"""Notifications of campaignflow by mail: one plugin, `Smtp`, and its settings."""

from campaignflow_smtp.config import SmtpConfig
from campaignflow_smtp.plugin import Smtp

__all__ = ["Smtp", "SmtpConfig"]
