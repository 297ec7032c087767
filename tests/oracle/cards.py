"""The card, the insured ratio and the benefit rate of a piece (R7–R10, R14, R29, C16–C22)."""

from decimal import Decimal

import law
from money import HUNDRED, ZERO
from subject import follows_original

GOODS = {"drug", "blood", "supply"}  # C17: blood counts with drugs
NEWBORN_OBJECT = "TE"
PRIMARY_SUBJECT = "1.2"


class Insurance:
    """What the coverages of an encounter pay, for one subject at one facility."""

    def __init__(self, encounter, facility, subject, findings):
        self.visit = encounter.visit
        self.birth = encounter.birth
        self.facility = facility
        self.subject = subject
        evidence = encounter.visit.evidence or {}
        self.emergency = subject == law.EMERGENCY or bool(evidence.get("emergency"))
        self.findings = findings
        self.coverages = encounter.coverages
        if encounter.newborn:  # C20
            self.coverages = [c for c in encounter.coverages if c.object == NEWBORN_OBJECT]
            if len(self.coverages) < len(encounter.coverages):
                findings.add("VP-NEWBORN-CARD")

    def insure(self, piece):
        """Gives a piece its card, insured ratio and benefit rate."""
        piece.coverage = self._coverage(piece)
        piece.level = piece.coverage and self._level(piece.coverage, piece.day)
        piece.insured_ratio = insured_ratio(piece.line, piece.level)
        piece.rate = self._rate(piece)

    def on_route(self, day):
        """C24: the subject, or the original visit's, is on route at the full rate."""
        subject = self.subject
        if follows_original(subject, self.visit):
            subject = self.visit.original.subject
        return self.full_on_route(subject, day)

    def waives(self, end):
        """C23: the subject waives; a rate carried over from another visit stays."""
        return not follows_original(self.subject, self.visit) and self.full_on_route(self.subject, end)

    def full_on_route(self, subject, day):
        row = law.SUBJECTS.get(subject)
        return bool(row and row.on_route) and self._route_rate(subject, day) == HUNDRED

    def _coverage(self, piece):
        """C18: the best of the usable cards, else the one that expired last within its grace."""
        day = piece.day
        shown = [coverage for coverage in self.coverages if self._shown(coverage, piece)]
        usable = [coverage for coverage in shown if coverage.valid_on(day)]
        if not usable and self.visit.type in law.GRACE_TYPES:
            arrival = self.visit.arrived.date()
            expired = [
                coverage
                for coverage in shown
                if arrival <= coverage.valid_to < day <= coverage.valid_to + law.GRACE_DAYS
            ]
            last = max((coverage.valid_to for coverage in expired), default=None)
            usable = [coverage for coverage in expired if coverage.valid_to == last]
        return min(usable, key=lambda coverage: self._preference(coverage, day), default=None)

    def _shown(self, coverage, piece):
        """R10: the card counts from its showing; in an emergency for the whole episode."""
        shown = coverage.presented_at
        if shown is None:
            return True
        if self.emergency:
            return shown <= self.visit.end
        return shown.date() <= piece.day if piece.line.is_bed else shown <= piece.moment

    def _preference(self, coverage, day):
        """R8: the highest rate, then the wider scope; then the first listed."""
        level = self._level(coverage, day)
        return -law.LEVEL_RATES[level], law.BENEFIT_ORDER.get(level, 2)

    def _level(self, coverage, day):
        """C19: by object, date and age, else the level given."""
        raised = day >= law.RAISED_FROM and (
            coverage.object == "CN"
            or (coverage.object == "LH" and law.age(self.birth, day) >= law.RAISED_AGE)
        )
        if raised:
            return law.RAISED_LEVEL
        return law.OBJECT_LEVELS.get(coverage.object) or coverage.level or law.UNKNOWN_LEVEL

    def _rate(self, piece):
        if piece.coverage is None:
            return None
        if follows_original(self.subject, self.visit):
            return self.visit.original.rate  # C21
        if self.subject == PRIMARY_SUBJECT or self.facility.tier == "primary":
            return HUNDRED  # C22
        route = self._route_rate(self.subject, piece.day)
        rate = law.LEVEL_RATES[piece.level] * route / HUNDRED
        if piece.line.group != law.TRANSPORT_GROUP:
            return rate
        transport = HUNDRED if route == HUNDRED else ZERO  # C16
        if transport != rate:
            self.findings.add("VP-TRANSPORT-RATE")
        return transport

    def _route_rate(self, subject, day) -> Decimal:
        return law.route_rate(subject, self.visit.inpatient, day)


def insured_ratio(line, level):
    """C17: the insured ratio of a line under a card of a level."""
    widest = level == 5
    if line.scope == 2 or (line.scope == 3 and not widest):
        return ZERO
    if line.kind in GOODS and level in law.UNLIMITED_LEVELS:
        if line.insured_ratio > 0 or (widest and line.scope == 3):
            return HUNDRED
    return line.insured_ratio
