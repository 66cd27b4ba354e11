"""A plan as a Mermaid flowchart: phases with their tasks, what needs what, gates, and where a missed gate leads back."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field

from campaignflow.plan.model import Phase, Plan, Task
from campaignflow.plan.model_work import Gate, Need, OnFail
from campaignflow.plan.values import Text

__all__ = ["plan_diagram"]


def plan_diagram(plan: Plan, language: str = "") -> str:
    """The Mermaid text of a plan: it can be pasted into any Markdown that draws Mermaid.

    Args:
        language: of the titles; else the plain title or the English one.

    >>> print(plan_diagram(Plan("tidy-week", phases=[Phase("clean", tasks=["sweep", Task("wash", needs=["sweep"])])])))
    flowchart LR
        subgraph p1["clean"]
            t1["sweep"]
            t2["wash"]
        end
        t1 --> t2
    """
    drawing = _Drawing(language)
    drawing.add(list(plan.phases.values()), dict(plan.tasks))
    lines = ["flowchart LR", *drawing.boxes, *drawing.arrows(plan)]
    return "\n".join(lines)


def label(text: str) -> str:
    """A text as Mermaid shows it literally, on one line: what has a meaning there is written as an entity.

    >>> label('a "b" <c>')
    'a #quot;b#quot; #lt;c#gt;'
    """
    marks = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;"}
    return "".join(marks.get(char, char) for char in " ".join(text.split()))


@define
class _Drawing:
    """The boxes drawn so far, and the names they have in the diagram."""

    language: str
    boxes: list[str] = field(factory=list)
    names: dict[str, str] = field(factory=dict)
    leaves: list[tuple[str, str, Phase]] = field(factory=list)
    tasks: list[Task] = field(factory=list)

    def title(self, element: Phase | Task) -> str:
        title = element.title
        return label(title.get(self.language) if isinstance(title, Text) else element.id)

    def add(self, phases: list[Phase], tasks: dict[str, Task], depth: int = 1) -> None:
        for task in tasks.values():
            self._task(task, depth)
        for phase in phases:
            self._phase(phase, depth)

    def _phase(self, phase: Phase, depth: int) -> None:
        name = f"p{1 + sum(key.startswith('phase ') for key in self.names)}"
        self.names[f"phase {phase.id}"] = name
        pad = "    " * depth
        self.boxes.append(f'{pad}subgraph {name}["{self.title(phase)}"]')
        self.add(list(phase.phases.values()), dict(phase.tasks), depth + 1)
        if not phase.phases and not phase.tasks:
            self.boxes.append(f'{pad}    {name}n["…"]')
        self.boxes.append(f"{pad}end")
        if isinstance(phase.gate, Gate) and phase.gate.when:
            self.boxes.append(f'{pad}{name}g{{"{label(str(phase.gate.when))}"}}')
        if not phase.phases:
            self.leaves.append((name, phase.id, phase))

    def _task(self, task: Task, depth: int) -> None:
        pad = "    " * depth
        self.tasks.append(task)
        name = self.names[task.id] = f"t{len(self.tasks)}"
        if not task.tasks:
            again = " ⟳" if task.every else ""
            self.boxes.append(f'{pad}{name}["{self.title(task)}{again}"]')
            return
        self.boxes.append(f'{pad}subgraph {name}["{self.title(task)}"]')
        self.add([], dict(task.tasks), depth + 1)
        self.boxes.append(f"{pad}end")

    def arrows(self, plan: Plan) -> Iterator[str]:
        for task in self.tasks:
            yield from self._needs(task)
        for place, (name, _, phase) in enumerate(self.leaves):
            following = self.leaves[place + 1][0] if place + 1 < len(self.leaves) else ""
            yield from self._onward(name, phase, following)

    def _needs(self, task: Task) -> Iterator[str]:
        for need in task.needs:
            if isinstance(need, Need) and need.task.rpartition("/")[2] in self.names:
                how = str(need)[len(need.task) :].strip()
                text = f"|{label(how)}|" if how else ""
                yield f"    {self.names[need.task.rpartition('/')[2]]} -->{text} {self.names[task.id]}"

    def _onward(self, name: str, phase: Phase, following: str) -> Iterator[str]:
        gated = isinstance(phase.gate, Gate) and phase.gate.when
        if gated:
            yield f"    {name} ==> {name}g"
        if following:
            yield f"    {name + 'g' if gated else name} ==> {following}"
        back = phase.on_fail
        if isinstance(back, OnFail) and isinstance(back.back_to, str):
            target = self.names.get(f"phase {back.back_to.rpartition('/')[2]}")
            if target is not None:
                at_most = f", at most {back.at_most} times" if isinstance(back.at_most, int) else ""
                yield f"    {name + 'g' if gated else name} -.->|not passed{at_most}| {target}"
