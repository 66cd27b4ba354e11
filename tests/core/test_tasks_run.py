"""Tasks and their occurrences through the engine: every trigger in every state, needs, evidence, checklists, limits."""

from __future__ import annotations

from typing import Any

import pytest

import campaignflow as cf
from campaignflow.core.builtin import BUILTIN

ONE = "phases: {work: {tasks: {a: {}, b: {needs: [a]}}}}\n"

WAYS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "planned": [],
    "ready": [("enter", {})],
    "in_progress": [("enter", {}), ("task.start", {})],
    "submitted": [("enter", {}), ("task.submit", {})],
    "returned": [("enter", {}), ("task.submit", {}), ("task.return", {})],
    "blocked": [("enter", {}), ("task.block", {"reason": "rain"})],
    "verified": [("enter", {}), ("task.done", {})],
    "waived": [("enter", {}), ("task.waive", {"reason": "rain"})],
    "cancelled": [("enter", {}), ("task.cancel", {"reason": "rain"})],
    "carried": [("enter", {}), ("task.carry", {"reason": "rain"})],
}
"""State → the commands that bring task a there."""

GOES: dict[str, dict[str, str]] = {
    "planned": {"block": "blocked"},
    "ready": {"start": "in_progress", "submit": "submitted", "done": "verified", "block": "blocked"},
    "in_progress": {"submit": "submitted", "done": "verified", "block": "blocked"},
    "submitted": {"verify": "verified", "return": "returned"},
    "returned": {"start": "in_progress", "block": "blocked"},
    "blocked": {"unblock": "ready"},
    "verified": {}, "waived": {}, "cancelled": {}, "carried": {},
}  # fmt: skip
ENDS = {"waive": "waived", "cancel": "cancelled", "carry": "carried"}
TRIGGERS = ["start", "submit", "verify", "return", "done", "block", "unblock", "redo", "ready", *ENDS]
REASON = {"reason": "rain"}


def brought(tell: Any, state: str) -> Any:
    story = tell(ONE)
    for name, fields in WAYS[state]:
        story.do(name, "work" if name == "enter" else "a", **fields)
    assert story.task("a") == state
    return story


@pytest.mark.parametrize("state", WAYS)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_each_trigger_in_each_state(tell: Any, state: str, trigger: str) -> None:
    story = brought(tell, state)
    ends = {} if state in BUILTIN["task"].ends else ENDS
    target = {**GOES[state], **ends}.get(trigger)
    fields = REASON if trigger in {"block", *ENDS} else {}
    if target is None:
        refusal = story.refused(f"task.{trigger}", "a", **fields)
        assert isinstance(refusal, cf.IllegalMove | cf.BadCommand | cf.GuardRefused)
    else:
        assert story.campaign.why_not(f"task.{trigger}", "a", **fields) == ()
        story.do(f"task.{trigger}", "a", **fields)
        assert story.task("a") == target


def test_a_blocked_task_goes_back_to_what_it_was(tell: Any) -> None:
    for state in ("planned", "ready", "in_progress", "returned"):
        story = brought(tell, state)
        story.do("task.block", "a", reason="rain")
        story.do("task.unblock", "a")
        assert story.task("a") == state


def test_what_was_blocked_while_it_was_planned_is_ready_once_it_may_begin(tell: Any) -> None:
    story = tell(ONE)
    story.do("task.block", "b", reason="rain")
    story.do("enter", "work")
    story.do("task.done", "a")
    assert story.task("b") == "blocked"
    assert story.do("task.unblock", "b") == ["task.planned", "task.ready"]
    assert story.task("b") == "ready"


def test_refusals_say_what_stands_in_the_way(tell: Any) -> None:
    story = tell(ONE)
    assert "phase work has not been entered" in str(story.refused("task.start", "a"))
    story.do("enter", "work")
    assert "it needs a, which is not done" in str(story.refused("task.submit", "b"))
    assert "did you mean 'a'" in str(story.refused("task.start", "aa"))
    assert "did you mean 'task.start'" in str(story.refused("task.strat", "a"))
    assert "needs reason" in str(story.refused("task.block", "a"))
    assert "did you mean 'evidence'" in str(story.refused("task.submit", "a", evidnce="x"))
    assert "possible from here are start, submit" in str(story.refused("task.verify", "a"))


LINKS = """
phases:
  work:
    tasks:
      a: {}
      ss: {needs: [a SS+2cd]}
      fs: {needs: [a FS+1cd]}
      ff: {needs: [a FF+1cd]}
      sf: {needs: [a SF]}
      free: {when: "tasks.verified >= 1"}
      dated: {window: 2026-04-10/2026-04-12}
      short: {within: 36h}
"""


