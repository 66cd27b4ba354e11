"""The report says what the campaign holds, in both languages, and shows a plan's texts as texts."""

from __future__ import annotations

import builtins
import re
from html.parser import HTMLParser
from typing import Any

import pytest

import campaignflow as cf
from campaignflow.reports import html as html_module
from campaignflow.reports import plan_diagram, render_report, status_of

VOID = {"meta", "link", "br", "rect", "line", "path"}


class Outline(HTMLParser):
    """Checks that elements nest, and gathers ids, texts and addresses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        known = dict(attrs)
        self.ids += [str(known["id"])] if "id" in known else []
        self.addresses += [str(known[name]) for name in ("href", "src", "action") if name in known]
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += data


def tiny() -> cf.Plan:
    return cf.Plan("tiny", phases=[cf.Phase("clean", tasks=["sweep", cf.Task("wash", needs=["sweep"])])])


@pytest.fixture(scope="module")
def page(finished: cf.Campaign, outlook: cf.Results) -> str:
    return render_report(finished, forecast=outlook)


def test_it_is_one_page_without_script_or_address_outside(page: str) -> None:
    outline = Outline(page)
    assert "script" not in outline.tags
    assert all(address.startswith(("#", "data:,")) for address in outline.addresses)
    assert "http" not in re.sub(r"http-equiv", "", page)
    assert "default-src 'none'" in page
    assert len(outline.ids) == len(set(outline.ids))
    assert {address[1:] for address in outline.addresses if address.startswith("#")} <= set(outline.ids)


def test_it_says_what_happened(finished: cf.Campaign, page: str) -> None:
    text = Outline(page).text
    for said in (
        "A hundred days to a civilised city", "文明城市创建百日攻坚", "accepted", finished.plan.hash, "Kick-off meeting",
        "not passed, sent back to Main push", "does not hold", "Weekly supervision round · 10 Apr 2026",
        "2026-1", "The supplier was late", "Service hall on the west square", "88.2\u202f%", "441 of 500", "89.14", "81.22",
        "rank 1 of 4", "content not held", "Chance of being on time", "half even, to 0.01",
    ):  # fmt: skip
        assert said in text, said
    assert f"Events in the log{finished.version}" in text


def test_the_root_is_the_log_s(finished: cf.Campaign, page: str) -> None:
    assert finished.verify().root.hex() in page


def test_the_same_campaign_gives_the_same_page(finished: cf.Campaign, outlook: cf.Results, page: str) -> None:
    assert render_report(finished, forecast=outlook) == page


def test_titles_and_words_are_in_the_language_asked_for(finished: cf.Campaign) -> None:
    text = Outline(render_report(finished, language="zh")).text
    assert "召开动员大会" in text and "问题整改" in text and "2026-07-02 10:00" in text
    assert "Kick-off meeting" not in text


def test_another_language_falls_back(finished: cf.Campaign) -> None:
    assert "Kick-off meeting" in Outline(render_report(finished, language="fr")).text


def test_a_view_alone_has_a_report(finished: cf.Campaign) -> None:
    text = Outline(render_report(finished.view)).text
    assert "Merkle" not in text and "Mock evaluation" in text


def test_a_title_is_a_text() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
    plan = cf.Plan("evil", title=evil, phases=[cf.Phase("a", title=evil, tasks=[cf.Task("b", title=evil)])])
    with cf.Engine() as engine:
        page = render_report(engine.start(plan, "evil"))
    outline = Outline(page)
    assert "script" not in outline.tags and "img" not in outline.tags
    assert evil in outline.text
    assert "&lt;script&gt;" in page


def test_a_campaign_that_has_just_started_has_a_report() -> None:
    with cf.Engine(clock=cf.VirtualClock("2026-04-01T09:00+08:00")) as engine:
        campaign = engine.start(tiny(), "new")
        text = Outline(render_report(campaign)).text
        assert "not yet" in text and "0/2" in text
        campaign.next()
        assert "active" in Outline(render_report(campaign)).text


def test_what_is_overdue_stands_first() -> None:
    phase = cf.Phase("clean", window="4月1日—4月7日", tasks=["sweep"])
    plan = cf.Plan("due", year=2026, timezone="Asia/Shanghai", phases=[phase])
    clock = cf.VirtualClock("2026-04-01T09:00+08:00")
    with cf.Engine(clock=clock) as engine:
        campaign = engine.start(plan, "late")
        campaign.next()
        clock.advance("2026-04-20T09:00+08:00")
        engine.tick()
        text = Outline(render_report(campaign)).text
        assert "Overdue now" in text
        status = status_of(campaign.view)
        assert status["tasks"]["overdue"] == 1
        assert status["overdue"][0]["item"] == "task/sweep"


def test_status_of_a_finished_campaign(finished: cf.Campaign) -> None:
    status = status_of(finished.view)
    assert list(status) == ["campaign", "state", "round", "tasks", "findings", "scores", "overdue"]
    assert (status["state"], status["round"], status["overdue"]) == ("accepted", 2, [])
    assert status["tasks"]["total"] == status["tasks"]["verified"] == 30
    assert status["findings"]["late"] == 2
    assert str(status["scores"]["city-standard"]["value"]) == "89.14"
    assert status["scores"]["city-standard"]["grade"] == "B"


def test_the_diagram_draws_phases_needs_gates_and_the_way_back(finished: cf.Campaign) -> None:
    lines = [line.strip() for line in plan_diagram(finished.plan, "zh").splitlines()]
    assert lines[0] == "flowchart LR"
    assert 'subgraph p1["动员阶段"]' in lines
    assert "t4 -->|SS+3d| t5" in lines
    assert "p3g -.->|not passed, at most 2 times| p2" in lines
    assert sum(line.startswith("subgraph") for line in lines) == lines.count("end")


def test_without_jinja_it_says_what_to_install(finished: cf.Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("jinja2"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    html_module._template.cache_clear()
    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(cf.MissingExtra, match=r"campaignflow\[report\]"):
        render_report(finished)
