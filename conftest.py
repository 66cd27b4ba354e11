"""Examples are tests: python blocks of README.md and docs/*.md, and the `>>>` examples of docstrings, are executed.

A page of docs is one story: its blocks run from top to bottom in one namespace, in a folder of its own. A block after
the comment `<!--- skip: next -->` is shown and not run.
"""

from __future__ import annotations

import os
import tempfile
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path
from typing import Any

import hypothesis
from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser

ROOT = Path(__file__).parent


def _enter_folder(namespace: dict[str, Any]) -> None:
    folder = tempfile.TemporaryDirectory(prefix="campaignflow-docs-", ignore_cleanup_errors=True)
    namespace["_folder"], namespace["_before"] = folder, os.getcwd()
    examples = ROOT / "examples"
    if examples.is_dir():
        Path(folder.name, "examples").symlink_to(examples, target_is_directory=True)
    os.chdir(folder.name)


def _leave_folder(namespace: dict[str, Any]) -> None:
    os.chdir(namespace["_before"])
    namespace["_folder"].cleanup()


pages = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=ELLIPSIS | NORMALIZE_WHITESPACE), SkipParser()],
    path=str(ROOT),
    patterns=["README.md", "docs/*.md"],
    setup=_enter_folder,
    teardown=_leave_folder,
)
docstrings = Sybil(
    parsers=[DocTestParser(optionflags=ELLIPSIS | NORMALIZE_WHITESPACE)],
    path=str(ROOT / "src"),
    patterns=["**/*.py"],
    document_types={".py": PythonDocStringDocument},
)

pytest_collect_file = (pages + docstrings).pytest()

# A test's time says more about the machine than about the code; what is slow is shown by `benchmarks/`.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")