def test_needs_of_every_kind(tell: Any) -> None:
    story = tell(LINKS)
    story.do("enter", "work")
    waiting = {each: story.task(each) for each in ("ss", "fs", "ff", "sf", "free", "dated", "short")}
    assert waiting == {
        "ss": "planned", "fs": "planned", "ff": "ready", "sf": "ready", "free": "planned", "dated": "planned", "short": "ready",
    }  # fmt: skip
    assert "cannot finish before" in str(story.refused("task.submit", "sf"))
    story.at("2026-04-02T12:00:00+00:00")
    story.do("task.start", "a")
    story.do("task.submit", "sf")
    assert story.task("ss") == "planned"
    story.at("2026-04-04T11:59:59+00:00")
    assert story.task("ss") == "planned"
    story.at("2026-04-04T12:00:00+00:00")
    assert story.task("ss") == "ready"
    assert "cannot finish before" in str(story.refused("task.submit", "ff"))
    story.do("task.done", "a")
    assert story.task("free") == "ready"
    assert "not before 2026-04-05T12:00" in str(story.refused("task.start", "fs"))
    story.at("2026-04-05T12:00:00+00:00")
    assert story.task("fs") == "ready"
    story.do("task.submit", "ff")
    story.at("2026-04-10T00:00:00+00:00")
    assert story.task("dated") == "ready"


def test_time_limits_of_tasks(tell: Any) -> None:
    story = tell(LINKS)
    story.do("enter", "work")
    assert story.due("task", "short") == "2026-04-02 12:00"
    assert story.due("task", "dated") == "2026-04-13 00:00"
    assert "task.overdue" not in story.at("2026-04-02T11:59:59+00:00")
    assert story.at("2026-04-02T12:00:00+00:00") == ["task.overdue"]
    assert story.at("2026-04-03T00:00:00+00:00") == []  # once
    assert story.fact("tasks.overdue == 1")
    story.do("task.ask-extension", "short", more="2cd", reason="rain")
    story.do("task.extend", "short", until="2026-04-05")
    assert story.due("task", "short") == "2026-04-06 00:00"
    assert story.fact("tasks.overdue == 0 and count(task, late) == 1 and count(task, extensions == 1) == 1")
    story.do("task.refuse-extension", "short", reason="enough")
    assert story.at("2026-04-06T00:00:00+00:00") == ["task.overdue"]
    story.do("task.submit", "short")
    assert story.fact("tasks.overdue == 0")  # it waits for its verifier
    story.do("task.return", "short")
    assert story.fact("count(task, state == 'returned' and overdue) == 1")


def test_extensions_are_of_their_form(tell: Any) -> None:
    story = tell(LINKS)
    story.do("enter", "work")
    for fields in ({}, {"more": "1d", "until": "2026-05-01"}, {"more": "soon"}, {"until": "someday"}):
        assert isinstance(story.refused("task.extend", "short", **fields), cf.BadCommand)


OCCURRENCES = """
phases:
  work:
    window: 2026-04-01/2026-04-30
    tasks:
      weekly: {every: week on fri}
      daily: {every: day, window: 2026-04-02/2026-04-04}
      after: {every: day, window: 2026-04-02/2026-04-04, needs: [daily]}
  later: {window: 2026-05-01/}
"""


def test_occurrences_come_into_being_on_their_day(tell: Any) -> None:
    story = tell(OCCURRENCES)
    story.do("enter", "work")
    assert story.campaign.tasks() == ()
    story.at("2026-04-02T00:00:00+00:00")
    assert [(t.id, t.state) for t in story.campaign.tasks()] == [
        ("after@2026-04-02", "planned"), ("daily@2026-04-02", "ready"),
    ]  # fmt: skip
    story.do("task.done", "daily@2026-04-02")
    assert story.task("after@2026-04-02") == "ready"
    story.at("2026-04-03T09:00:00+00:00")
    assert {t.id for t in story.campaign.tasks(state="ready")} == {
        "weekly@2026-04-03", "daily@2026-04-03", "after@2026-04-02",
    }  # fmt: skip
    assert story.due("task", "weekly@2026-04-03") == "2026-04-04 00:00"
    assert story.fact("count(task, task == 'weekly') == 1")


def test_occurrences_that_were_missed_all_come_into_being(tell: Any) -> None:
    story = tell(OCCURRENCES)
    story.do("enter", "work")
    story.at("2026-04-30T12:00:00+00:00")
    weekly = [t.id for t in story.campaign.tasks() if t.fields["task"] == "weekly"]
    assert weekly == [f"weekly@2026-04-{day:02}" for day in (3, 10, 17, 24)]
    planned = [event for event in story.events("task.planned") if event.data.get("recurrence") == "weekly"]
    assert [story.when(event)[:10] for event in planned] == ["2026-04-03", "2026-04-10", "2026-04-17", "2026-04-24"]
    assert len({event.recorded for event in planned}) == 1
    assert [story.when(e)[:10] for e in story.events("task.overdue") if e.item.startswith("weekly")] == [
        "2026-04-04", "2026-04-11", "2026-04-18", "2026-04-25",
    ]  # fmt: skip


