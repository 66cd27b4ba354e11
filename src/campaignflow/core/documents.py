"""Evidence and other documents: what a command hands in, filed in the campaign's dossier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaignflow.core.draft import Draft
from campaignflow.core.freeze import EMPTY, FrozenDict

__all__ = ["document_of", "file_documents", "named_documents"]


def document_of(raw: Any, ident: str | None = None) -> Mapping[str, Any]:
    """A document as data: `{id, name, sha256, size}`; of one that is only named, the content is not held.

    >>> document_of("minutes of the 3rd.pdf")["id"]
    'minutes-of-the-3rd'
    """
    if isinstance(raw, Mapping):
        return FrozenDict({**raw, "id": ident or raw.get("id") or _slug(str(raw.get("name", "document")))})
    name = str(raw)
    return FrozenDict({"id": ident or _slug(name), "name": name})


def _slug(name: str) -> str:
    import re

    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0].lower()
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:64] or "document"


def named_documents(draft: Draft) -> tuple[Mapping[str, Any], ...]:
    """The documents that a command's `evidence` names: id → document, or a list where names give the ids."""
    given = draft.command.fields.get("evidence")
    if given is None:
        return ()
    if isinstance(given, Mapping) and not {"sha256", "name"} & set(given):
        return tuple(document_of(raw, key) for key, raw in given.items())
    listed = given if isinstance(given, tuple) else (given,)
    return tuple(document_of(raw) for raw in listed)


def file_documents(
    draft: Draft, task: str = "", under: str = "", headings: Mapping[str, str] = EMPTY
) -> tuple[str, ...]:
    """File the command's documents; the ids they got. A document of the dossier that is named again is not filed twice.

    Args:
        task: the task they prove. under: where they are filed. headings: id → where that one is filed.
    """
    return tuple(
        file_document(draft, document, task, headings.get(str(document["id"]), under))
        for document in named_documents(draft)
    )


def file_document(draft: Draft, document: Mapping[str, Any], task: str = "", under: str = "") -> str:
    """File one document; the same content under the same id is filed once, another content gets a number."""
    ident, number = str(document["id"]), 1
    held = draft.state.item("document", ident)
    while held is not None and not _same(held.fields, document, task):
        number += 1
        ident = f"{document['id']}-{number}"
        held = draft.state.item("document", ident)
    if held is None:
        fields = {key: value for key, value in document.items() if key != "id"}
        more = {"task": task or None, "under": under or None, "by": draft.actor}
        fields |= {key: value for key, value in more.items() if value}
        draft.emit("document.filed", ident, {"fields": fields})
    return ident


def _same(held: Mapping[str, Any], document: Mapping[str, Any], task: str) -> bool:
    if "sha256" in document or "sha256" in held:
        return held.get("sha256") == document.get("sha256")
    return held.get("name") == document.get("name") and held.get("task", "") == task
