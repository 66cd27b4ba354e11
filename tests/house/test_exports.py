"""The public API is what `campaignflow.__all__` says: importable, explained, documented, and light to import."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import campaignflow

ROOT = Path(__file__).parents[2]
API = ROOT / "docs" / "api.md"
HEAVY = [
    "numpy",
    "numba",
    "scipy",
    "typer",
    "rich",
    "jinja2",
    "holidays",
    "cryptography",
    "psycopg",
    "campaignflow.simulation",
]
NAMES = sorted(name for name in campaignflow.__all__ if not name.startswith("__"))


def test_all_is_sorted_and_without_doubles() -> None:
    assert list(campaignflow.__all__) == sorted(set(campaignflow.__all__))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    thing = getattr(campaignflow, name)
    if callable(thing):
        assert (thing.__doc__ or "").strip(), f"campaignflow.{name} has no docstring"


@pytest.mark.parametrize("name", NAMES)
def test_every_name_stands_in_the_reference(name: str) -> None:
    assert re.search(rf"`{re.escape(name)}\b", API.read_text(encoding="utf-8")), (
        f"docs/api.md does not explain `{name}`"
    )


def test_no_name_of_ours_is_public_without_being_said_so() -> None:
    ours = {
        name for name, thing in vars(campaignflow).items() if "campaignflow" in str(getattr(thing, "__module__", ""))
    }
    assert {name for name in ours if not name.startswith("_")} <= set(NAMES)


def test_dir_lists_what_is_loaded_lazily_too() -> None:
    assert set(NAMES) <= set(dir(campaignflow))


def test_heavy_parts_load_when_first_asked_for() -> None:
    code = f"import sys, campaignflow; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
