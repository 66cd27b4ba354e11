"""From text to tokens: a whitelist, so that whatever is not named here cannot be written."""

from __future__ import annotations

import re
from decimal import Context, Decimal, InvalidOperation

from attrs import frozen

from campaignflow.plan.expressions.faults import Fault, fault_error

__all__ = ["MAX_CHARACTERS", "MAX_TOKENS", "WORDS", "Token", "tokenize"]

MAX_CHARACTERS = 2_000
MAX_TOKENS = 400
MAX_DIGITS = 34  # as in plan values: more is a slip of the keyboard
MAX_MAGNITUDE = 30

WORDS = frozenset({"and", "or", "not", "in", "true", "false", "null"})
"""Words with a meaning of their own; no field may bear one."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?P<scale>%|万|亿)?
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<text>"[^"\n]*"|'[^'\n]*')
      | (?P<op>==|!=|<=|>=|[<>+\-*/?:().,\[\]])""",
    re.VERBOSE,
)
_SCALES = {"%": Decimal("0.01"), "万": Decimal(10_000), "亿": Decimal(100_000_000)}
_EXACT = Context(prec=2 * MAX_DIGITS)
_HINTS = {
    "=": "to compare, write ==",
    "&": "write and",
    "|": "write or",
    "!": "write not, or != for unequal",
    "%": "a percentage is written without a blank, 80%; there is no modulo",
    "^": "there is no power; multiply",
    "#": "an expression holds no comments; use the element's note",
    "\\": "a text holds no backslash",
    "{": "lists are written [1, 2]",
    ";": "an expression is one value; join conditions by and",
    "@": "ids that hold @ are quoted: 'task@unit'",
    "≥": "write >=",
    "≤": "write <=",
    "≠": "write !=",
    "＝": "write ==",
    "×": "write *",
    "÷": "write /",
    "，": "write the ASCII comma ,",
    "（": "write the ASCII bracket (",
    "）": "write the ASCII bracket )",
    "“": "quote by ' or \"",
    "”": "quote by ' or \"",
    "‘": "quote by ' or \"",
    "’": "quote by ' or \"",
}


@frozen
class Token:
    """One word of an expression.

    Attributes:
        kind: `number`, `text`, `name`, `word` (and, or, not, …), `op` or `end`.
        text: as written; of a quoted text what is between the quotes.
        offset, length: where it stands in the expression, in characters.
        number: value of a number, exact.
    """

    kind: str
    text: str
    offset: int
    length: int
    number: Decimal | None = None


def tokenize(text: str) -> list[Token]:
    """The tokens of an expression, the last of them of kind `end`.

    Raises:
        ExpressionError: a character that no expression holds, or more of them than it may (CF406); a text without its
            closing quote (CF401); a number out of range (CF112).

    >>> [token.text for token in tokenize("lower >= 80%")]
    ['lower', '>=', '80%', '']
    """
    if len(text) > MAX_CHARACTERS:
        message = f"the expression has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read"
        raise fault_error(
            text, Fault("CF406", MAX_CHARACTERS, 1, message, "split it into indicators or facts of its own")
        )
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise fault_error(text, _stranger(text, position))
        if match.lastgroup != "space":
            tokens.append(_token(text, match))
        if len(tokens) > MAX_TOKENS:
            message = f"the expression has more than {MAX_TOKENS} words and signs"
            raise fault_error(text, Fault("CF406", position, len(match.group()), message, "split it"))
        position = match.end()
    tokens.append(Token("end", "", len(text), 1))
    return tokens


def _token(text: str, match: re.Match[str]) -> Token:
    offset, written = match.start(), match.group()
    if match.group("number"):
        return Token("number", written, offset, len(written), _number(text, match))
    if match.group("text"):
        return Token("text", _quoted(text, offset, written), offset, len(written))
    if match.group("name"):
        return Token("word" if written in WORDS else "name", written, offset, len(written))
    return Token("op", written, offset, len(written))


def _number(text: str, match: re.Match[str]) -> Decimal:
    try:
        number = Decimal(match.group("number"))
    except InvalidOperation:  # an exponent that not even Decimal holds
        raise fault_error(text, _too_large(match)) from None
    if len(number.as_tuple().digits) > MAX_DIGITS or (number and abs(number.adjusted()) > MAX_MAGNITUDE):
        raise fault_error(text, _too_large(match))
    scale = match.group("scale")
    return _EXACT.multiply(number, _SCALES[scale]) if scale else number


def _too_large(match: re.Match[str]) -> Fault:
    message = f"a number of more than {MAX_DIGITS} digits, or beyond 1e{MAX_MAGNITUDE}"
    return Fault("CF112", match.start(), len(match.group()), message)


def _quoted(text: str, offset: int, written: str) -> str:
    inner = written[1:-1]
    for index, character in enumerate(inner):
        if character == "\\" or not character.isprintable():
            what = "a backslash" if character == "\\" else f"the control character U+{ord(character):04X}"
            raise fault_error(
                text, Fault("CF406", offset + 1 + index, 1, f"{what} in a text", "texts are taken as they stand")
            )
    return inner


def _stranger(text: str, position: int) -> Fault:
    character = text[position]
    if character in "'\"":
        return Fault("CF401", position, 1, "a text without its closing quote", f"close it with {character}")
    if character == "=":
        return Fault("CF401", position, 1, "= alone compares nothing", _HINTS["="])
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return Fault("CF406", position, 1, f"{shown!r} has no place in an expression", _HINTS.get(character))
