"""What the manager does with plugins that behave: order, names, channels, switches."""

from __future__ import annotations

import multiprocessing
from decimal import Decimal
from typing import Any

import pytest
from attrs import frozen
from tests.hooks.cases import EVENT, ITEMS, MOVE, VIEW, Good, call, notification, record

from campaignflow.core.messages import Objection, ScoringMethod
from campaignflow.errors import PluginError
from campaignflow.hooks import (
    DeliveryResult,
    DistributionKind,
    PluginCommand,
    PluginInfo,
    Plugins,
    ReportSection,
    Settings,
    hookimpl,
)


def objector(name: str, **options: Any) -> Any:
    """A plugin that objects with its own name."""

    class Objects:
        def __init__(self) -> None:
            self.name = name

        @hookimpl(**options)
        def guard(self) -> str:
            return name

    return Objects()


def test_without_plugins_nothing_is_objected_composed_or_delivered() -> None:
    plugins = Plugins()
    assert [call(plugins, hook) for hook in ("authorize", "guard", "compose")] == [(), (), ()]
    assert plugins.scoring_method("own") is None
    assert plugins.sinks() == {} and plugins.describe() == []
    result = plugins.deliver(notification())
    assert not result.ok
    assert result.reason == "no plugin answers for channel 'mail': give it to one in the host's [channels.mail]"


def test_all_objections_are_collected_and_say_whose_they_are() -> None:
    plugins = Plugins([Good()])
    assert plugins.guard(MOVE, VIEW) == (Objection("plugin:good", "too early"), Objection("plugin:good", "too loud"))
    assert call(plugins, "authorize") == (Objection("plugin:good", "not today"),)


def test_an_objection_cannot_be_signed_with_another_name() -> None:
    class Forges:
        name = "forges"

        @hookimpl
        def guard(self) -> Objection:
            return Objection("gate", "not met")

    assert Plugins([Forges()]).guard(MOVE, VIEW) == (Objection("plugin:forges", "not met"),)


def test_composed_notifications_get_their_origin_from_us() -> None:
    (made,) = Plugins([Good()]).compose(EVENT, VIEW)
    assert (made.key, made.campaign, made.event, made.seq, made.at, made.template) == (
        "city:7:good.1",
        "city",
        "task.verified",
        7,
        1_000_000,
        "plugin:good",
    )


def test_order_is_the_later_first_with_tryfirst_and_trylast() -> None:
    plugins = Plugins(
        [objector("a"), objector("first", tryfirst=True), objector("last", trylast=True), objector("b"), objector("c")]
    )
    assert [each.text for each in plugins.guard(MOVE, VIEW)] == ["first", "c", "b", "a", "last"]


def test_describe_shows_the_order() -> None:
    infos = Plugins([objector("a"), objector("b")]).describe()
    assert infos == [
        PluginInfo("b", "", ("guard",), True, None, 1),
        PluginInfo("a", "", ("guard",), True, None, 2),
    ]


def test_two_managers_in_one_process_do_not_know_each_other() -> None:
    one, other = Plugins([objector("a")]), Plugins([objector("b")])
    assert [each.text for each in one.guard(MOVE, VIEW)] == ["a"]
    assert [each.text for each in other.guard(MOVE, VIEW)] == ["b"]
    one.disable("a")
    assert one.guard(MOVE, VIEW) == ()
    assert [each.text for each in other.guard(MOVE, VIEW)] == ["b"]


def test_one_plugin_may_serve_two_managers() -> None:
    shared = Good()
    for plugins in (Plugins([shared]), Plugins([shared])):
        assert plugins.deliver(notification()).ok
    assert shared.asked == ["deliver city:7:1"] * 2


def test_disabling_and_enabling() -> None:
    good = Good()
    plugins = Plugins([good])
    plugins.disable("good")
    assert plugins.sinks() == {} and plugins.guard(MOVE, VIEW) == ()
    assert [each.enabled for each in plugins.describe()] == [False]
    plugins.enable("good")
    assert list(plugins.sinks()) == ["good"]
    with pytest.raises(PluginError, match="there is no such plugin; did you mean 'good'"):
        plugins.disable("god")


