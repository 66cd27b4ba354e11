"""From tokens to a tree: one method for each level of binding, tightest last.

```
choice   = either [ "?" choice ":" choice ]
either   = both { "or" both }
both     = inverse { "and" inverse }
inverse  = "not" inverse | compare
compare  = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in") sum ]
sum      = product { ("+" | "-") product }
product  = signed { ("*" | "/") signed }
signed   = "-" signed | chain
chain    = atom { "." name }
atom     = number | text | "true" | "false" | "null" | name | call | "(" choice ")" | list
call     = name "(" [ choice { "," choice } ] ")"
list     = "[" literal { "," literal } "]"
```
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from campaignflow.plan.expressions.faults import ExpressionError, Fault, fault_error
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
)
from campaignflow.plan.expressions.tokens import WORDS, Token, tokenize

__all__ = ["COMPARISONS", "MAX_DEPTH", "parse", "parse_test"]

MAX_DEPTH = 32
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_CONSTANTS = {"true": True, "false": False, "null": None}


def parse(text: str) -> Node:
    """The tree of an expression.

    Raises:
        ExpressionError: it does not parse (CF401), or is too long, too deep or holds what no expression may (CF406).

    >>> parse("findings.open == 0").operator
    '=='
    """
    return _Parser(text, tokenize(text)).whole()


def parse_test(text: str, subject: str, *, bare_number: bool = False) -> Node:
    """The tree of a test: `>= 80%` reads as `SUBJECT >= 80%`; anything else is a whole expression.

    Args:
        text: the test.
        subject: name that is supplied where the test begins with a comparison.
        bare_number: whether a number alone means `>=` it, as in `grades`.

    >>> parse_test("75", "value", bare_number=True) == parse_test(">= 75", "value")
    True
    """
    tokens = tokenize(text)
    first = tokens[0]
    if first.text in COMPARISONS and first.kind == "op":
        tokens.insert(0, Token("name", subject, first.offset, 0))
    elif bare_number and _is_bare_number(tokens):
        tokens[:0] = [Token("name", subject, first.offset, 0), Token("op", ">=", first.offset, 0)]
    return _Parser(text, tokens).whole()


def _is_bare_number(tokens: list[Token]) -> bool:
    body = tokens[1:-1] if tokens[0].text == "-" and tokens[0].kind == "op" else tokens[:-1]
    return len(body) == 1 and body[0].kind == "number"


class _Parser:
    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.position = 0
        self.depth = 0

    # ------------------------------------------------------------------------------------------------------- movement
    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def at(self, *texts: str) -> bool:
        token = self.token
        return token.kind in ("op", "word") and token.text in texts

    def take(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def expect(self, text: str, why: str) -> Token:
        if not self.at(text):
            raise self.unexpected(f"{text!r} is due {why}")
        return self.take()

    def unexpected(self, due: str, hint: str | None = None) -> ExpressionError:
        token = self.token
        found = "the expression ends" if token.kind == "end" else f"found {self.text[token.offset :][: token.length]!r}"
        return fault_error(self.text, Fault("CF401", token.offset, token.length, f"{found}, where {due}", hint))

    def nested(self, parse: Callable[[], Node]) -> Node:
        if self.depth >= MAX_DEPTH:
            message = f"more than {MAX_DEPTH} levels of brackets, calls or not"
            raise fault_error(self.text, Fault("CF406", self.token.offset, self.token.length, message, "split it"))
        self.depth += 1
        node = parse()
        self.depth -= 1
        return node

    def since(self, start: int) -> dict[str, int]:
        last = self.tokens[self.position - 1]
        return {"offset": start, "length": max(last.offset + last.length - start, 1)}

    # --------------------------------------------------------------------------------------------------------- levels
    def whole(self) -> Node:
        if self.token.kind == "end":
            raise self.unexpected("an expression is due")
        node = self.nested(self.choice)
        if self.token.kind != "end":
            raise self.unexpected("an operator or the end is due", self.left_over())
        return node

    def left_over(self) -> str | None:
        if self.at(*COMPARISONS, "in"):
            return "comparisons do not chain: write a < b and b < c"
        token = self.token
        if token.kind == "name" and self.tokens[self.position - 1].kind == "name":
            return "a name holds no blanks; - is written _ in names, and ids are quoted"
        return None

    def choice(self) -> Node:
        start = self.token.offset
        test = self.either()
        if not self.at("?"):
            return test
        self.take()
        yes = self.nested(self.choice)
        self.expect(":", "(a choice is written test ? yes : no)")
        no = self.nested(self.choice)
        return Choice(test, yes, no, **self.since(start))

    def either(self) -> Node:
        return self.joined("or", self.both)

    def both(self) -> Node:
        return self.joined("and", self.inverse)

    def joined(self, word: str, operand: Callable[[], Node]) -> Node:
        start = self.token.offset
        operands = [operand()]
        while self.at(word):
            self.take()
            operands.append(operand())
        return operands[0] if len(operands) == 1 else Logic(word, tuple(operands), **self.since(start))

    def inverse(self) -> Node:
        start = self.token.offset
        if not self.at("not"):
            return self.compare()
        self.take()
        operand = self.nested(self.inverse)
        return Unary("not", operand, **self.since(start))

    def compare(self) -> Node:
        start = self.token.offset
        left = self.sum()
        operator = self.comparison()
        if operator is None:
            return left
        right = self.sum()
        if self.comparison() is not None:
            self.position -= 1
            raise self.unexpected("an operator or the end is due", "comparisons do not chain: write a < b and b < c")
        return Compare(operator, left, right, **self.since(start))

    def comparison(self) -> str | None:
        if self.at(*COMPARISONS, "in"):
            return self.take().text
        if self.at("not") and self.tokens[self.position + 1].text == "in":
            self.position += 2
            return "not in"
        return None

    def sum(self) -> Node:
        return self.folded(("+", "-"), self.product)

    def product(self) -> Node:
        return self.folded(("*", "/"), self.signed)

    def folded(self, operators: tuple[str, ...], operand: Callable[[], Node]) -> Node:
        start = self.token.offset
        node = operand()
        while self.at(*operators):
            operator = self.take().text
            node = Binary(operator, node, operand(), **self.since(start))
        return node

    def signed(self) -> Node:
        start = self.token.offset
        if not self.at("-"):
            return self.chain()
        self.take()
        operand = self.nested(self.signed)
        place = self.since(start)
        if isinstance(operand, Literal) and isinstance(operand.value, Decimal):
            return Literal(operand.value.copy_negate() if operand.value else operand.value, **place)
        return Unary("-", operand, **place)

    def chain(self) -> Node:
        start = self.token.offset
        node = self.atom()
        while self.at("."):
            self.take()
            if self.token.kind != "name":
                raise self.unexpected("the name of a field is due after the dot")
            node = Member(node, self.take().text, **self.since(start))
        return node

    def atom(self) -> Node:
        token = self.token
        match token.kind:
            case "number" | "text":
                return self.literal()
            case "word" if token.text in _CONSTANTS:
                self.take()
                return Literal(_CONSTANTS[token.text], **self.since(token.offset))
            case "name":
                self.take()
                return self.call(token) if self.at("(") else Name(token.text, **self.since(token.offset))
            case "op" if token.text == "(":
                self.take()
                node = self.nested(self.choice)
                self.expect(")", "to close the bracket")
                return node
            case "op" if token.text == "[":
                return self.list()
        raise self.unexpected("a value is due (a number, a quoted text, a fact, a function)", _value_hint(token))

    def literal(self) -> Literal:
        token = self.take()
        value = token.text if token.number is None else token.number
        return Literal(value, **self.since(token.offset))

    def call(self, name: Token) -> Node:
        self.take()
        arguments: list[Node] = []
        while not self.at(")"):
            if arguments:
                self.expect(",", f"or ')' to close {name.text}(")
            arguments.append(self.nested(self.choice))
        self.take()
        return Call(name.text, tuple(arguments), **self.since(name.offset))

    def list(self) -> Node:
        start = self.take().offset
        items = [self.list_item()]
        while self.at(","):
            self.take()
            items.append(self.list_item())
        self.expect("]", "to close the list")
        return ListOf(tuple(items), **self.since(start))

    def list_item(self) -> Literal:
        if self.token.kind in ("number", "text"):
            return self.literal()
        if self.at("-") and self.tokens[self.position + 1].kind == "number":
            node = self.signed()
            if isinstance(node, Literal):
                return node
        raise self.unexpected("a number or a quoted text is due (a list holds nothing else)")


def _value_hint(token: Token) -> str | None:
    if token.kind == "word" and token.text in WORDS:
        return f"{token.text} stands between two conditions" if token.text in ("and", "or", "in") else None
    return None
