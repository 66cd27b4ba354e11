"""What a hook may answer, and what it is turned into: nothing that a plugin returns is believed unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from attrs import evolve, fields

from campaignflow.core.events import Event
from campaignflow.core.messages import Notification, Objection
from campaignflow.hooks.calling import unusable
from campaignflow.hooks.values import DeliveryResult

__all__ = ["delivery", "nothing", "notifications", "number", "objections", "rows"]

_MOST = 1_000
_LONGEST = 100_000
_OBJECTION = "None, a text, an Objection or a list of these"
_NOTIFICATION = "None, a Notification or a list of them"
_DELIVERY = "None, True, False or a DeliveryResult"


def objections(plugin: str) -> Callable[[Any], tuple[Objection, ...]]:
    """A check of what `authorize` and `guard` answer; every objection says whose it is.

    >>> objections("office-hours")("closed")
    (Objection(guard='plugin:office-hours', text='closed'),)
    """
    guard = f"plugin:{plugin}"

    def check(answer: Any) -> tuple[Objection, ...]:
        return tuple(_objection(guard, each) for each in _several(answer, _OBJECTION))

    return check


def notifications(plugin: str, campaign: str, event: Event) -> Callable[[Any], tuple[Notification, ...]]:
    """A check of what `compose` answers. Where it comes from is set here, so that no key can clash or be forged."""

    def check(answer: Any) -> tuple[Notification, ...]:
        return tuple(
            evolve(
                _notification(each),
                key=f"{campaign}:{event.seq}:{plugin}.{number}",
                campaign=campaign,
                event=event.type,
                seq=event.seq,
                at=event.at,
                template=each.template or f"plugin:{plugin}",
            )
            for number, each in enumerate(_several(answer, _NOTIFICATION), 1)
        )

    return check


def delivery(answer: Any) -> DeliveryResult | None:
    """A check of what `deliver` answers.

    >>> delivery(True).ok, delivery(None), delivery(False).reason
    (True, None, 'the plugin said no, without a reason')
    """
    if answer is None or isinstance(answer, DeliveryResult):
        return None if answer is None else _delivery(answer)
    if answer is True:
        return DeliveryResult.delivered()
    if answer is False:
        return DeliveryResult.failed("the plugin said no, without a reason")
    raise unusable(answer, _DELIVERY)


def nothing(answer: Any) -> None:
    """A check of what `audit` answers."""
    if answer is not None:
        raise unusable(answer, "None")


def number(answer: Any) -> Decimal:
    """A check of what a scoring method returns: a finite Decimal or a whole number.

    >>> number(80)
    Decimal('80')
    """
    if isinstance(answer, int) and not isinstance(answer, bool):
        return Decimal(answer)
    if not isinstance(answer, Decimal):
        raise unusable(answer, "a Decimal (a float is not exact)" if isinstance(answer, float) else "a Decimal")
    if not answer.is_finite():
        raise ValueError(f"returned {answer}, which is not a finite number")
    return answer


def rows(answer: Any) -> tuple[tuple[str, ...], ...]:
    """A check of what a report section renders.

    >>> rows([["unit", "score"], ["north", 83]])
    (('unit', 'score'), ('north', '83'))
    """
    if not isinstance(answer, list | tuple) or not all(isinstance(row, list | tuple) for row in answer):
        raise unusable(answer, "a list of rows, each a list of texts,")
    return tuple(tuple(_sound(str(cell), "a cell") for cell in row) for row in answer)


def _several(answer: Any, wanted: str) -> tuple[Any, ...]:
    if answer is None:
        return ()
    if isinstance(answer, list | tuple):
        if len(answer) > _MOST:
            raise ValueError(f"returned {len(answer)} answers; {_MOST} is the most")
        return tuple(answer)
    if isinstance(answer, Mapping | set | frozenset | bool | int | float | bytes):
        raise unusable(answer, wanted)
    return (answer,)


def _objection(guard: str, answer: Any) -> Objection:
    text = answer.text if isinstance(answer, Objection) else answer
    if not isinstance(text, str):
        raise unusable(answer, _OBJECTION)
    if not text.strip():
        raise ValueError("returned an objection without a text: say why, or return None")
    return Objection(guard, _sound(text, "an objection"))


def _notification(answer: Any) -> Notification:
    if not isinstance(answer, Notification):
        raise unusable(answer, _NOTIFICATION)
    for each in ("recipient", "channel", "language", "subject", "text", "template"):
        value = getattr(answer, each)
        if not isinstance(value, str):
            raise ValueError(f"returned a notification whose {each} is {type(value).__name__}, where a text is due")
        _sound(value, f"a notification's {each}")
    if not answer.recipient or not answer.channel:
        raise ValueError("returned a notification without a recipient or a channel")
    attachments = answer.attachments
    if not isinstance(attachments, tuple | list) or not all(isinstance(each, str) for each in attachments):
        raise ValueError("returned a notification whose attachments are no list of document ids")
    return evolve(answer, attachments=tuple(attachments))


def _delivery(answer: DeliveryResult) -> DeliveryResult:
    types = {"ok": bool, "permanent": bool, "reason": str, "receipt": str}
    for each in fields(DeliveryResult):
        wanted = types.get(each.name)
        if wanted and not isinstance(getattr(answer, each.name), wanted):
            raise ValueError(f"returned a DeliveryResult whose {each.name} is no {wanted.__name__}")
    return evolve(answer, reason=answer.reason[:_LONGEST], receipt=answer.receipt[:_LONGEST])


def _sound(text: str, what: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(f"returned {what} of {len(text)} characters; {_LONGEST} is the most")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"returned {what} with a lone surrogate at character {error.start + 1}") from None
    return text
