"""The report in a real browser: it renders, asks for nothing, fits a phone, prints. Needs Debian's chromium-driver."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import campaignflow as cf
from campaignflow.reports import render_report

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not (CHROMIUM.exists() and DRIVER.exists()):
        reason = f"{CHROMIUM} and {DRIVER} are needed: apt-get install chromium chromium-driver"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture(scope="module", params=["en", "zh"])
def opened(
    request: pytest.FixtureRequest,
    browser: Any,
    finished: cf.Campaign,
    outlook: cf.Results,
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render_report(finished, forecast=outlook, language=request.param), "utf-8")
    browser.get("about:blank")
    for log in ("browser", "performance"):  # what the browser itself did before
        browser.get_log(log)
    browser.get(file.as_uri())
    return browser


def requests_of(driver: Any) -> list[str]:
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


def at_width(driver: Any, width: int) -> tuple[int, int]:
    metrics = {"width": width, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        widths = driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
        return widths[0], widths[1]
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_it_renders_without_a_complaint_or_a_request(opened: Any) -> None:
    assert opened.execute_script("return document.querySelector('h1').offsetHeight") > 20
    assert opened.execute_script("return document.querySelectorAll('.gantt svg .b-working').length") >= 3
    assert [entry for entry in opened.get_log("browser") if entry["level"] in {"SEVERE", "WARNING"}] == []
    assert [url for url in requests_of(opened) if not url.startswith(("file:", "data:"))] == []


def test_labels_and_rows_of_the_timeline_are_level(opened: Any) -> None:
    apart = opened.execute_script("""
        const rows = [...document.querySelectorAll('.gantt > svg > rect:not([class])')];
        const labels = [...document.querySelectorAll('.gantt li.ph')];
        return rows.map((r, n) => r.getBoundingClientRect().top - labels[n].getBoundingClientRect().top);
    """)
    assert len(apart) == 3
    assert max(map(abs, apart)) < 1


@pytest.mark.parametrize("width", [320, 390, 768])
def test_it_fits_a_narrow_screen(opened: Any, width: int) -> None:
    content, screen = at_width(opened, width)
    assert screen == width
    assert content <= width


def test_it_prints(opened: Any) -> None:
    printed = opened.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    pdf = base64.b64decode(printed["data"])
    assert pdf.startswith(b"%PDF-")
    assert 2 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 20
