"""Parts, their amounts and who pays them (R5, R13, R15, R23, R30, C23–C28)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import law
from encounter import Line
from money import CENT, HUNDRED, ZERO, Problem, cents
from pieces import SUPPLIES_CAP, Piece


@dataclass(slots=True)
class Part:
    """Pieces of one line that are paid alike, rounded once (C27)."""

    pieces: list[Piece]
    first: date
    last: date
    quantity: Decimal
    amount_hospital: Decimal = ZERO
    amount_insured: Decimal = ZERO
    sources: dict[str, Decimal] = field(default_factory=dict)
    other_sources: Decimal = ZERO
    patient_own: Decimal = ZERO
    copayment: Decimal = ZERO
    insurer: Decimal = ZERO

    @property
    def piece(self) -> Piece:
        return self.pieces[0]

    @property
    def line(self) -> Line:
        return self.pieces[0].line

    @property
    def moment(self) -> datetime:
        return min(piece.moment for piece in self.pieces)

    def price(self):
        """Both amounts, before support and ceilings."""
        piece = self.piece
        share = self.quantity * piece.service_ratio / HUNDRED
        self.amount_hospital = cents(share * piece.unit)
        if piece.coverage:
            self.amount_insured = cents(share * piece.insured * piece.insured_ratio / HUNDRED)

    def support(self):
        """C26: support to the facility comes off before the insured amount."""
        support, piece = self.sources["facility"], self.piece
        if not support or not self.amount_insured:
            return
        rest = self.amount_hospital - support
        if piece.unit == piece.insured:
            self.amount_insured = cents(rest * piece.insured_ratio / HUNDRED)
        else:
            self.amount_insured = cents(rest * self.amount_insured / self.amount_hospital)

    def split(self):
        """R30: the split, then support to the individual, then the ARV fund."""
        insured = self.amount_insured
        self.insurer = cents(insured * (self.piece.rate or ZERO) / HUNDRED)
        self.copayment = insured - self.insurer
        self.patient_own = self.amount_hospital - self.sources["facility"] - insured
        rest = self.sources["individual"]
        for payer in ("patient_own", "copayment", "insurer"):
            taken = min(rest, getattr(self, payer))
            setattr(self, payer, getattr(self, payer) - taken)
            rest -= taken
        arv = min(self.sources["arv"], self.copayment)
        self.copayment -= arv
        self.other_sources = self.sources["facility"] + self.sources["individual"] - rest + arv


def join(pieces):
    """C27: pieces of one line with the same code, prices, ratios, ceiling, card and rate."""
    alike = {}
    for piece in pieces:
        key = (
            piece.line.order, piece.code, piece.listed, piece.unit, piece.insured,
            piece.service_ratio, piece.insured_ratio, piece.cap,
            piece.coverage and piece.coverage.card, piece.rate,
        )
        alike.setdefault(key, []).append(piece)
    return [_part(group) for group in alike.values()]


def single_days(pieces):
    """C24: as joined, but each bed day by itself."""
    beds = [_part([piece]) for piece in pieces if piece.line.is_bed]
    return beds + join(piece for piece in pieces if not piece.line.is_bed)


def _part(pieces):
    days = [piece.day for piece in pieces]
    return Part(pieces, min(days), max(days), sum(piece.quantity for piece in pieces))


def in_time_order(parts):
    """By time, then line id; parts of one line at one time stay as they are."""
    return sorted(parts, key=lambda part: (part.moment, part.line.order))


class Settlement:
    """The money of one visit."""

    def __init__(self, encounter, facility, insurance, pieces, exams_cap, findings):
        self.visit = encounter.visit
        self.facility = facility
        self.insurance = insurance
        self.pieces = pieces
        self.exams_cap = exams_cap
        self.findings = findings
        self.end = self.visit.end.date()
        self.arrival = self.visit.arrived.date()
        self.reference = law.reference_amount(self.end)  # R3

    def parts(self):
        """The final parts, in the order of lines and times."""
        parts = self._amounts(join(self.pieces), self.reference)
        _check_sources(parts)
        self._compare_arrival(parts)
        if self._waived(parts, self.reference):
            for piece in self.pieces:
                _pay_in_full(piece)
        else:
            self._exempt()
        parts = self._amounts(join(self.pieces), self.reference)
        for part in parts:
            part.split()
        self._cap_direct_payment(parts)
        return parts

    def _amounts(self, parts, reference):
        """Amounts of parts before their split."""
        lines = {}
        for part in parts:
            part.price()
            lines.setdefault(part.line.order, []).append(part)
        for shared in lines.values():
            _share_sources(shared)
        for part in parts:
            part.support()
        self._draw_caps(parts, reference)
        return parts

    def _draw_caps(self, parts, reference):
        """R16, R23: parts draw on a shared cap by time, then line id."""
        left = {}
        for part in in_time_order(part for part in parts if part.piece.cap):
            cap = part.piece.cap
            supplies = cap[0] == SUPPLIES_CAP
            if supplies and part.piece.level in law.UNLIMITED_LEVELS:
                continue  # R14
            amount = law.SUPPLIES_FACTOR * reference if supplies else self.exams_cap
            part.amount_insured = min(part.amount_insured, left.get(cap, amount))
            left[cap] = left.get(cap, amount) - part.amount_insured

    def _waived(self, parts, reference):
        """C23: the whole visit is below 15 % of L and on route."""
        base = sum(part.amount_insured for part in parts)
        below = ZERO < base < law.WAIVER_SHARE * reference
        return below and self.insurance.waives(self.end)

    def _compare_arrival(self, parts):
        """R3: whether the L of the arrival day would give another answer."""
        reference = law.reference_amount(self.arrival)
        if reference == self.reference:
            return
        others = self._amounts(join(self.pieces), reference)
        cut = any(one.amount_insured != other.amount_insured for one, other in zip(parts, others))
        if cut or self._waived(parts, reference) != self._waived(parts, self.reference):
            self.findings.add("VP-L-BY-ARRIVAL")

    def _exempt(self):
        """C24: units on route after the year's co-payments passed 6 × L are paid in full."""
        years = {}
        units = self._amounts(single_days(self.pieces), self.reference)
        for unit in in_time_order(units):
            day = unit.first
            if unit.piece.coverage is None or not self.insurance.on_route(day):
                continue
            if day.year not in years:
                years[day.year] = YearCount(day.year, self.insurance.coverages, self.end)
            year = years[day.year]
            year.reach(day)
            if year.exempt(day, max(unit.moment, self.visit.arrived)):
                for piece in unit.pieces:
                    _pay_in_full(piece)
                continue
            unit.split()
            year.add(unit.copayment)
            if year.exempt(day, max(unit.moment, self.visit.arrived)):
                self.findings.add("VP-EXEMPTION-CROSSED")

    def _cap_direct_payment(self, parts):
        """C25: without a contract the insurer pays up to a cap; the last parts give way."""
        if self.facility.contracted or self.insurance.emergency:
            return
        factor = law.direct_payment_cap(self.facility.tier, self.facility.formerly, self.visit.inpatient)
        insurer = sum(part.insurer for part in parts)
        if factor is None:
            if insurer > ZERO:
                self.findings.add("VP-NO-CAP")
            return
        excess = insurer - factor * self.reference
        for part in reversed(in_time_order(parts)):
            moved = max(ZERO, min(excess, part.insurer))
            part.insurer -= moved
            part.copayment += moved
            excess -= moved