def test_no_occurrence_comes_after_the_phase(tell: Any) -> None:
    story = tell(OCCURRENCES.replace("window: 2026-05-01/", ""))
    story.do("enter", "work")
    story.at("2026-04-12T00:00:00+00:00")
    story.do("enter", "later")
    before = len(story.campaign.tasks())
    story.at("2026-04-29T00:00:00+00:00")
    assert len(story.campaign.tasks()) == before


HAND_IN = """
phases:
  work:
    tasks:
      papers: {evidence: {minutes: {heading: Meetings}, list: {when: "campaign.version > 1000"}}}
      asked: {checklist: {tidy: {}, signs: {required: false}}}
"""


def test_evidence_and_checklists(tell: Any) -> None:
    story = tell(HAND_IN)
    story.do("enter", "work")
    assert "the document 'minutes'" in str(story.refused("task.submit", "papers"))
    assert "the document 'minutes'" in str(story.refused("task.submit", "papers", evidence=["other.pdf"]))
    assert story.do("task.submit", "papers", evidence=["minutes.pdf"]) == ["document.filed", "task.submitted"]
    (document,) = story.campaign.items("document")
    assert (document.id, document.fields["task"], document.fields["under"]) == ("minutes", "papers", "Meetings")
    for answers, words in [
        ({}, "has not been answered"), ({"tidy": "no"}, "is answered no"), ({"tidy": "maybe"}, "answers are yes, no"),
        ({"tidy": "yes", "tdy": "yes"}, "has no question 'tdy'"),
    ]:  # fmt: skip
        assert words in str(story.refused("task.submit", "asked", answers=answers))
    story.do("task.submit", "asked", answers={"tidy": "yes", "signs": "no"})
    assert story.item("task", "asked").fields["answers"] == {"tidy": "yes", "signs": "no"}


def test_reports_of_progress(tell: Any) -> None:
    story = tell(ONE)
    story.do("enter", "work")
    story.do("task.report", "a", progress="30%", health="amber", difficulty="rain", next="wait")
    assert story.item("task", "a").fields["progress"] == "0.3"
    assert story.fact("count(task, progress == 30% and health == 'amber') == 1")
    assert "share from 0 to 1" in str(story.refused("task.report", "a", progress=2))
    assert "green, amber or red" in str(story.refused("task.report", "a", health="blue"))


FOR_EACH = """
units: {lead: {}, north: {reports-to: lead}, south: {reports-to: lead}}
phases:
  work:
    by: lead
    tasks:
      check: {for-each: {under: lead}}
      tell: {for-each: {under: lead}, needs: [check]}
      sum: {owners: [lead], needs: [check], verify: none}
"""


def test_tasks_for_each_unit_wait_for_each_other_one_by_one(tell: Any) -> None:
    story = tell(FOR_EACH)
    story.do("enter", "work", by="lead")
    assert [t.id for t in story.campaign.tasks(state="ready")] == ["check@north", "check@south"]
    story.do("task.submit", "check@north", by="north")
    story.do("task.verify", "check@north", by="lead")
    assert story.task("tell@north") == "ready"
    assert (story.task("tell@south"), story.task("sum")) == ("planned", "planned")
    story.do("task.submit", "check@south", by="south")
    story.do("task.verify", "check@south", by="lead")
    assert story.task("sum") == "ready"
    story.do("task.submit", "sum", by="lead")
    assert story.task("sum") == "verified"


def test_a_task_that_the_plan_did_not_foresee(tell: Any) -> None:
    story = tell(ONE + "")
    story.do("enter", "work")
    story.do("task.add", "extra")
    assert story.task("extra") == "ready"
    assert story.fact("tasks.total == 3")
    assert "already" in str(story.refused("task.add", "a"))
    story.do("task.done", "extra")


def test_evidence_that_is_another_tasks_document(tell: Any) -> None:
    story = tell("phases: {w: {tasks: {a: {evidence: [list]}, b: {evidence: {list: {of: a}}}}}}\n")
    story.do("enter", "w")
    assert "the document 'list' of task a" in str(story.refused("task.submit", "b", evidence=["list.pdf"]))
    story.do("task.submit", "a", evidence=["list.pdf"])
    story.do("task.submit", "b")
    assert len(story.campaign.items("document")) == 1
