"""The docs keep their promises: links lead somewhere, plans load, every hook and every error is explained."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from campaignflow import errors

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def page_text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_somewhere(page: Path) -> None:
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    local = [target for target in LINK.findall(prose) if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (page.parent / target).exists()] == []


def plans_in_docs() -> list[tuple[str, str]]:
    return [
        (f"{relative(page)}:{number}", body)
        for page in PAGES
        for number, (language, body) in enumerate(FENCE.findall(page.read_text(encoding="utf-8")))
        if language == "yaml" and body.startswith("campaignflow: 1")
    ]


@pytest.mark.parametrize(
    ("where", "text"), plans_in_docs() or [pytest.param("", "", marks=pytest.mark.skip("no page shows a whole plan"))]
)
def test_whole_plans_in_docs_load(where: str, text: str) -> None:
    from campaignflow.plan.model import Plan

    assert Plan.from_text(text).id, where


def test_every_hook_is_documented_with_its_exact_arguments() -> None:
    from campaignflow.hooks import specs

    page = page_text("hooks.md")
    hooks = {
        name: hook
        for name, hook in inspect.getmembers(specs, inspect.isfunction)
        if hook.__module__ == specs.__name__ and not name.startswith("_")
    }
    missing = [
        signature
        for name, hook in hooks.items()
        if (signature := f"{name}({', '.join(inspect.signature(hook).parameters)})") not in page
    ]
    assert hooks
    assert missing == []


def test_every_error_stands_in_the_tree() -> None:
    tree = errors.__doc__ or ""
    assert [name for name in errors.__all__ if not re.search(rf"\b{name}\b", tree)] == []


def test_the_changelog_knows_this_version() -> None:
    from campaignflow._version import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
