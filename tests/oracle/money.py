"""Exact decimal numbers: reading, writing and the one rounding of the format.

Amounts have 2 decimals; a half is rounded away from zero.
"""

from decimal import ROUND_HALF_UP, Decimal, getcontext

getcontext().prec = 60

ZERO = Decimal(0)
HALF = Decimal("0.5")
ONE = Decimal(1)
HUNDRED = Decimal(100)
CENT = Decimal("0.01")


class Problem(Exception):
    """A reason for which an encounter cannot be priced."""


def number(value):
    """A decimal sent as a string, or as a number read without floats."""
    return Decimal(value)


def optional_number(value):
    return None if value is None else number(value)


def text(value):
    """The shortest way to write a number; null stays null."""
    return None if value is None else format(value.normalize(), "f")


def cents(value):
    return value.quantize(CENT, ROUND_HALF_UP)


def whole(value):
    return value.quantize(ONE, ROUND_HALF_UP)
