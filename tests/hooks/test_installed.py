"""Entry points: found, allowed, and none spoils another."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from campaignflow.hooks import Plugins, Settings, installed

GOOD = """
from campaignflow.hooks import hookimpl
class Plugin:
    @hookimpl
    def guard(self):
        return "{name}"
"""


@pytest.fixture
def distributions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Distributions as pip leaves them: one good, one that cannot be imported, one that exits, one that is misspelt."""
    broken = "import a_module_that_is_not_there"
    misspelt = GOOD.format(name="misspelt").replace("def guard", "def gaurd")
    sources = {"fine": GOOD.format(name="fine"), "broken": broken, "exits": "raise SystemExit(1)", "misspelt": misspelt}
    for name, source in sources.items():
        (tmp_path / f"cf_test_{name}.py").write_text(source)
        info = tmp_path / f"cf_test_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: cf-test-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[campaignflow]\ntest-{name} = cf_test_{name}:Plugin\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


ALL = ("test-fine", "test-broken", "test-exits", "test-misspelt")


def test_one_bad_import_stops_nobody_else(distributions: Path) -> None:
    found = {each.name: each for each in installed(ALL)}
    assert list(found) == sorted(ALL)
    assert (found["test-fine"].version, found["test-fine"].distribution) == ("1.0", "cf-test-fine")
    plugins = Plugins(found.values())
    infos = {each.name: each for each in plugins.describe()}
    assert (infos["test-fine"].enabled, infos["test-fine"].error) == (True, None)
    errors = {name: info.error or "" for name, info in infos.items() if not info.enabled}
    assert "ModuleNotFoundError" in errors["test-broken"]
    assert "SystemExit: 1" in errors["test-exits"]
    assert errors["test-misspelt"] == "there is no hook 'gaurd'; did you mean 'guard'?"


def test_what_is_not_allowed_is_not_imported(distributions: Path) -> None:
    assert [each.name for each in installed(["test-fine"])] == ["test-fine"]
    assert "cf_test_broken" not in sys.modules
    assert installed([]) == ()


def test_all_are_allowed_without_a_list(distributions: Path) -> None:
    assert set(ALL) <= {each.name for each in installed()}


def test_an_allowed_name_that_is_not_installed_is_shown(distributions: Path) -> None:
    (missing,) = installed(["test-fime"])
    assert missing.error == "is not installed; did you mean 'test-fine'?"
    (info,) = Plugins([missing]).describe()
    assert (info.name, info.enabled) == ("test-fime", False)


def test_a_broken_plugin_does_not_hide_a_good_one_of_its_name(distributions: Path) -> None:
    (fine,) = installed(["test-fine"])
    plugins = Plugins([fine, fine])
    assert [(each.name, each.enabled) for each in plugins.describe()] == [("test-fine", True), ("test-fine?", False)]


def test_settings_go_by_the_entry_points_name(distributions: Path) -> None:
    (fine,) = installed(["test-fine"])
    assert Plugins([fine], Settings.of({"plugins": {"test-fine": {"enabled": False}}})).describe()[0].enabled is False