def test_a_plugin_can_be_disabled_by_the_host_from_the_start() -> None:
    plugins = Plugins([Good()], Settings.of({"plugins": {"good": {"enabled": False}}}))
    assert plugins.guard(MOVE, VIEW) == ()


def test_a_sink_gets_the_record_and_its_name_is_the_plugins() -> None:
    good = Good()
    sinks = Plugins([good]).sinks()
    sinks["good"](record(5))
    assert good.asked == ["audit 5"]


class Serves:
    """Answers for one channel."""

    def __init__(self, name: str, channel: str) -> None:
        self.name, self._channel, self.got = name, channel, []

    @hookimpl
    def deliver(self, notification: Any, channel: Any) -> DeliveryResult | None:
        if channel.plugin != self.name and notification.channel != self._channel:
            return None
        self.got.append((notification.key, channel.to))
        return DeliveryResult.delivered(f"{self.name}-1")


def test_a_plugin_answers_only_for_its_channel() -> None:
    mail, pager = Serves("mail", "mail"), Serves("pager", "pager")
    plugins = Plugins([mail, pager])
    assert plugins.deliver(notification()) == DeliveryResult(True, receipt="mail-1", plugin="mail")
    assert plugins.deliver(notification(channel="pager")).plugin == "pager"
    assert plugins.deliver(notification(channel="post")).reason.startswith("no plugin answers for channel 'post'")


def test_the_host_says_what_stands_behind_a_channel() -> None:
    mail, pager = Serves("mail", "mail"), Serves("pager", "pager")
    plugins = Plugins([mail, pager], Settings.of({"channels": {"mail": {"plugin": "pager", "to": "555"}}}))
    assert plugins.deliver(notification()).plugin == "pager"
    assert (mail.got, pager.got) == ([], [("city:7:1", "555")])


@pytest.mark.parametrize(
    ("behind", "reason"),
    [
        ("maill", "channel 'mail' is given to plugin 'maill', which is not there; did you mean 'mail'?"),
        ("other", "channel 'mail' is given to plugin 'other', which delivers nothing"),
        ("silent", "channel 'mail' is given to plugin 'silent', which did not answer for it"),
        ("off", "channel 'mail' is given to plugin 'off', which is disabled"),
    ],
)
def test_nobody_answering_is_explained(behind: str, reason: str) -> None:
    class Silent:
        name = "silent"

        @hookimpl
        def deliver(self) -> None:
            return None

    settings = Settings.of({"channels": {"mail": {"plugin": behind}}, "plugins": {"off": {"enabled": False}}})
    plugins = Plugins([Serves("mail", "mail"), objector("other"), Silent(), Serves("off", "off")], settings)
    assert plugins.deliver(notification()).reason == reason


def test_a_plugin_that_says_no_settles_it() -> None:
    class SaysNo:
        name = "says-no"

        @hookimpl
        def deliver(self) -> DeliveryResult:
            return DeliveryResult.failed("unknown recipient", permanent=True)

    result = Plugins([Good(), SaysNo()]).deliver(notification())
    assert (result.ok, result.permanent, result.reason) == (False, True, "unknown recipient")


class Brings:
    """Registers one thing of each kind."""

    def __init__(self, name: str = "brings", word: str = "own") -> None:
        self.name, self.word = name, word

    @hookimpl
    def register_scoring_methods(self) -> Any:
        return [ScoringMethod(self.word, lambda items: max(item.value for item in items))]

    @hookimpl
    def register_distributions(self) -> Any:
        return [DistributionKind(self.word, ("low", "high"), lambda u, low, high: low + u * u * (high - low))]

    @hookimpl
    def register_report_sections(self) -> Any:
        return [ReportSection(self.word, "Own", lambda campaign: [["unit", "score"], ["north", 83]])]

    @hookimpl
    def register_commands(self) -> Any:
        return [PluginCommand(self.word, lambda arguments: len(arguments))]


