"""Static types: every node is checked against the schema once, and becomes a term that can run.

All faults of an expression are collected; what is wrong gets the type `any`, so that one slip is reported once.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from campaignflow.plan.expressions.calls import check_call
from campaignflow.plan.expressions.faults import Fault
from campaignflow.plan.expressions.names import check_name
from campaignflow.plan.expressions.operations import (
    Run,
    arithmetic,
    choice,
    compared,
    constant,
    inverted,
    is_null,
    joined,
    membership,
    negated,
)
from campaignflow.plan.expressions.schema import Register, Schema
from campaignflow.plan.expressions.syntax import (
    Binary,
    Call,
    Choice,
    Compare,
    ListOf,
    Literal,
    Logic,
    Member,
    Name,
    Node,
    Unary,
    unparse,
)
from campaignflow.plan.expressions.terms import Term
from campaignflow.plan.expressions.types import AMOUNT, ANY, DATE, FLAG, NULL, NUMBER, TEXT, Type, many
from campaignflow.plan.expressions.values import Ref, Unknown
from campaignflow.plan.near import suggestion
from campaignflow.plan.problems import Severity

__all__ = ["Checker"]

_LIKE = ({"number", "amount"}, {"text", "item"}, {"date", "moment"}, {"flag"}, {"window"})
_DIRECT = frozenset({"number", "text", "flag", "item"})


class Checker:
    """Checks the nodes of one expression.

    Attributes:
        schema: what may be named.
        own: the register whose fields bare names are, or None.
        faults: what was found wrong so far.
    """

    def __init__(self, schema: Schema, own: Register | None = None, faults: list[Fault] | None = None) -> None:
        self.schema = schema
        self.own = own
        self.faults: list[Fault] = [] if faults is None else faults

    def at(self, register: Register | None) -> Checker:
        """A checker of the same expression whose bare names are this register's own."""
        return Checker(self.schema, register, self.faults)

    # ---------------------------------------------------------------------------------------------------------- faults
    def report(
        self, code: str, node: Node, message: str, hint: str | None = None, *, severity: Severity = "error"
    ) -> None:
        """Note a fault at a node."""
        self.faults.append(Fault(code, node.offset, max(node.length, 1), message, hint, severity))

    def wrong(self, code: str, node: Node, message: str, hint: str | None = None) -> Term:
        """Note a fault at a node, and go on with a term that fits everywhere."""
        self.report(code, node, message, hint)
        return Term(ANY, constant(None), node)

    def mistyped(self, node: Node, found: Type, due: str, hint: str | None = None, code: str = "CF403") -> None:
        """Note that a value of another type is due."""
        self.report(code, node, f"{_excerpt(node)} is {found}, where {due} is due", hint)

    def require_flag(self, term: Term, where: str) -> None:
        """Note it if the term is no yes/no."""
        if term.type.kind not in ("flag", "any"):
            hint = "compare it: == 0, > 0" if term.type.is_numeric else None
            self.mistyped(term.node, term.type, f"a yes/no {where}", hint, "CF404")

    def require_number(self, term: Term, where: str, code: str = "CF403") -> None:
        """Note it if the term is neither a number nor an amount."""
        if not term.type.is_numeric:
            self.mistyped(term.node, term.type, f"a number {where}", code=code)

    def require_option(self, node: Node, type_: Type) -> None:
        """Note it if the node is a quoted text that the type can never be."""
        if not isinstance(node, Literal) or not isinstance(node.value, str):
            return
        options, what = type_.options, type_.what
        if type_.kind == "item" and len(type_.registers) == 1:
            register = next(iter(type_.registers))
            options, what = self.schema.ids.get(register), register
        if options is not None and node.value.split("@")[0] not in options and node.value not in options:
            self.unknown_id(node, what, node.value, options)

    def unknown_id(self, node: Node, what: str, found: str, known: Iterable[str]) -> None:
        """Note an id that names nothing."""
        self.report("CF405", node, f"there is no {what} {found!r}", suggestion(found, sorted(known)))

    # ----------------------------------------------------------------------------------------------------------- nodes
    def check(self, node: Node) -> Term:
        """The term of a node."""
        match node:
            case Literal():
                return self._literal(node)
            case ListOf(items):
                return self._list(node, items)
            case Name() | Member():
                return check_name(self, node)
            case Call():
                return check_call(self, node)
            case Unary():
                return self._folded(self._unary(node))
            case Binary():
                return self._folded(self._binary(node))
            case Compare():
                return self._compare(node)
            case Logic():
                return self._folded(self._logic(node))
        return self._folded(self._choice(node))

    def _literal(self, node: Literal) -> Term:
        if node.value is None:
            return Term(NULL, constant(None), node, constant=True)
        type_ = FLAG if isinstance(node.value, bool) else TEXT if isinstance(node.value, str) else NUMBER
        return Term(type_, constant(node.value), node, constant=True)

    def _list(self, node: ListOf, items: tuple[Literal, ...]) -> Term:
        kinds = {isinstance(item.value, Decimal) for item in items}
        element = ANY if len(kinds) > 1 else NUMBER if kinds == {True} else TEXT
        return Term(many(element), constant(tuple(item.value for item in items)), node, constant=True)

    def value(self, node: Node) -> Term:
        """The term of a node where one value is due: no list, no null."""
        term = self.check(node)
        if term.type.kind == "null":
            self.mistyped(node, term.type, "a value", "null stands only beside == and !=")
        elif term.type.kind == "many":
            self.mistyped(node, term.type, "one value", "lists stand to the right of in")
        else:
            return term
        return Term(ANY, term.run, node)

    def _unary(self, node: Unary) -> Term:
        term = self.value(node.operand)
        if node.operator == "not":
            self.require_flag(term, "after not")
            return term.made(FLAG, inverted(term.run), node)
        self.require_number(term, "after -")
        return term.made(term.type if term.type.is_numeric else ANY, negated(term.run), node)

    def _logic(self, node: Logic) -> Term:
        terms = [self.value(operand) for operand in node.operands]
        for term in terms:
            self.require_flag(term, f"beside {node.operator}")
            if isinstance(term.node, Literal) and term.type is FLAG:
                self.constant_warning(term.node, bool(term.node.value))
        return terms[0].made(FLAG, joined(node.operator, [term.run for term in terms]), node, *terms[1:])

    def _choice(self, node: Choice) -> Term:
        test, yes, no = (self.value(part) for part in (node.test, node.yes, node.no))
        self.require_flag(test, "before ?")
        if test.constant and test.type is FLAG and isinstance(node.test, Literal):
            self.constant_warning(node.test, bool(node.test.value))
        type_ = _either(yes.type, no.type)
        if type_ is None:
            message = f"one branch is {yes.type}, the other {no.type}"
            return self.wrong("CF403", node, message, "both branches of ? : are of one kind")
        return test.made(type_, choice(test.run, yes.run, no.run), node, yes, no)

    # ------------------------------------------------------------------------------------------------------ arithmetic
    def _binary(self, node: Binary) -> Term:
        left, right = self.value(node.left), self.value(node.right)
        hint = _arithmetic_hint(node.operator, left.type, right.type)
        for term in (left, right):
            if not term.type.is_numeric:
                self.mistyped(term.node, term.type, f"a number beside {node.operator}", hint)
                return Term(ANY, constant(None), node)
        type_ = self._result(node, left.type, right.type)
        numbers = left.type.kind == right.type.kind == "number"
        return left.made(type_, arithmetic(node.operator, left.run, right.run, numbers=numbers), node, right)

    def _result(self, node: Binary, left: Type, right: Type) -> Type:
        kinds = {left.kind, right.kind}
        if kinds == {"number"}:
            return NUMBER
        if kinds == {"amount"} and node.operator == "*":
            self.report("CF403", node, "an amount times an amount is no amount", "multiply an amount by a number")
        self._require_one_unit(node, left, right)
        if node.operator == "/" and right.kind == "amount":
            return NUMBER
        if "any" in kinds:
            return ANY
        return left if left.kind == "amount" else right

    def _require_one_unit(self, node: Node, left: Type, right: Type) -> None:
        if left.unit and right.unit and left.unit != right.unit:
            self.report(
                "CF611", node, f"{left.unit} beside {right.unit}: units of amounts must agree; none is converted"
            )

    # ------------------------------------------------------------------------------------------------------ comparison
    def _compare(self, node: Compare) -> Term:
        if node.operator in ("in", "not in"):
            return self._folded(self._membership(node), warn=True)
        left, right = self.check(node.left), self.check(node.right)
        if NULL in (left.type, right.type):
            return self._null(node, left, right)
        if not self._comparable(node, left, right):
            return Term(FLAG, constant(False), node, left.reads | right.reads)
        self.require_option(node.right, left.type)
        self.require_option(node.left, right.type)
        self._require_one_unit(node, left.type, right.type)
        term = left.made(FLAG, self._comparison(node, left, right), node, right, **_sides(node, left, right))
        if not term.constant and unparse(node.left) == unparse(node.right):
            self.report("CF407", node, "both sides are the same", severity="warning")
        return self._folded(term, warn=True)

    def _comparison(self, node: Compare, left: Term, right: Term) -> Run:
        left, right, sign = _constant_last(left, right, node.operator)
        fixed = right.run(_NOWHERE) if right.constant else None
        fixed = None if isinstance(fixed, Unknown) else fixed
        direct = left.type.kind == right.type.kind and left.type.kind in _DIRECT
        if left.type.kind == "item" and len(left.type.registers) == 1 and isinstance(fixed, str):
            register = next(iter(left.type.registers))
            fixed, direct = Ref(register, fixed.removeprefix(f"{register}/")), True
        return compared(sign, left.run, right.run, direct=direct, fixed=fixed)

    def _null(self, node: Compare, left: Term, right: Term) -> Term:
        if node.operator not in ("==", "!="):
            return self.wrong("CF403", node, "null has no order", "ask x == null or x != null")
        asked = right if left.type is NULL else left
        if asked.type is NULL or asked.constant:
            self.report("CF407", node, f"always {str(node.operator != '==').lower()}", severity="warning")
        return asked.made(FLAG, is_null(asked.run, node.operator), node, constant=False)

    def _comparable(self, node: Compare, left: Term, right: Term) -> bool:
        one, two, sign = left.type, right.type, node.operator
        if "many" in (one.kind, two.kind):
            self.report(
                "CF403", node, f"a list is not compared by {sign}", "ask whether it holds something: 'x' in list"
            )
        elif not _alike(one, two):
            hint = self._mismatch_hint(left, right)
            self.report("CF403", node, f"{_excerpt(node.left)} is {one}, but {_excerpt(node.right)} is {two}", hint)
        elif sign not in ("==", "!=") and not _has_order(one, two):
            kind = one if one.kind != "any" else two
            self.report("CF403", node, f"{sign} orders nothing here: {kind} has no order", "compare by == or !=")
        else:
            return True
        return False

    def _mismatch_hint(self, left: Term, right: Term) -> str | None:
        for one, two in ((left, right), (right, left)):
            if one.type.is_numeric and isinstance(two.node, Literal) and isinstance(two.node.value, str):
                return "numbers stand without quotes"
            if one.type.is_day and isinstance(two.node, Literal):
                return "there are no dates in expressions: name the day under `dates` and write dates.NAME"
            if one.type.kind == "flag" and isinstance(two.node, Literal):
                return "a yes/no stands alone: x, not x"
        return None

    def _membership(self, node: Compare) -> Term:
        left, right = self.value(node.left), self.check(node.right)
        if right.type.kind not in ("many", "any"):
            self.mistyped(node.right, right.type, "a list", "['a', 'b'], or a field that holds many")
        elif right.type.element is not None:
            self._require_members(node, left, right.type.element)
        run = membership(left.run, right.run, inside=node.operator == "in")
        return left.made(FLAG, run, node, right)

    def _require_members(self, node: Compare, left: Term, element: Type) -> None:
        if not _alike(left.type, element):
            self.report("CF403", node, f"{_excerpt(node.left)} is {left.type}, but the list holds {element} each")
        self.require_option(node.left, element)
        if isinstance(node.right, ListOf):
            for item in node.right.items:
                self.require_option(item, left.type)

    # --------------------------------------------------------------------------------------------------------- folding
    def _folded(self, term: Term, *, warn: bool = False) -> Term:
        """What is the same always, worked out once."""
        if not term.constant:
            return term
        if any(fault.severity == "error" for fault in self.faults):  # what is wrong is not run
            return Term(term.type, term.run, term.node)
        value = term.run(_NOWHERE)
        if warn:
            self.constant_warning(term.node, value)
        return Term(term.type, constant(value), term.node, constant=True)

    def constant_warning(self, node: Node, value: object) -> None:
        """Note what is always true or always false."""
        if isinstance(value, bool):
            self.report("CF407", node, f"{_excerpt(node)} is always {str(value).lower()}", severity="warning")


