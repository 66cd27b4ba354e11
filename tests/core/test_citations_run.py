"""A citation that asks for a reply has a time limit, like anything else that waits."""

from __future__ import annotations

import campaignflow as cf

PLAN = cf.Plan.from_text("""
campaignflow: 1
plan: cited
timezone: UTC
units: {lead: {}, north: {reports-to: lead}}
phases: [advance]
""")


def test_a_reply_that_does_not_come_is_overdue_and_one_that_came_is_not() -> None:
    clock = cf.VirtualClock("2026-04-01T09:00:00+00:00")
    with cf.Engine(clock=clock) as engine:
        campaign = engine.start(PLAN, by="lead")
        for _ in range(2):
            campaign.cite("north", "talk", reply_within="3cd", by="lead")
        campaign.do("citation.reply", "2", text="done", by="north")
        clock.advance("2026-04-04T09:00:00+00:00")
        engine.tick()
        assert [event.item for event in campaign.events() if event.type == "citation.overdue"] == ["1"]
