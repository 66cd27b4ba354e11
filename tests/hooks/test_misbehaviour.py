"""Every hook × every misbehaviour: the stated outcome, and no harm to another plugin."""

from __future__ import annotations

import logging
import threading
import time
from decimal import Decimal
from typing import Any

import pytest
from tests.hooks.cases import EVENT, ITEMS, MOVE, VIEW, Bad, Good, call, notification, record

from campaignflow.core.messages import ScoringMethod
from campaignflow.errors import PluginError
from campaignflow.hooks import Plugins, Settings, hookimpl

LIMIT = 0.02
CAUSES = {
    "raise": "RuntimeError: boom",
    "exit": "SystemExit: 3",
    "wrong type": "returned int, where",
    "coroutine": "returned a coroutine: hooks are plain functions, never async",
    "generator": "returned a generator: return a list",
    "slow": "its limit is 0.02 s",
}
"""Only the slow one has the short limit: on a busy machine a good plugin must not seem late."""


def settings_for(name: str, how: str = "slow", **more: Any) -> Settings:
    """The host's settings for one plugin: a short limit where it is to be slow."""
    limits = {"time-limit": LIMIT, "effect-limit": LIMIT} if how == "slow" else {}
    return Settings.of({"plugins": {name: limits | more}})


DECISIONS = ("authorize", "guard", "compose")


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)


@pytest.mark.parametrize("how", CAUSES)
@pytest.mark.parametrize("hook", DECISIONS)
def test_a_failed_decision_hook_refuses_and_names_itself(hook: str, how: str) -> None:
    good = Good()
    plugins = Plugins([good, Bad(how)], settings_for("bad", how))
    with pytest.raises(PluginError) as caught:
        call(plugins, hook)
    assert (caught.value.plugin, caught.value.hook) == ("bad", hook)
    assert CAUSES[how] in caught.value.cause
    assert [(fault.plugin, fault.hook, fault.outcome) for fault in plugins.faults()] == [("bad", hook, "refused")]


