"""Bed days: which days count, which beds share them, at which level (R17–R20, C10–C12)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

import law
from encounter import Line, Segment
from money import HALF, HUNDRED, ONE, ZERO, Problem
from pieces import make_piece
from tariff import WARD_BED

NO_DAY_MINUTES = 240  # R17: up to 4 hours
WHOLE_DAY_MINUTES = 1440
MINUTE = timedelta(minutes=1)
ONE_DAY = timedelta(days=1)

DAY_BED_RATIO = Decimal(30)
SHARED_BY_TWO = Decimal(50)
SHARED_BY_MORE = Decimal(33)


@dataclass(slots=True)
class Place:
    """A segment of a bed line; places are listed in line order, then segment order."""

    line: Line
    segment: Segment

    def minutes_on(self, day):
        midnight = datetime.combine(day, time.min)
        start = max(self.segment.start, midnight)
        end = min(self.segment.end, midnight + ONE_DAY)
        return (end - start) // MINUTE


def bed_pieces(lines, visit, prices, findings):
    """One piece for each counted day or half day of each bed."""
    beds = [line for line in lines if line.is_bed]
    if not beds:
        return []
    places = [Place(line, segment) for line in beds for segment in line.segments]
    levels = SurgicalLevels(lines, prices)
    pieces = []
    for day in counted_days(visit):
        for place, quantity in shares(places, day, prices, levels, findings):
            pieces.append(bed_piece(place, day, quantity, prices, levels))
    paid = {piece.line.id for piece in pieces}
    for line in beds:
        if line.id not in paid:
            pieces.append(uncounted_piece(line, prices))
    return pieces


def counted_days(visit):
    """R17: the calendar days that carry a bed day."""
    first, last = visit.admitted.date(), visit.end.date()
    minutes = (visit.end - visit.admitted) // MINUTE
    if minutes <= NO_DAY_MINUTES:
        return []
    if minutes < WHOLE_DAY_MINUTES:
        return [first]
    count = (last - first).days + (1 if visit.special_ending else 0)
    return [first + step * ONE_DAY for step in range(count)]


def shares(places, day, prices, levels, findings):
    """R18: the places paid on a day, each with its share of the day."""
    longest = {}  # department → (minutes, position)
    for position, place in enumerate(places):
        minutes = place.minutes_on(day)
        kept = longest.get(place.segment.department)
        if minutes > (kept[0] if kept else 0):
            longest[place.segment.department] = minutes, position
    stayed = sorted(longest.values(), key=lambda entry: entry[1])
    present = [(minutes, places[position]) for minutes, position in stayed]

    if not present:
        findings.add("VP-BED-DAY-UNCOVERED")
        return []
    if len(present) == 1:
        return [(present[0][1], ONE)]
    if len(present) == 2:
        return [(place, HALF) for _, place in present]

    long = [place for minutes, place in present if minutes > NO_DAY_MINUTES]
    if len(long) < 2:
        findings.add("VP-BED-SHORT-STAYS")
        return [(max(present, key=lambda entry: entry[0])[1], ONE)]
    priced = [(bed_price(place, day, prices, levels).insured, place) for place in long]
    dearest = max(priced, key=lambda entry: entry[0])
    cheapest = min((entry for entry in priced if entry is not dearest), key=lambda entry: entry[0])
    return [(dearest[1], HALF), (cheapest[1], HALF)]


def bed_piece(place, day, quantity, prices, levels):
    price = bed_price(place, day, prices, levels)
    midnight = datetime.combine(day, time.min)
    return make_piece(place.line, midnight, price, quantity, bed_ratio(place))


def uncounted_piece(line, prices):
    """C10: a bed line without a counted day, at the price it declares."""
    segment = line.segments[0]
    price = prices.price_or_zero(line, segment.code, segment.start.date())
    return make_piece(line, datetime.combine(segment.start.date(), time.min), price, ZERO, HUNDRED)


def bed_ratio(place):
    """R20: sharing, and 30 % of the inpatient bed for a day bed."""
    sharing = place.segment.sharing
    ratio = HUNDRED if sharing <= 1 else SHARED_BY_TWO if sharing == 2 else SHARED_BY_MORE
    if place.line.kind == "day-bed" and WARD_BED.fullmatch(place.segment.code):
        return DAY_BED_RATIO * ratio / HUNDRED
    return ratio


def bed_price(place, day, prices, levels):
    """The price of the bed that is paid, whose level may not be the declared one."""
    line, code = place.line, place.segment.code
    bed = WARD_BED.fullmatch(code)
    if bed and bed[2] == "NG" and not line.stopped:
        code = surgical_code(bed[1], line, day, prices, levels)
    return prices.price(line, code, day)


def surgical_code(prefix, line, day, prices, levels):
    """R19: the code that a surgical bed is paid by on a day."""
    price_day = prices.price_day(line, day)
    level = levels.on(day)
    if level is not None:
        code = f"{prefix}.NG{level}"
        if not prices.find(code, price_day):
            raise Problem(f"bed {code} of line {line.id} is not listed")
        return code
    internal = prices.internal_beds(prefix, price_day)
    if len(internal) != 1:
        raise Problem(f"line {line.id}: {len(internal)} internal beds listed for {prefix}")
    return internal[0]


class SurgicalLevels:
    """C11: the windows after operations and the levels they give."""

    def __init__(self, lines, prices):
        self.windows = []
        for line in lines:
            if line.kind != "surgery" or line.stopped:
                continue
            level = operation_level(line, prices)
            if level is not None:
                started = line.operation.started if line.operation else line.time
                first = started.date()
                self.windows.append((first, first + law.SURGICAL_DAYS, level))

    def on(self, day):
        """The highest level of the windows holding a day; NG1 is the highest."""
        return min((level for first, last, level in self.windows if first <= day <= last), default=None)


def operation_level(line, prices):
    """R19: by LOAI_PTTT of the row, else by the operation's class; 1–4 are procedures."""
    surgery_class = prices.price(line, line.code, line.time.date()).surgery_class
    if surgery_class:
        return law.SURGICAL_LEVELS.get(surgery_class)
    return law.OPERATION_LEVELS.get(line.operation.operation_class) if line.operation else None