class YearCount:
    """R13: the co-payments of one calendar year, over all cards of a person."""

    def __init__(self, year, coverages, end):
        granted = [c.exempt_from for c in coverages if c.exempt_from and c.exempt_from.year == year]
        self.granted = min(granted, default=None)
        self.five_years = min((c.five_years_on for c in coverages if c.five_years_on), default=None)
        self.reference = Fraction(law.reference_amount(end))
        self.changed = law.reference_start(end)
        self.used = Fraction(0)  # of the six, before a change of L
        self.spent = Fraction(0)
        paid = [entry for coverage in coverages for entry in coverage.copayments if entry[0].year == year]
        self.earlier = sorted(paid, key=lambda entry: entry[0])
        self.remaining = law.EXEMPTION_FACTOR * self.reference

    def reach(self, day):
        """Visits count from the day they were discharged on."""
        while self.earlier and self.earlier[0][0] <= day:
            discharged, amount = self.earlier.pop(0)
            if discharged < self.changed:
                self.used += Fraction(amount) / Fraction(law.reference_amount(discharged))
            else:
                self.spent += Fraction(amount)
        self.remaining = (law.EXEMPTION_FACTOR - self.used) * self.reference

    def exempt(self, day, moment):
        if self.granted:
            return moment >= self.granted
        passed = self.remaining <= 0 or self.spent > self.remaining
        return passed and self.five_years is not None and self.five_years <= day

    def add(self, copayment):
        self.spent += Fraction(copayment)


def _pay_in_full(piece):
    if piece.coverage:
        piece.rate = HUNDRED


def _check_sources(parts):
    """C26: other sources above the hospital's amount of their line are a fault."""
    totals = {}
    for part in parts:
        totals[part.line.id] = totals.get(part.line.id, ZERO) + part.amount_hospital
    for part in parts:
        if sum(part.line.sources.values()) > totals[part.line.id]:
            raise Problem(f"other sources of line {part.line.id} above its amount")


def _share_sources(parts):
    """C26: each kind of source of a line is shared by the hospital's amounts of its parts."""
    for kind, amount in parts[0].line.sources.items():
        for part, share in zip(parts, _shares(amount, parts)):
            part.sources[kind] = share


def _shares(amount, parts):
    """Shares to the hundredth; left-over hundredths by remainder, then the earliest part."""
    weights = [int(part.amount_hospital / CENT) for part in parts]
    total = sum(weights)
    if not amount or not total:
        return [ZERO] * len(parts)
    hundredths = min(int(amount / CENT), total)  # single bed days may round to less than their line
    divided = [divmod(hundredths * weight, total) for weight in weights]
    shares = [whole for whole, _ in divided]
    order = sorted(range(len(parts)), key=lambda i: (-divided[i][1], parts[i].moment, i))
    for i in order[: hundredths - sum(shares)]:
        shares[i] += 1
    return [share * CENT for share in shares]
