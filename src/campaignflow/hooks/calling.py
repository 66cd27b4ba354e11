"""One call of one plugin: timed, and every way to fail turned into words.

pluggy calls all implementations in a row and stops at the first exception; therefore we call each on its own.
"""

from __future__ import annotations

import contextvars
import inspect
import os
import threading
import weakref
from collections.abc import Callable
from decimal import Decimal
from queue import SimpleQueue
from time import perf_counter
from typing import Any, TypeVar

from attrs import define, field, frozen

from campaignflow.core.messages import Notification, Objection

__all__ = ["Failure", "Worker", "attempt", "in_words"]

T = TypeVar("T")

_LONGEST_CAUSE = 500
_AT_HAND = frozenset({type(None), str, bool, list, tuple, Decimal, Objection, Notification})


@frozen
class Failure:
    """A call that did not give a usable answer.

    Attributes:
        cause: what happened, in words. late: it passed its time limit. error: the exception, for the traceback.
    """

    cause: str
    late: bool = False
    error: BaseException | None = None


class _UnusableError(TypeError):
    """An answer of the wrong type; the message is the whole cause."""


class _OverrunError(Exception):
    """A worker did not answer in time; the message is the whole cause."""


def attempt(call: Callable[[], Any], limit: float, check: Callable[[Any], T]) -> T | Failure:
    """Call, time and check. All is caught but KeyboardInterrupt: a person's wish to stop is no plugin's fault.

    Args:
        call: the plugin's function with its arguments bound.
        limit: seconds; a later answer is not used.
        check: turns the answer into what we use, or raises `TypeError` or `ValueError` with the cause.

    >>> attempt(lambda: 1 / 0, 1.0, str).cause
    'ZeroDivisionError: division by zero'
    """
    begun = perf_counter()
    try:
        answer = call()
        taken = perf_counter() - begun
        answer = _at_hand(answer)
        if taken > limit:
            return Failure(f"answered after {taken:.3g} s; its limit is {limit:.3g} s", late=True)
        return check(answer)
    except KeyboardInterrupt:
        raise
    except _OverrunError as error:
        return Failure(str(error), late=True)
    except BaseException as error:
        return Failure(in_words(error), perf_counter() - begun > limit, error)


def in_words(error: BaseException) -> str:
    """An exception as the cause in a message: its kind and text, in one line of bounded length.

    >>> in_words(SystemExit(3))
    'SystemExit: 3'
    """
    try:
        text = " ".join(str(error)[: 2 * _LONGEST_CAUSE].split())
    except Exception:
        text = "(its text cannot be shown)"
    if isinstance(error, _UnusableError):
        return text
    kind = type(error).__name__
    return f"{kind}: {text}"[:_LONGEST_CAUSE] if text else kind


def unusable(answer: object, wanted: str) -> TypeError:
    """The error for an answer of the wrong type.

    >>> str(unusable(5, "None or a text"))
    'returned int, where None or a text is due'
    """
    return _UnusableError(f"returned {type(answer).__name__}, where {wanted} is due")


def _at_hand(answer: Any) -> Any:
    """Refuse what is not an answer yet; a coroutine is closed, or Python would warn that nobody awaited it."""
    if type(answer) in _AT_HAND:  # nearly always; the looks below are ten times as dear as the call
        return answer
    if inspect.iscoroutine(answer):
        answer.close()
        raise _UnusableError("returned a coroutine: hooks are plain functions, never async")
    if inspect.isawaitable(answer):
        raise _UnusableError(
            f"returned {type(answer).__name__}, which is awaitable: hooks are plain functions, never async"
        )
    if inspect.isgenerator(answer) or inspect.isasyncgen(answer):
        raise _UnusableError("returned a generator: return a list")
    return answer


@define(eq=False)
class _Call:
    """One call on its way through a worker, and its answer on the way back."""

    function: Callable[[], Any]
    done: threading.Event = field(factory=threading.Event)
    begun: float = field(factory=perf_counter)
    answer: Any = None
    error: BaseException | None = None

    def make(self) -> None:
        try:
            self.answer = self.function()
        except BaseException as error:
            self.error = error
        self.done.set()


class Worker:
    """A thread of its own for one plugin, so that a deadline can end the wait for it.

    The call itself can't be ended (nothing in Python can); until it returns, further calls of this plugin fail at once
    and no other plugin notices. One thread makes all calls, so a plugin may keep a database connection.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._process: int | None = None
        self._turn = threading.Lock()
        self._hanging: _Call | None = None
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()

    def run(self, function: Callable[[], Any], limit: float) -> Any:
        """What `function` returns or raises; after `limit` seconds we stop waiting for it."""
        self._ready()
        if not self._turn.acquire(timeout=limit):
            raise _OverrunError(f"was busy with other calls for {limit:.3g} s")
        try:
            self._refuse_while_hanging()
            call = _Call(_with_context(function))
            self._calls.put(call)
            if not call.done.wait(limit):
                self._hanging = call
                raise _OverrunError(f"did not return within {limit:.3g} s")
        finally:
            self._turn.release()
        if call.error is not None:
            raise call.error
        return call.answer

    def _ready(self) -> None:
        """Start the thread, at the first call and again in a forked child, where threads do not live on."""
        if self._process == os.getpid():
            return
        self._turn, self._hanging, self._calls = threading.Lock(), None, SimpleQueue()
        threading.Thread(target=_serve, args=(self._calls,), name=f"campaignflow-{self._name}", daemon=True).start()
        weakref.finalize(self, self._calls.put, None)
        self._process = os.getpid()

    def _refuse_while_hanging(self) -> None:
        if self._hanging is None:
            return
        if not self._hanging.done.is_set():
            since = perf_counter() - self._hanging.begun
            raise _OverrunError(f"has not returned from an earlier call for {since:.3g} s")
        self._hanging = None


def _with_context(function: Callable[[], Any]) -> Callable[[], Any]:
    """Log fields and traces that the caller bound are bound in the worker, too."""
    context = contextvars.copy_context()
    return lambda: context.run(function)


def _serve(calls: SimpleQueue[_Call | None]) -> None:
    while (call := calls.get()) is not None:
        call.make()
        del call  # or the last answer would live until the next call
