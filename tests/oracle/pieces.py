"""The pieces of a line: what is paid on which day, at which price and ratio."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from encounter import Coverage, Line
from money import HUNDRED

EXAMS_CAP = "exams"
SUPPLIES_CAP = "supplies"


@dataclass(slots=True)
class Piece:
    """One bed day, or one service at one ratio."""

    line: Line
    moment: datetime  # a bed day at 00:00 (C2)
    code: str
    quantity: Decimal
    listed: Decimal
    unit: Decimal
    insured: Decimal
    service_ratio: Decimal
    cap: tuple[str, str] | None  # a shared cap: its kind and what it is shared by
    coverage: Coverage | None = None
    level: int | None = None  # of the coverage, on the day
    insured_ratio: Decimal = HUNDRED
    rate: Decimal | None = None

    @property
    def day(self) -> date:
        return self.moment.date()


def make_piece(line, moment, price, quantity, ratio, cap=None):
    """A piece at a ratio, or at the ratio the sender overrides it with (C14)."""
    override = line.ratio_override
    return Piece(
        line=line,
        moment=moment,
        code=price.code,
        quantity=quantity,
        listed=price.listed,
        unit=price.unit,
        insured=price.insured,
        service_ratio=ratio if override is None else override,
        cap=cap,
    )


def by_time(line):
    """In order of time, then line id."""
    return line.time, line.order