class _Nowhere:
    """The scope that constants are worked out in: they ask it nothing."""

    def fact(self, name: str, /) -> Decimal:
        raise LookupError(name)

    own = fact

    def member(self, ref: Ref, name: str, /) -> Decimal:
        raise LookupError(name)

    def call(self, function: str, arguments: tuple[object, ...], /) -> Decimal:
        raise LookupError(function)


_NOWHERE = _Nowhere()


def _excerpt(node: Node) -> str:
    text = unparse(node)
    return text if len(text) <= 40 else text[:37] + "…"


def _alike(one: Type, two: Type) -> bool:
    if "any" in (one.kind, two.kind):
        return True
    if one.kind == two.kind == "item":
        return not one.registers or not two.registers or bool(one.registers & two.registers)
    return any(one.kind in kinds and two.kind in kinds for kinds in _LIKE)


def _has_order(one: Type, two: Type) -> bool:
    return all(type_.is_numeric or type_.is_day for type_ in (one, two))


def _either(one: Type, two: Type) -> Type | None:
    if one == two:
        return one
    if not _alike(one, two) or {one.kind, two.kind} == {"text", "item"}:
        return None
    if "any" in (one.kind, two.kind):
        return ANY
    if one.kind == two.kind == "item":
        registers = one.registers | two.registers if one.registers and two.registers else frozenset[str]()
        return Type("item", registers)
    return {"text": TEXT, "date": DATE, "moment": DATE}.get(one.kind, AMOUNT)


def _sides(node: Compare, left: Term, right: Term) -> dict[str, tuple[Term, Term]]:
    return {"sides": (left, right)} if node.operator == "==" else {}


def _constant_last(left: Term, right: Term, sign: str) -> tuple[Term, Term, str]:
    if left.constant and not right.constant:
        mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
        return right, left, mirrored.get(sign, sign)
    return left, right, sign


def _arithmetic_hint(sign: str, left: Type, right: Type) -> str | None:
    kinds = {left.kind, right.kind}
    if "text" in kinds and sign == "+":
        return "texts are not joined; in a text of a message {…} inserts values"
    if kinds & {"date", "moment"}:
        return "ask days(a, b), workdays(a, b) or hours(a, b)"
    return "a yes/no is counted by count(register, condition)" if "flag" in kinds else None