@pytest.mark.parametrize("how", CAUSES)
@pytest.mark.parametrize("hook", DECISIONS)
def test_a_skipped_plugin_is_recorded_and_others_are_heard(
    hook: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    plugins = Plugins([Good(), Bad(how)], settings_for("bad", how, **{"on-fault": "skip"}))
    assert call(plugins, hook) == call(Plugins([Good()]), hook)
    (fault,) = plugins.faults()
    assert (fault.plugin, fault.hook, fault.outcome) == ("bad", hook, "skipped")
    assert CAUSES[how] in fault.cause
    assert "bad" in caplog.text and hook in caplog.text
    (info,) = [each for each in plugins.describe() if each.name == "bad"]
    assert info.error is not None and CAUSES[how] in info.error


@pytest.mark.parametrize("how", CAUSES)
def test_a_failed_delivery_is_a_result_that_says_so(how: str) -> None:
    plugins = Plugins([Bad(how)], settings_for("bad", how))
    result = plugins.deliver(notification())
    assert not result.ok and not result.permanent
    assert "plugin 'bad': " in result.reason
    assert (CAUSES[how] if how != "slow" else "did not return within 0.02 s") in result.reason


@pytest.mark.parametrize("how", CAUSES)
def test_a_failed_delivery_does_not_keep_another_plugin_from_it(how: str) -> None:
    result = Plugins([Good(), Bad(how)], settings_for("bad", how)).deliver(notification())
    assert result.ok and result.plugin == "good"


@pytest.mark.parametrize("how", CAUSES)
def test_a_failed_sink_raises_for_itself_only(how: str) -> None:
    good = Good()
    sinks = Plugins([good, Bad(how)], settings_for("bad", how)).sinks()
    with pytest.raises(PluginError) as caught:
        sinks["bad"](record(1))
    assert (caught.value.plugin, caught.value.hook) == ("bad", "audit")
    sinks["good"](record(1))
    assert good.asked == ["audit 1"]


@pytest.mark.parametrize("hook", ["guard", "compose"])
def test_arguments_of_decisions_cannot_be_spoilt(hook: str) -> None:
    before = (repr(MOVE), repr(EVENT))
    with pytest.raises(PluginError, match="immutable"):
        call(Plugins([Bad("mutate")]), hook)
    assert (repr(MOVE), repr(EVENT)) == before


def test_arguments_of_effects_cannot_be_spoilt() -> None:
    message, entry = notification(), record(1)
    plugins = Plugins([Bad("mutate")])
    assert "FrozenInstanceError" in plugins.deliver(message).reason
    with pytest.raises(PluginError, match="FrozenInstanceError"):
        plugins.sinks()["bad"](entry)
    assert (message, entry) == (notification(), record(1))


@pytest.mark.parametrize("hook", DECISIONS)
def test_a_huge_answer_is_refused(hook: str) -> None:
    with pytest.raises(PluginError, match="100000 answers; 1000 is the most"):
        call(Plugins([Bad("huge")]), hook)


@pytest.mark.parametrize("hook", DECISIONS)
def test_a_late_plugin_is_not_called_again_until_it_is_enabled(hook: str) -> None:
    bad = Bad("slow")
    plugins = Plugins([bad], settings_for("bad"))
    for _ in range(3):
        with pytest.raises(PluginError):
            call(plugins, hook)
    assert bad.calls == 1
    assert [each.enabled for each in plugins.describe()] == [False]
    bad.how = "nothing"
    with pytest.raises(PluginError, match="disabled since it was late"):
        call(plugins, hook)
    plugins.enable("bad")
    assert call(plugins, hook) == ()
    assert [(each.enabled, each.error) for each in plugins.describe()] == [(True, None)]


def test_a_late_authorize_never_lets_anybody_through() -> None:
    class Denies:
        name = "denies"

        @hookimpl
        def authorize(self) -> str:
            time.sleep(3 * LIMIT)
            return "no"

    plugins = Plugins([Denies()], time_limit=LIMIT)
    for _ in range(2):
        with pytest.raises(PluginError):
            call(plugins, "authorize")


def test_a_plugins_own_limit_goes_before_the_managers() -> None:
    settings = Settings.of({"plugins": {"bad": {"time-limit": 5}}})
    assert call(Plugins([Bad("slow")], settings, time_limit=LIMIT), "guard") == ()


def test_an_isolated_plugin_that_hangs_refuses_only_the_command_at_hand() -> None:
    release = threading.Event()

    class Hangs:
        name = "hangs"

        @hookimpl
        def guard(self) -> None:
            release.wait(10)

    settings = Settings.of({"plugins": {"hangs": {"isolate": True}}})
    begun = time.perf_counter()
    with pytest.raises(PluginError, match=r"did not return within 0\.02 s"):
        Plugins([Hangs()], settings, time_limit=LIMIT).guard(MOVE, VIEW)
    assert time.perf_counter() - begun < 5
    release.set()


def test_a_hanging_delivery_ends_at_the_limit_and_fails_at_once_while_it_hangs() -> None:
    release, entered = threading.Event(), []

    class Hangs:
        name = "hangs"

        @hookimpl
        def deliver(self, notification: Any) -> bool:
            entered.append(notification.key)
            return release.wait(10)

    plugins = Plugins([Good(), Hangs()], Settings.of({"plugins": {"hangs": {"effect-limit": 0.5}}}))
    assert plugins.deliver(notification()).plugin == "good"
    begun = time.perf_counter()
    assert plugins.deliver(notification(key="city:8:1")).plugin == "good"
    assert time.perf_counter() - begun < 0.5
    assert entered == ["city:7:1"]
    assert "has not returned from an earlier call" in plugins.faults()[-1].cause
    release.set()


def test_keyboard_interrupt_is_a_persons_and_goes_through() -> None:
    class Stops:
        name = "stops"

        @hookimpl
        def guard(self) -> None:
            raise KeyboardInterrupt

        @hookimpl
        def deliver(self) -> None:
            raise KeyboardInterrupt

    plugins = Plugins([Stops()])
    with pytest.raises(KeyboardInterrupt):
        plugins.guard(MOVE, VIEW)
    with pytest.raises(KeyboardInterrupt):
        plugins.deliver(notification())


def test_an_exception_whose_text_raises_is_still_a_plugin_error() -> None:
    class NastyError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text for you")

    class Raises:
        name = "raises"

        @hookimpl
        def guard(self) -> None:
            raise NastyError

    with pytest.raises(PluginError, match="its text cannot be shown"):
        Plugins([Raises()]).guard(MOVE, VIEW)


@pytest.mark.parametrize("answer", [True, False, "", "  ", ["fine", 5], b"no", {"no": "way"}, "x" * 100_001, "\ud800"])
def test_what_is_no_objection_is_refused(answer: Any) -> None:
    class Answers:
        name = "answers"

        @hookimpl
        def guard(self) -> Any:
            return answer

    with pytest.raises(PluginError):
        Plugins([Answers()]).guard(MOVE, VIEW)


@pytest.mark.parametrize(
    "change",
    [{"recipient": ""}, {"channel": ""}, {"text": 5}, {"subject": None}, {"text": "\udfff"}, {"attachments": (5,)}],
)
def test_a_notification_with_wrong_content_is_refused(change: dict[str, Any]) -> None:
    class Composes:
        name = "composes"

        @hookimpl
        def compose(self) -> Any:
            return notification(**change)

    with pytest.raises(PluginError, match="compose"):
        Plugins([Composes()]).compose(EVENT, VIEW)


class Scores:
    """A plugin with one scoring method."""

    name = "scores"

    def __init__(self, score: Any, method: str = "own") -> None:
        self.score, self.method = score, method

    @hookimpl
    def register_scoring_methods(self) -> Any:
        return [ScoringMethod(self.method, self.score)]


@pytest.mark.parametrize(
    ("score", "cause"),
    [
        (lambda items: 0.5, "a float is not exact"),
        (lambda items: Decimal("NaN"), "not a finite number"),
        (lambda items: Decimal("Infinity"), "not a finite number"),
        (lambda items: None, "returned NoneType, where a Decimal is due"),
        (lambda items: True, "returned bool"),
        (lambda items: misbehave_now("raise"), "RuntimeError: boom"),
        (lambda items: misbehave_now("exit"), "SystemExit: 3"),
        (lambda items: misbehave_now("coroutine"), "returned a coroutine"),
        (lambda items: misbehave_now("slow"), "its limit is 0.02 s"),
        (lambda items: setattr(items[0], "value", 0), "FrozenInstanceError"),
    ],
)
def test_a_scoring_method_that_fails_refuses_even_where_the_plugin_may_be_skipped(score: Any, cause: str) -> None:
    how = "slow" if "its limit" in cause else "not slow"
    settings = settings_for("scores", how, **{"on-fault": "skip"})
    method = Plugins([Scores(score)], settings).scoring_method("own")
    assert method is not None
    with pytest.raises(PluginError, match="'own': ") as caught:
        method.score(ITEMS)
    assert cause in caught.value.cause
    assert caught.value.hook == "register_scoring_methods"


def misbehave_now(how: str) -> Any:
    from tests.hooks.cases import misbehave

    return misbehave(how, None, LIMIT)


@pytest.mark.parametrize("hook", [f"register_{each}" for each in ("scoring_methods", "calendars", "distributions")])
@pytest.mark.parametrize("how", ["raise", "exit", "wrong type", "coroutine", "generator", "slow"])
def test_a_registration_that_fails_refuses_the_plugin(hook: str, how: str) -> None:
    class Registers:
        name = "registers"

        @hookimpl(specname=hook)
        def register(self) -> Any:
            return misbehave_now(how)

    with pytest.raises(PluginError) as caught:
        Plugins([Registers()], settings_for("registers", how))
    assert (caught.value.plugin, caught.value.hook) == ("registers", hook)
