"""The JSON Schema of the plan language agrees with the reader on what has which form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from campaignflow.plan.nodes import Entries, Items, Node, Scalar
from campaignflow.plan.schema import json_schema
from campaignflow.plan.yaml import compose

DATA = Path(__file__).parent / "data"
SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def plain(node: Node | None) -> Any:
    """As an editor's YAML reader sees it."""
    if isinstance(node, Entries):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    if node.plain and node.text in ("~", "true", "false"):
        return {"~": None, "true": True, "false": False}[node.text]
    return int(node.text) if node.plain and node.text.isdecimal() else node.text


def test_it_is_a_schema_and_documents_every_key() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert all(line["description"] for line in SCHEMA["properties"].values())


@pytest.mark.parametrize("name", ["smallest", "ladder", "tree"])
def test_the_examples_are_valid(name: str) -> None:
    text = (DATA / f"{name}.yaml").read_text("utf-8")
    assert [error.message for error in VALIDATOR.iter_errors(plain(compose(text)[0]))] == []


@pytest.mark.parametrize(
    "text",
    [
        "plan: p",
        "campaignflow: 1\nplan: Not An Id",
        "campaignflow: 1\nplan: p\nphasses: {}",
        "campaignflow: 1\nplan: p\nphases: {a: {tittle: x}}",
        "campaignflow: 1\nplan: p\nphases: {a: {kind: advanse}}",
        "campaignflow: 1\nplan: p\ntasks: {a: {needs: b}}",
        "campaignflow: 1\nplan: p\nrules: {a: {event: task.overdue}}",
    ],
)
def test_what_the_reader_refuses_by_form_the_schema_refuses_too(text: str) -> None:
    assert list(VALIDATOR.iter_errors(plain(compose(text)[0])))
