"""Commands: accepted, refused, repeated, conflicting; what is stored and what is not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from campaignflow.engine import Engine, File, VirtualClock
from campaignflow.errors import (
    BadCommand,
    CampaignExists,
    CampaignNotFound,
    CommandIdReused,
    Refused,
    StoreError,
    VersionConflict,
)
from campaignflow.plan.model import Plan
from campaignflow.stores import SqliteStore


def test_a_campaign_from_planned_to_accepted(engine: Engine, plan: Plan) -> None:
    campaign = engine.start(plan)
    assert (campaign.id, campaign.state, campaign.round) == ("spring-clean", "planned", 1)
    campaign.mobilize()
    campaign.task("kick-off").submit(evidence=[File(name="minutes.txt", content=b"all were there")])
    campaign.task("kick-off").verify()
    assert campaign.task("kick-off").state == "verified"
    campaign.next()
    campaign.task("sweep").done()
    campaign.enter("evaluate")
    campaign.measure("cleanliness", Decimal(80))
    campaign.settle()
    assert (campaign.state, campaign.round) == ("advance", 2)
    campaign.enter("evaluate")
    campaign.measure("cleanliness", Decimal(90))
    campaign.settle()
    assert campaign.state == "accepted"
    seqs = [event.seq for event in campaign.events()]
    assert seqs == list(range(1, campaign.version + 1))


def test_a_reopened_store_holds_the_same_state(file_url: str, open_engine: Callable[..., Engine], plan: Plan) -> None:
    first = open_engine(file_url)
    campaign = first.start(plan, id="city-2026")
    campaign.mobilize()
    campaign.task("kick-off").done()
    campaign.find("task/kick-off", problem="no list of those present")
    state = campaign.loaded.state
    first.close()
    again = open_engine(file_url).campaign("city-2026")
    assert again.loaded.state == state
    assert again.version == len(list(again.events()))
    again.advance()
    assert again.state == "advance"


REFUSED: list[tuple[str, Callable[..., object]]] = [
    ("a phase skipped", lambda campaign: campaign.enter("evaluate")),
    ("an unknown phase", lambda campaign: campaign.enter("advence")),
    ("an unknown command", lambda campaign: campaign.do("dance", "kick-off")),
    ("an unknown item", lambda campaign: campaign.task("kick-of").done()),
    ("an unknown field", lambda campaign: campaign.task("kick-off").done(evidense="x")),
    ("an illegal move", lambda campaign: campaign.task("kick-off").verify()),
    ("no reason", lambda campaign: campaign.do("suspend")),
    ("a float", lambda campaign: campaign.measure("cleanliness", 0.8)),
    ("a lone surrogate", lambda campaign: campaign.task("kick-off").done(text="\udce4")),
    ("a time without a zone", lambda campaign: campaign.task("kick-off").done(at="2026-04-01T09:00:00")),
    ("a missing file", lambda campaign: campaign.task("kick-off").done(evidence=File("no/such/file"))),
    ("an id of the engine's", lambda campaign: campaign.task("kick-off").done(command_id="timer:x")),
    ("an empty id", lambda campaign: campaign.task("kick-off").done(command_id="")),
]


@pytest.mark.parametrize(("what", "command"), REFUSED, ids=[what for what, _ in REFUSED])
def test_a_refusal_leaves_every_table_as_it_was(
    engine: Engine, plan: Plan, what: str, command: Callable[..., object]
) -> None:
    campaign = engine.start(plan)
    campaign.mobilize()
    before = list(engine.store.dump())
    with pytest.raises(Refused) as refusal:
        command(campaign)
    assert refusal.value.objections
    assert all(str(each) for each in refusal.value.objections)
    assert list(engine.store.dump()) == before


def test_why_not_says_what_the_command_would_say(engine: Engine, plan: Plan) -> None:
    campaign = engine.start(plan)
    campaign.mobilize()
    before = list(engine.store.dump())
    assert campaign.why_not("task.submit", "kick-off") == ()
    with pytest.raises(Refused) as refusal:
        campaign.enter("evaluate")
    assert campaign.why_not("evaluate") == refusal.value.objections
    assert list(engine.store.dump()) == before


def test_an_id_is_taken_once_and_a_missing_one_suggests_the_nearest(engine: Engine, plan: Plan) -> None:
    engine.start(plan)
    with pytest.raises(CampaignExists):
        engine.start(plan)
    with pytest.raises(CampaignNotFound, match="'spring-clean'"):
        engine.campaign("spring-cleam")
    with pytest.raises(BadCommand, match="campaign id"):
        engine.start(plan, id="a/b")
    engine.start(plan, id="another")
    assert [campaign.id for campaign in engine.campaigns()] == ["another", "spring-clean"]
    assert [campaign.id for campaign in engine.campaigns(state="planned")] == ["another", "spring-clean"]


def test_the_same_command_id_gives_the_first_outcome(engine: Engine, plan: Plan) -> None:
    campaign = engine.start(plan, command_id="start-1")
    assert engine.start(plan, command_id="start-1").id == campaign.id
    first = campaign.mobilize(command_id="c-1")
    campaign.task("kick-off").done(command_id="c-2")
    before = list(engine.store.dump())
    again = campaign.mobilize(command_id="c-1")
    assert (again.events, again.version, again.repeated) == (first.events, first.version, True)
    done = campaign.outcome("c-2")
    assert done is not None
    assert [event.type for event in done.events][:2] == ["task.submitted", "task.verified"]
    assert campaign.outcome("c-3") is None
    assert list(engine.store.dump()) == before


def test_a_command_that_would_be_legal_twice_happens_once_under_one_id(engine: Engine, plan: Plan) -> None:
    campaign = engine.start(plan)
    campaign.mobilize()
    campaign.task("kick-off").report(progress="50%", command_id="r-1")
    version = campaign.version
    assert campaign.task("kick-off").report(progress="50%", command_id="r-1").repeated
    assert campaign.version == version


def test_the_same_id_with_other_content_is_refused(engine: Engine, plan: Plan) -> None:
    campaign = engine.start(plan, command_id="start-1")
    with pytest.raises(CommandIdReused):
        engine.start(plan, command_id="start-1", reason="again")
    campaign.mobilize(command_id="c-1")
    before = list(engine.store.dump())
    with pytest.raises(CommandIdReused):
        campaign.task("kick-off").done(command_id="c-1")
    with pytest.raises(CommandIdReused):
        campaign.enter("evaluate", command_id="c-1")
    assert list(engine.store.dump()) == before


def test_a_refused_command_may_come_again_under_its_id(engine: Engine, plan: Plan) -> None:
    campaign = engine.start(plan)
    with pytest.raises(Refused):
        campaign.task("kick-off").verify(command_id="v-1")
    campaign.mobilize()
    campaign.task("kick-off").submit()
    assert not campaign.task("kick-off").verify(command_id="v-1").repeated


def test_a_version_that_has_passed_is_a_conflict_unless_the_command_is_known(engine: Engine, plan: Plan) -> None:
    campaign = engine.start(plan)
    version = campaign.version
    first = campaign.mobilize(at_version=version, command_id="c-1")
    with pytest.raises(VersionConflict) as conflict:
        campaign.task("kick-off").done(at_version=version)
    assert (conflict.value.expected, conflict.value.found) == (version, first.version)
    assert campaign.mobilize(at_version=version, command_id="c-1").events == first.events


def test_documents_are_kept_by_their_content_with_the_command(engine: Engine, plan: Plan) -> None:
    campaign = engine.start(plan)
    campaign.mobilize()
    outcome = campaign.task("kick-off").submit(evidence=[File(name="../minutes.txt", content=b"all were there")])
    filed = next(event for event in outcome.events if event.type == "document.filed")
    sha256 = filed.data["fields"]["sha256"]
    assert engine.document(sha256) == b"all were there"
    assert engine.document("00" * 32) is None


def test_a_batch_is_all_or_nothing(engine: Engine, plan: Plan) -> None:
    campaign = engine.start(plan)
    before, version = list(engine.store.dump()), campaign.version
    with pytest.raises(ZeroDivisionError), engine.batch():
        campaign.mobilize()
        engine.start(plan, id="other")
        assert campaign.state == "mobilize"
        raise ZeroDivisionError
    assert list(engine.store.dump()) == before
    assert (campaign.state, campaign.version) == ("planned", version)


def test_in_a_batch_a_refusal_may_be_caught_and_an_id_counts_at_once(engine: Engine, plan: Plan) -> None:
    campaign = engine.start(plan)
    with engine.batch():
        first = campaign.mobilize(command_id="c-1")
        with pytest.raises(Refused):
            campaign.enter("evaluate")
        with engine.batch():
            assert campaign.mobilize(command_id="c-1").events == first.events
        campaign.task("kick-off").done()
    assert campaign.task("kick-off").state == "verified"


def test_a_full_disk_refuses_the_command_and_the_same_id_succeeds_later(
    tmp_path_factory: pytest.TempPathFactory, open_engine: Callable[..., Engine], plan: Plan
) -> None:
    path = tmp_path_factory.mktemp("full") / "drive.db"
    engine = open_engine(SqliteStore(path, max_pages=40))
    campaign = engine.start(plan)
    campaign.mobilize()
    before, version = list(engine.store.dump()), campaign.version
    document = File(name="film.mp4", content=b"x" * 500_000)
    with pytest.raises(StoreError, match="full"):
        campaign.task("kick-off").submit(evidence=document, command_id="s-1")
    assert list(engine.store.dump()) == before
    assert (campaign.version, campaign.task("kick-off").state) == (version, "ready")
    engine.close()
    again = open_engine(f"sqlite:///{path}").campaign(campaign.id)
    assert not again.task("kick-off").submit(evidence=document, command_id="s-1").repeated
    assert again.task("kick-off").state == "submitted"


def test_a_read_only_file_can_be_read(file_url: str, open_engine: Callable[..., Engine], plan: Plan) -> None:
    writer = open_engine(file_url)
    writer.start(plan).mobilize()
    writer.close()
    campaign = open_engine(f"{file_url}?mode=ro").campaign("spring-clean")
    assert campaign.state == "mobilize"
    with pytest.raises(StoreError, match="read-only"):
        campaign.task("kick-off").done()
    assert campaign.state == "mobilize"


def test_a_campaign_of_a_virtual_clock_is_read_and_not_changed_by_a_live_engine(
    file_url: str, open_engine: Callable[..., Engine], clock: VirtualClock, plan: Plan
) -> None:
    played = open_engine(file_url)
    played.start(plan).mobilize()
    live = Engine(file_url)
    campaign = live.campaign("spring-clean")
    before = list(live.store.dump())
    assert campaign.state == "mobilize"
    with pytest.raises(Refused, match="virtual clock"):
        campaign.task("kick-off").done()
    assert live.tick().timers == 0
    assert list(live.store.dump()) == before
    live.start(plan, id="live")
    with pytest.raises(Refused, match="world's time"):
        played.campaign("live").mobilize()
    live.close()


def test_the_handle_knows_phases_triggers_and_what_comes_near(engine: Engine, plan: Plan) -> None:
    campaign = engine.start(plan)
    with pytest.raises(AttributeError, match="'mobilize'"):
        campaign.mobilise()
    with pytest.raises(AttributeError, match="'submit'"):
        campaign.item("task", "kick-off").submitt()
    with pytest.raises(BadCommand, match="'kick-off'"):
        _ = campaign.task("kick-of").state
    assert campaign.now.isoformat() == "2026-04-01T09:00:00+08:00"
    assert repr(campaign) == "<campaign 'spring-clean'>"


def test_reading_what_happened(engine: Engine, plan: Plan) -> None:
    campaign = engine.start(plan)
    campaign.mobilize()
    campaign.task("kick-off").done()
    types = [event.type for event in campaign.history("task/kick-off")]
    assert types[-2:] == ["task.submitted", "task.verified"]
    assert campaign.task("kick-off").history == campaign.history("kick-off")
    changes = list(engine.changes())
    assert [change.event for change in changes] == list(campaign.events())
    last = changes[-1]
    campaign.task("leaflets").done()
    assert [change.event.item for change in engine.changes(after=last.position)][:1] == ["leaflets"]
