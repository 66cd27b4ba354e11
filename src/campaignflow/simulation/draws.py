"""Addressed draws: a random number is looked up by what it is for, never taken from a stream.

A draw is a function of (seed, replication, item, purpose, index) alone. So results do not depend on the order in which
draws are made or on how replications are spread over threads, processes or hosts, and two plans that are simulated with
one seed meet the same luck wherever they hold the same item.

The function is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: *Parallel random numbers: as easy as 1, 2, 3*, SC'11):

- key: the seed, 64 bits, low word first;
- counter: four words: the low and high word of the item's name (64 bits), the replication, and purpose << 24 | index;
- the item's name as a number: BLAKE2b of 8 bytes over its UTF-8 text, read little-endian;
- the number: 53 bits, the upper 27 of the first word of the output before the upper 26 of the second.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b

from attrs import field, frozen

from campaignflow.errors import SimulationError

__all__ = ["Draws", "Purpose", "address", "philox"]

_WORD = 0xFFFFFFFF
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_ULP = 2.0**-53


class Purpose(IntEnum):
    """What a draw is for. The numbers are part of the address: they never change, and new ones are added at the end."""

    DURATION = 1
    PASS = 2
    REWORK = 3
    FINDINGS = 4
    MEASURE = 5
    ANSWER = 6
    MARK = 7
    ARRIVALS = 8
    STAY = 9
    TRIGGER = 10
    RISK = 11
    RISK_FACTOR = 12
    RISK_DELAY = 13
    SAMPLE = 14


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Philox4x32-10: four words of 32 random bits for a counter of four words under a key of two.

    >>> [f"{word:08x}" for word in philox((0, 0, 0, 0), (0, 0))]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    a, b, c, d = counter
    k, m = key
    for _ in range(_ROUNDS):
        left, right = _MULTIPLIERS[0] * a, _MULTIPLIERS[1] * c
        a, b, c, d = (right >> 32) ^ b ^ k, right & _WORD, (left >> 32) ^ d ^ m, left & _WORD
        k, m = (k + _WEYL[0]) & _WORD, (m + _WEYL[1]) & _WORD
    return a, b, c, d


@lru_cache(maxsize=1 << 16)
def address(item: str) -> int:
    """The item's name as a number of 64 bits; two names share one with a chance of 2⁻⁶⁴ a pair.

    >>> hex(address("kick-off"))
    '0xe2f2cbe2b4046669'
    """
    return int.from_bytes(blake2b(item.encode(), digest_size=8).digest(), "little")


def _within(bits: int, name: str, value: int) -> int:
    if not 0 <= value < 1 << bits:
        raise SimulationError(f"{name} {value} is out of range: a whole number from 0 to 2^{bits} - 1")
    return value


@frozen
class Draws:
    """The luck of one replication.

    Attributes:
        seed: 0 to 2⁶⁴ - 1.
        replication: its number, 0 to 2³² - 1.

    >>> draws = Draws(seed=7, replication=0)
    >>> draws.uniform("kick-off", Purpose.DURATION) == draws.uniform("kick-off", Purpose.DURATION)
    True
    """

    seed: int = field(default=0)
    replication: int = field(default=0)

    @seed.validator
    def _check_seed(self, _attribute: object, value: int) -> None:
        _within(64, "the seed", value)

    @replication.validator
    def _check_replication(self, _attribute: object, value: int) -> None:
        _within(32, "the replication", value)

    def uniform(self, item: str, purpose: Purpose, index: int = 0) -> float:
        """A number of the open interval (0, 1), with 53 random bits; always the same for the same address.

        Args:
            item: the id of what the draw is for: a task, an occurrence, an indicator.
            purpose: what is drawn for it.
            index: the how-manieth draw of this purpose (rework after the second return), 0 to 2²⁴ - 1.

        Raises:
            SimulationError: an index out of range.
        """
        name, last = address(item), purpose << 24 | _within(24, "the index", index)
        counter = (name & _WORD, name >> 32, self.replication, last)
        first, second, _, _ = philox(counter, (self.seed & _WORD, self.seed >> 32))
        bits = (first >> 5) << 26 | second >> 6
        return (bits or 0.5) * _ULP
