"""The checker: what can be read but cannot work, and what a version reads but does not run.

It adds to what reading shows: lifecycles whose states nobody can reach or leave, plans that nothing can accept, the
calendar's guesses.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from campaignflow.core.builtin import BUILTIN
from campaignflow.core.compiled import Compiled, compile_plan
from campaignflow.plan.checks_times import windows_of
from campaignflow.plan.model import Plan, Register
from campaignflow.plan.problems import Problem, by_place
from campaignflow.plan.values import BadValue

__all__ = ["check_plan"]


def check_plan(plan: Plan) -> list[Problem]:
    """Everything that is wrong, doubtful or still open, in the order of the text."""
    problems = list(plan.problems)
    try:
        compiled = compile_plan(plan)
    except BadValue as error:
        path = "phases" if error.code == "CF512" else "calendar"
        code = error.code if error.code == "CF512" else "CF804"
        problems.append(plan.origin.problem(code, error.message, path, hint=error.hint))
        return by_place(problems)
    problems += _lifecycles(plan, compiled)
    problems += _guesses(plan, compiled)
    problems += _not_run(plan)
    return by_place(problems)


def _lifecycles(plan: Plan, compiled: Compiled) -> Iterator[Problem]:
    for register in plan.registers.values():
        if register.lifecycle:
            yield from _lifecycle(plan, compiled, register)


def _lifecycle(plan: Plan, compiled: Compiled, register: Register) -> Iterator[Problem]:
    life = compiled.lifecycles[register.id]
    path = f"registers.{register.id}.lifecycle"
    reachable = life.reachable()
    for state in life.states:
        if state not in reachable:
            known = f"{path}.{state}" if state in register.lifecycle else path
            yield plan.origin.problem("CF504", f"no {register.id} can come into the state {state!r}", known)
    if not life.ends & reachable:
        yield plan.origin.problem(
            "CF505", f"a {register.id} never ends: no state without a way out, none with `end`", path
        )
    built_in = BUILTIN.get(register.id)
    if built_in is not None:
        for end in sorted(built_in.ends - set(life.states)):
            if end in {"verified", "closed"}:
                yield plan.origin.problem("CF511", f"the lifecycle of {register.id} has lost its end {end!r}", path)


def _guesses(plan: Plan, compiled: Compiled) -> Iterator[Problem]:
    """Windows that reach beyond what the calendar knows."""
    known = compiled.calendar.known_until
    if known is None:
        return
    for window in windows_of(plan):
        last = window.end or window.start
        if last is not None and (last - timedelta(microseconds=1)).date() > known:
            message = f"days after {known} are a guess: calendar {compiled.calendar.name} knows none of them yet"
            yield plan.origin.problem("CF309", message, window.path, severity="warning")
            return


def _not_run(plan: Plan) -> Iterator[Problem]:
    for path, construct in plan.not_run():
        message = f"{construct} is read, but this version does not run it: starting is refused"
        yield plan.origin.problem("CF804", message, path)
