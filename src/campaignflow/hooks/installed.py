"""Plugins that are installed beside us, found through their entry points.

```toml
[project.entry-points.campaignflow]
smtp = "campaignflow_smtp:Smtp"
```

Plugins are trusted code: importing one runs it. The allow-list says which names are imported at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points

from attrs import field, frozen

from campaignflow.hooks.calling import in_words
from campaignflow.hooks.specs import PROJECT
from campaignflow.hooks.validate import nearest

__all__ = ["Installed", "installed"]


@frozen
class Installed:
    """What stands behind one entry point.

    Attributes:
        name: the entry point's name; the plugin's name in settings and messages.
        version: its distribution's version. distribution: its distribution's name.
        plugin: the object, module or class; None where it could not be imported.
        error: why not; None when all is well.
    """

    name: str
    version: str = ""
    distribution: str = ""
    plugin: object = field(default=None, eq=False)
    error: str | None = None


def installed(allow: Iterable[str] | None = None) -> tuple[Installed, ...]:
    """The plugins behind the entry points of group `campaignflow`, by name; for `Plugins` or `Engine(plugins=…)`.

    One that cannot be imported stops nobody else: it is kept with its error, which `describe()` shows.

    Args:
        allow: names of the entry points that may be imported; None allows all.
    """
    allowed = None if allow is None else frozenset(allow)
    points = sorted(entry_points(group=PROJECT), key=lambda point: (point.name, point.value))
    chosen = [point for point in points if allowed is None or point.name in allowed]
    missing = sorted((allowed or frozenset()) - {point.name for point in points})
    names = [point.name for point in points]
    return (*_loaded(chosen), *(Installed(name, error=f"is not installed{nearest(name, names)}") for name in missing))


def _loaded(points: Iterable[EntryPoint]) -> Iterator[Installed]:
    seen: dict[str, EntryPoint] = {}
    for point in points:
        other = seen.get(point.name)
        if other is None:
            seen[point.name] = point
            yield _load(point)
        elif other.value != point.value:  # a distribution that is found twice on the path is one plugin
            yield Installed(point.name, *_origin(point), error=f"its name is taken by {other.value}")


def _load(point: EntryPoint) -> Installed:
    version, distribution = _origin(point)
    try:
        return Installed(point.name, version, distribution, point.load())
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Installed(point.name, version, distribution, error=f"cannot be imported: {in_words(error)}")


def _origin(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.version, point.dist.name) if point.dist is not None else ("", "")
