"""What a name means where it stands: through the schema only, never through an attribute of a Python object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from campaignflow.plan.expressions.operations import Run
from campaignflow.plan.expressions.schema import Register
from campaignflow.plan.expressions.syntax import Member, Name, Node
from campaignflow.plan.expressions.terms import Term
from campaignflow.plan.expressions.types import ANY, Type
from campaignflow.plan.expressions.values import Ref, Scope, Unknown, Value
from campaignflow.plan.near import suggestion

if TYPE_CHECKING:
    from campaignflow.plan.expressions.checker import Checker

__all__ = ["check_name", "own_term"]


def check_name(checker: Checker, node: Name | Member) -> Term:
    """The term of a name or of a chain of names."""
    chain = _chain(node)
    if chain is None:
        return _on_value(checker, node)
    head, *fields = chain
    if checker.own is not None and head.id in checker.own.fields:  # type: ignore[union-attr]  # the head is a Name
        return _along(checker, own_term(checker.own, head), fields)
    found = _fact(checker, chain)
    if found is None:
        return _unknown(checker, chain)
    term, used = found
    return _along(checker, term, chain[used:])


def own_term(register: Register, node: Node) -> Term:
    """The term of a field of the item that a condition is tried on."""
    name = node.id if isinstance(node, Name) else ""
    return Term(register.fields[name], _own(name), node, frozenset({f".{name}"}), by_time=name in register.by_time)


def _chain(node: Node) -> list[Name | Member] | None:
    """The nodes of `a`, `a.b`, `a.b.c`; None where something else stands before the first dot."""
    nodes: list[Name | Member] = []
    while isinstance(node, Member):
        nodes.append(node)
        node = node.base
    if not isinstance(node, Name):
        return None
    return [node, *reversed(nodes)]


def _label(node: Name | Member) -> str:
    return node.id if isinstance(node, Name) else node.name


def _dotted(chain: list[Name | Member]) -> str:
    return ".".join(map(_label, chain))


def _fact(checker: Checker, chain: list[Name | Member]) -> tuple[Term, int] | None:
    """The longest beginning of the chain that names a fact, and how many names it uses."""
    schema = checker.schema
    for used in range(len(chain), 0, -1):
        name = _dotted(chain[:used])
        type_ = schema.facts.get(name)
        if type_ is None and used == 2 and _label(chain[0]) in schema.open_heads:
            type_ = ANY
        if type_ is not None:
            by_time = name in schema.by_time
            return Term(type_, _asked(name), chain[used - 1], frozenset({name}), by_time=by_time), used
    return None


# ------------------------------------------------------------------------------------------------------------- members
def _along(checker: Checker, term: Term, fields: list[Name | Member]) -> Term:
    for node in fields:
        term = _member(checker, term, node)
    return term


def _on_value(checker: Checker, node: Name | Member) -> Term:
    assert isinstance(node, Member)
    base = checker.value(node.base)
    return _member(checker, base, node)


def _member(checker: Checker, term: Term, node: Name | Member) -> Term:
    name = _label(node)
    found = _field(checker, term.type, name)
    if found is None:
        _report_field(checker, term, node)
        return Term(ANY, term.run, node, term.reads)
    type_, by_time = found
    reads = frozenset(f"{read}.{name}" for read in term.reads) or frozenset({name})
    own = any(read.startswith(".") for read in reads)
    return Term(
        type_, _followed(term.run, name, reads if own else None), node, reads, term.by_time or by_time, loose=own
    )


def _field(checker: Checker, type_: Type, name: str) -> tuple[Type, bool] | None:
    if type_.kind == "any":
        return ANY, False
    if type_.kind != "item":
        return None
    registers = _registers(checker, type_)
    types = [register.fields.get(name) for register in registers]
    known = [found for found in types if found is not None]
    if not known or len(known) < len(types):
        return None
    by_time = any(name in register.by_time for register in registers)
    return (known[0] if all(found == known[0] for found in known) else ANY), by_time


def _registers(checker: Checker, type_: Type) -> list[Register]:
    known = checker.schema.registers.values()
    return [register for register in known if not type_.registers or register.id in type_.registers]


def _report_field(checker: Checker, term: Term, node: Name | Member) -> None:
    name = _label(node)
    place = Name(name, offset=node.offset + node.length - len(name), length=len(name))
    if term.type.kind != "item":
        checker.report("CF402", place, f"{term.type} has no fields, so no {name!r}")
        return
    registers = _registers(checker, term.type)
    common = set.intersection(*(set(register.fields) for register in registers)) if registers else set[str]()
    if len(term.type.registers) == 1 or not any(name in register.fields for register in registers):
        hint = suggestion(name, sorted(common))
        checker.report("CF402", place, f"{term.type} has no field {name!r}", hint)
    else:
        hint = "name the scorecard, indicator or register that is meant: then it is known what this is an item of"
        checker.report("CF402", place, f"not everything that can stand here has a field {name!r}", hint)


# ------------------------------------------------------------------------------------------------------------- unknown
def _unknown(checker: Checker, chain: list[Name | Member]) -> Term:
    head, name = chain[0], _label(chain[0])
    attributes = sorted(fact.split(".")[1] for fact in checker.schema.facts if fact.startswith(f"{name}."))
    if not attributes:
        return checker.wrong(
            "CF402", head, f"there is no fact {name!r} in {checker.schema.where}", _name_hint(checker, name)
        )
    if len(chain) == 1:
        return checker.wrong(
            "CF402", head, f"{name} holds several facts", f"name one: {', '.join(_under(name, attributes))}"
        )
    wanted = _label(chain[1])
    place = Name(wanted, offset=chain[1].offset + chain[1].length - len(wanted), length=len(wanted))
    return checker.wrong("CF402", place, f"{name} has no fact {wanted!r}", suggestion(wanted, attributes))


def _under(name: str, attributes: list[str]) -> list[str]:
    shown = [f"{name}.{attribute}" for attribute in dict.fromkeys(attributes)]
    return shown[:8] + ["…"] * (len(shown) > 8)


def _name_hint(checker: Checker, name: str) -> str | None:
    schema = checker.schema
    if name in schema.functions:
        return f"a function is called: {schema.functions[name].shown}"
    if name in schema.elsewhere:
        return f"{name} stands only in {schema.elsewhere[name]}"
    if any(name in ids or name.replace("_", "-") in ids for ids in schema.ids.values()):
        return f"ids are quoted as they stand: {name.replace('_', '-')!r}"
    known = {fact.split(".")[0] for fact in schema.facts} | set(checker.own.fields if checker.own else ())
    near = suggestion(name, sorted(known))
    return near if near and near.startswith("did") else suggestion(name, sorted({*known, *schema.functions}))


# ------------------------------------------------------------------------------------------------------------ closures
def _asked(name: str) -> Run:
    def run(scope: Scope) -> Value:
        return scope.fact(name)

    return run


def _own(name: str) -> Run:
    blank = Unknown.of(f".{name}")

    def run(scope: Scope) -> Value:
        value = scope.own(name)
        return blank if value.__class__ is Unknown else value

    return run


def _followed(base: Run, name: str, blank: frozenset[str] | None) -> Run:
    """`base.name`; through a field of the tried item, a blank at the end is a blank of that item."""
    own = None if blank is None else Unknown(blank)

    def run(scope: Scope) -> Value:
        ref = base(scope)
        if ref.__class__ is not Ref:
            return ref if ref.__class__ is Unknown else Unknown.of(name)
        value = scope.member(ref, name)
        return own if own is not None and value.__class__ is Unknown else value

    return run
