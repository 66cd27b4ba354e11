"""Circles: in who reports to whom, and in what needs what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from campaignflow.plan.values import Unresolved

if TYPE_CHECKING:
    from campaignflow.plan.model_people import Unit
    from campaignflow.plan.model_work import Task

__all__ = ["TaskAt", "need_cycles", "report_cycles", "tasks_of"]


class TaskAt:
    """A task or group where it stands: its path, its phase's owners, the groups around it, outermost first."""

    __slots__ = ("groups", "path", "phase_owners", "task")

    def __init__(self, task: Task, path: str, groups: tuple[Task, ...], phase_owners: bool) -> None:
        self.task, self.path, self.groups, self.phase_owners = task, path, groups, phase_owners


def tasks_of(tasks: Mapping[str, Task], path: str, phase_owners: bool) -> Iterator[TaskAt]:
    """All tasks of a section and of the groups in it."""
    stack: list[TaskAt] = [
        TaskAt(task, f"{path}.{task.id}", (), phase_owners) for task in reversed(list(tasks.values()))
    ]
    while stack:
        at = stack.pop()
        yield at
        groups = (*at.groups, at.task)
        inner = [TaskAt(task, f"{at.path}.tasks.{task.id}", groups, phase_owners) for task in at.task.tasks.values()]
        stack.extend(reversed(inner))


def cycle(graph: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The circles of a directed graph, one for each knot of nodes that reach each other, in the order of the graph.

    >>> cycle({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]})
    [['a', 'b', 'c']]
    """
    color: dict[str, int] = {}
    found: list[list[str]] = []
    reported: set[str] = set()
    for start in graph:
        if start in color:
            continue
        trail: list[str] = [start]
        pending = [iter(graph[start])]
        color[start] = 1
        while trail:
            following = next(pending[-1], None)
            if following is None:
                color[trail.pop()] = 2
                pending.pop()
            elif color.get(following, 0) == 1:
                knot = trail[trail.index(following) :]
                if not reported.intersection(knot):
                    reported.update(knot)
                    found.append(knot)
            elif following not in color and following in graph:
                color[following] = 1
                trail.append(following)
                pending.append(iter(graph[following]))
    return found


def report_cycles(units: Mapping[str, Unit]) -> list[list[str]]:
    """Units that report to each other in a circle."""
    return cycle({unit.id: [unit.reports_to] for unit in units.values() if isinstance(unit.reports_to, str)})


_ENDS = {"FS": ("f", "s"), "SS": ("s", "s"), "FF": ("f", "f"), "SF": ("s", "f")}


def need_cycles(tasks: Mapping[str, TaskAt]) -> list[list[str]]:
    """Tasks whose needs lead back to themselves.

    The graph is of starts and finishes, so that two tasks tied start to start and finish to finish are no circle.
    """
    graph: dict[str, list[str]] = {}
    for name, at in tasks.items():
        start, finish = f"{name} s", f"{name} f"
        graph[start], graph[finish] = [], [start]
        for child in at.task.tasks:
            graph[start].append(f"{child} s")
            graph[finish].append(f"{child} f")
    for name, at in tasks.items():
        if not at.task.tasks:
            for need in _needs(at):
                theirs, ours = _ENDS[need[1]]
                graph[f"{name} {ours}"].append(f"{need[0]} {theirs}")
    return [list(dict.fromkeys(node[:-2] for node in knot)) for knot in cycle(graph)]


def _needs(at: TaskAt) -> Iterator[tuple[str, str]]:
    for task in (at.task, *at.groups):
        for need in task.needs:
            if not isinstance(need, Unresolved):
                yield need.task, need.link
