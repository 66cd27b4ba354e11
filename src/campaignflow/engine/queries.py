"""Reading the log: a campaign's events, an item's history, everything that changed in a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from campaignflow.core.codec import decode_event
from campaignflow.core.events import Event
from campaignflow.stores import Store

__all__ = ["Change", "changes", "events", "history"]

_CHUNK = 500


@frozen
class Change:
    """One event of a store's log.

    Attributes:
        position: its place in the whole store; to go on later, give that of the last one seen.
        campaign: whose it is. event: what happened.
    """

    position: int
    campaign: str
    event: Event


def events(store: Store, number: int, after: int = 0, until: int | None = None) -> Iterator[Event]:
    """A campaign's events after `after`, in order, read as they are asked for."""
    return (decode_event(row.leaf) for row in store.log(number, after, until))


def history(store: Store, number: int, item: str) -> tuple[Event, ...]:
    """Every event about an item, given by its id or as `REGISTER/ITEM`.

    A phase full of tasks becomes ready in one event: such an event counts for each item that it names.
    """
    register, slash, bare = item.partition("/")
    if slash:
        found = (
            event for event in events(store, number) if event.type.startswith(f"{register}.") and _about(event, bare)
        )
    else:
        found = (event for event in events(store, number) if _about(event, item))
    return tuple(found)


def _about(event: Event, item: str) -> bool:
    if event.item:
        return event.item == item
    items = event.data.get("items", ())
    return any(item == (each["id"] if isinstance(each, Mapping) else each) for each in items)


def changes(store: Store, after: int = 0) -> Iterator[Change]:
    """The whole store's log after a position, in the order of commits, to its end as it is when it is reached."""
    names: dict[int, str] = {}
    while rows := store.changes(after, _CHUNK):
        if any(row.campaign not in names for row in rows):
            names = {head.number: head.id for head in store.heads()}
        for row in rows:
            yield Change(row.position, names[row.campaign], decode_event(row.leaf))
        after = rows[-1].position