def test_what_is_registered_can_be_used() -> None:
    plugins = Plugins([Brings()])
    method = plugins.scoring_method("own")
    assert method is not None and method.score(ITEMS) == Decimal(90)
    assert plugins.scoring_methods()["own"].score(ITEMS) == Decimal(90)
    assert plugins.distributions()["own"].quantile(0.5, 0.0, 4.0) == 1.0
    assert plugins.report_sections()["own"].render(VIEW) == (("unit", "score"), ("north", "83"))
    assert plugins.commands()["own"].run(["a", "b"]) == 2
    assert plugins.calendars() == {}


def test_a_calendar_can_be_registered() -> None:
    from attrs import evolve

    from campaignflow.plan.calendars import WEEKDAYS

    class Calendars:
        name = "calendars"

        @hookimpl
        def register_calendars(self) -> Any:
            return [evolve(WEEKDAYS, name="works")]

    assert list(Plugins([Calendars()]).calendars()) == ["works"]


@pytest.mark.parametrize("word", ["weighted-mean", "sum", "lowest"])
def test_a_scoring_method_cannot_take_a_built_in_name(word: str) -> None:
    with pytest.raises(PluginError, match=f"'{word}' is built in: give yours another name"):
        Plugins([Brings(word=word)])


def test_a_name_cannot_be_taken_twice_and_a_refused_plugin_leaves_nothing_behind() -> None:
    with pytest.raises(PluginError, match="'own' is taken by plugin 'one'"):
        Plugins([Brings("one"), Brings("two")])
    with pytest.raises(PluginError, match="'Own Words' is no name"):
        Plugins([Brings(word="Own Words")])


def test_a_report_section_that_fails_says_so() -> None:
    class Section:
        name = "section"

        @hookimpl
        def register_report_sections(self) -> Any:
            return [ReportSection("own", "Own", lambda campaign: 1 / 0)]  # type: ignore[arg-type, return-value]

    with pytest.raises(PluginError, match="'own': ZeroDivisionError"):
        Plugins([Section()]).report_sections()["own"].render(VIEW)


def test_the_methods_of_a_disabled_plugin_refuse() -> None:
    plugins = Plugins([Brings()])
    plugins.disable("brings")
    method = plugins.scoring_method("own")
    assert method is not None
    with pytest.raises(PluginError, match="the plugin is disabled"):
        method.score(ITEMS)


def test_a_class_is_built_with_its_settings() -> None:
    @frozen
    class Config:
        text: str
        often: int = 1

    class Configured:
        name = "configured"
        version = "2.1"

        def __init__(self, config: Any) -> None:
            self.config = config

        @hookimpl
        def guard(self) -> list[str]:
            return [self.config.text] * self.config.often

    Configured.Config = Config  # type: ignore[attr-defined]
    plugins = Plugins([Configured], Settings.of({"plugins": {"configured": {"text": "no", "often": 2}}}))
    assert [each.text for each in plugins.guard(MOVE, VIEW)] == ["no", "no"]
    assert plugins.describe()[0].version == "2.1"


def test_settings_for_a_plugin_that_takes_none_are_refused() -> None:
    with pytest.raises(PluginError, match="takes no settings, but the host has some for it"):
        Plugins([Good()], Settings.of({"plugins": {"good": {"colour": "red"}}}))


def test_settings_of_nobody_are_shown() -> None:
    (broken,) = Plugins([Good()], Settings.of({"plugins": {"goood": {}}})).describe()[1:]
    assert not broken.enabled
    assert broken.error is not None and "did you mean 'good'?" in broken.error


def _deliver_in_child(plugins: Plugins, answers: Any) -> None:
    answers.put(plugins.deliver(notification(key="city:8:1")).ok)


def test_effects_work_in_a_forked_child() -> None:
    plugins = Plugins([Good()])
    assert plugins.deliver(notification()).ok
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=_deliver_in_child, args=(plugins, answers))
    child.start()
    child.join(10)
    assert child.exitcode == 0 and answers.get() is True
