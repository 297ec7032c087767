"""A tariff in Python: the national rules of outpatient visits, as an example for hospital IT.

The host asks `price` with a visit told in numbers and gets back parts of its lines: which price, which ratio, which
rules. It never sends names or card numbers, and it multiplies and rounds by itself, so there is no money to calculate
here but one ceiling. What each field means is written in `sdk/wit`; "R" numbers are the readings of the law in
`docs/READINGS.md`, "C" numbers the choices in `docs/PRICING.md`.

Python's `int` is exact at any size. There is no `float` here and no `/`, which would make one.
"""

from dataclasses import dataclass

import wit_world
from componentize_py_types import Err, Ok
from wit_world.imports.types import (
    Cap, CapKind, Ceiling, Decision, Description, Form, Kind, Most_Shared, Note, Parts, Refusal_NoPrice,
    Refusal_TooLarge, RefusedDay,
)

import rules

DAY = 24 * 60
ONE = 1000  # a quantity of one
WHOLE = 1000  # 100 %
LARGEST = 2**63 - 1  # what fits an s64
NO_PRICE = 2**32 - 1  # stands for a price of zero in a decision

# Kinds and forms arrive as bytes, one for each line: their places in the contract's enums.
EXAM = Kind.EXAM.value
PROCEDURE = Kind.PROCEDURE.value
SURGERY = Kind.SURGERY.value
SUPPLY = Kind.SUPPLY.value
GOODS = {Kind.DRUG.value, Kind.BLOOD.value, Kind.SUPPLY.value, Kind.TRANSPORT.value}
PRICE_RULES_OF_FORMS = {
    Form.REGIONAL_ANAESTHESIA.value: rules.REGIONAL_ANAESTHESIA,
    Form.SENT_OUT.value: rules.SENT_OUT,
}

# MA_NHOM 12: transport paid by fuel.
GROUP_TRANSPORT = 12


# --------------------------------------------------------------------------------------------- the contract's exports


class WitWorld(wit_world.WitWorld):
    """What the contract asks a tariff to export."""

    def describe(self):
        return Description(name="tariff-python", version="0.1.0", rules=rules.RULES)

    def price(self, visit):
        # What is returned is the decision, a raised `Err` is the refusal. Any other exception is a mistake in this
        # program and stops it.
        return price(visit)

    def price_batch(self, visits):
        # Inside a list a `result` has to be written out.
        answers = []
        for visit in visits:
            try:
                answers.append(Ok(price(visit)))
            except Err as refusal:
                answers.append(refusal)
        return answers


def price(visit):
    """Decides one visit."""
    refuse_beds(visit)
    draft = Draft(visit)
    decide_exams(visit, draft)
    decide_operations(visit, draft)
    decide_other_lines(visit, draft)
    return draft.finish()


# ---------------------------------------------------------------------------------------------------- reading a visit


def line_day(visit, line):
    # `//` rounds down, so a day before 1970 comes out right too.
    return visit.lines.performed[line] // DAY


def is_stopped(visit, line):
    return visit.lines.stopped[line] == 1


def is_goods(visit, line):
    return visit.lines.kinds[line] in GOODS


def no_price(line, day):
    return Err(Refusal_NoPrice(RefusedDay(line, day)))


def price_of(visit, line):
    """The candidate that prices a line on its day. A stopped service has none and costs nothing (R22)."""
    if is_stopped(visit, line):
        return NO_PRICE
    candidates = visit.candidates
    day = line_day(visit, line)
    first = visit.lines.first_candidates[line]
    for place in range(first, first + visit.lines.candidate_counts[line]):
        in_force = candidates.first_days[place] <= day <= candidates.last_days[place]
        if candidates.beds[place] == 0 and in_force:
            return place
    raise no_price(line, day)


def own_or_listed_price(visit, line):
    """Goods carry the sender's own price as the only candidate, and it holds on any day (C6)."""
    if is_goods(visit, line) and not is_stopped(visit, line) and visit.lines.candidate_counts[line] == 1:
        return visit.lines.first_candidates[line]
    return price_of(visit, line)


def price_rule(visit, line):
    """The rule that gave a line its price."""
    if is_stopped(visit, line):
        return rules.STOPPED_SERVICE
    if is_goods(visit, line):
        return rules.OWN_PRICE
    return PRICE_RULES_OF_FORMS.get(visit.lines.forms[line], rules.LISTED_PRICE)


# -------------------------------------------------------------------------------------------- a decision being written


@dataclass
class Part:
    """A piece of a line, paid in one way."""

    line: int
    price: int
    quantity: int
    ratio: int
    # The place of the cap that it draws down with others.
    cap: int | None = None
    # The insurer pays all of it or nothing, by the route and not by the card.
    whole_on_route: bool = False
    rule_count: int = 0


class Draft:
    """A decision being written."""

    def __init__(self, visit):
        self.visit = visit
        self.given_ratios = {given.line: given.ratio for given in visit.given_ratios}
        self.parts = []
        self.caps = []
        self.rules = []
        self.notes = []

    def add(self, part, *part_rules):
        """Adds a part with the rules that made it. A ratio that the sender gives replaces the rule's (R22, C14)."""
        if part.line in self.given_ratios:
            part.ratio = self.given_ratios[part.line]
            part_rules += (rules.RATIO_OVERRIDE,)
            # A line in two parts is told once.
            if not any(note.line == part.line and note.rule == rules.RATIO_OVERRIDE for note in self.notes):
                self.note(rules.RATIO_OVERRIDE, part.line)
        part.rule_count = len(part_rules)
        self.rules.extend(part_rules)
        self.parts.append(part)

    def cap(self, kind, amount):
        """Adds a cap that parts draw down together, and returns its place."""
        self.caps.append(Cap(kind, amount))
        return len(self.caps) - 1

    def note(self, rule, line):
        """Says something a person should see."""
        self.notes.append(Note(rule, line, line_day(self.visit, line)))

    def finish(self):
        """The decision column by column."""
        parts = self.parts
        days = [line_day(self.visit, part.line) for part in parts]
        insured_ratios = self.visit.lines.insured_ratios
        return Decision(
            parts=Parts(
                lines=[part.line for part in parts],
                first_days=days,
                last_days=days,
                prices=[part.price for part in parts],
                quantities_a_day=[part.quantity for part in parts],
                service_ratios=[part.ratio for part in parts],
                insured_ratios=[insured_ratios[part.line] for part in parts],
                rule_counts=[part.rule_count for part in parts],
            ),
            ceilings=[
                Ceiling(place, Most_Shared(part.cap)) for place, part in enumerate(parts) if part.cap is not None
            ],
            whole_on_route=[place for place, part in enumerate(parts) if part.whole_on_route],
            caps=self.caps,
            rules=self.rules,
            notes=self.notes,
        )


# --------------------------------------------------------------------------------------------------------------- beds


def refuse_beds(visit):
    """Bed days are the longest chapter of the law and are left out of this example.

    A bed is refused rather than paid by a guess. The host sees to it that every bed line has at least one segment.
    """
    if visit.segments:
        segment = visit.segments[0]
        raise no_price(segment.line, segment.start // DAY)


# ------------------------------------------------------------------------------------------------------- examinations

# Ratio by place in the sequence of specialties, and the rule that gives it (R16); every later place is not paid.
PLACES = [
    (1000, rules.EXAM_FIRST),
    (300, rules.EXAM_SECOND_TO_FOURTH),
    (300, rules.EXAM_SECOND_TO_FOURTH),
    (300, rules.EXAM_SECOND_TO_FOURTH),
    (100, rules.EXAM_FIFTH),
]
LATER = (0, rules.EXAM_LATER)
REPEAT = (0, rules.EXAM_REPEAT)

# Beyond this place in the day's queue of a table an exam is paid at half, or at its own place's ratio if that is less.
QUEUE_FULL = 65
QUEUE_FULL_RATIO = 500


def decide_exams(visit, draft):
    lines = visit.lines
    exams = [line for line, kind in enumerate(lines.kinds) if kind == EXAM]
    if not exams:
        return
    # By time; the sort keeps the order of lines for equal times.
    exams.sort(key=lambda line: lines.performed[line])

    # A specialty is an exam's code. Those of an earlier visit of the day have taken the first places.
    taken = {exam.code for exam in visit.prior_exams}
    is_continued = bool(taken)
    queue = {queued.line: queued.place for queued in visit.queue}
    cap = exams_cap(visit, exams, draft)
    is_first = True
    for line in exams:
        price = price_of(visit, line)
        quantity = lines.quantities[line]
        if is_stopped(visit, line):
            draft.add(Part(line, price, quantity, WHOLE, cap), rules.STOPPED_SERVICE)
            continue
        # With a ratio of the sender's it is paid after all, and "not paid" would be untrue.
        may_be_unpaid = line not in draft.given_ratios
        if visit.inpatient and not is_first:
            draft.add(Part(line, price, quantity, 0, cap), rules.LISTED_PRICE, rules.EXAM_INPATIENT)
            if may_be_unpaid:
                draft.note(rules.EXAM_INPATIENT, line)
            continue
        is_first = False
        ratio, rule = take_place(lines.codes[line], taken)
        is_repeat = rule == rules.EXAM_REPEAT
        if is_continued and not is_repeat:
            draft.note(rules.EXAM_PRIOR_VISIT, line)
        if ratio > QUEUE_FULL_RATIO and queue.get(line, 0) > QUEUE_FULL:
            ratio, rule = QUEUE_FULL_RATIO, rules.EXAM_QUEUE_FULL
        # One examination has the place; more of the same line are repeats.
        placed = min(quantity, ONE)
        draft.add(Part(line, price, placed, ratio, cap), rules.LISTED_PRICE, rule)
        if quantity > placed:
            draft.add(Part(line, price, quantity - placed, 0, cap), rules.LISTED_PRICE, rules.EXAM_REPEAT)
        if may_be_unpaid and (is_repeat or quantity > placed):
            draft.note(rules.EXAM_REPEAT, line)


def take_place(code, taken):
    """The ratio and rule of the next place, which the specialty takes unless it has one."""
    if code in taken:
        return REPEAT
    taken.add(code)
    return PLACES[len(taken) - 1] if len(taken) <= len(PLACES) else LATER


def exams_cap(visit, exams, draft):
    """Together a visit's exams are insured up to twice the first one's price (C9)."""
    first = next((line for line in exams if not is_stopped(visit, line)), None)
    if first is None:
        return None
    # A single exam cannot pass it.
    if len(exams) == 1 and visit.lines.quantities[first] <= ONE:
        return None
    twice = 2 * visit.candidates.insured[price_of(visit, first)]
    if twice > LARGEST:
        raise Err(Refusal_TooLarge(first))
    # From 1/1000 đồng to 1/100, half up; prices are never negative.
    return draft.cap(CapKind.EXAMS, (twice + 5) // 10)


# --------------------------------------------------------------------------------------------------------- operations

# Ratios of what is done besides the main operation (R21).
SAME_TEAM = 500
OTHER_TEAM = 800
EXTRA_PROCEDURE = 800


def decide_operations(visit, draft):
    operated_of = {operated.line: operated for operated in visit.operations}

    def add(line, price, ratio, *rule):
        draft.add(Part(line, price, visit.lines.quantities[line], ratio), price_rule(visit, line), *rule)

    operations = {}
    for line, kind in enumerate(visit.lines.kinds):
        if kind not in (SURGERY, PROCEDURE):
            continue
        price = price_of(visit, line)
        operated = operated_of.get(line)
        # Operation 0 is none.
        if operated is None or operated.operation == 0 or is_stopped(visit, line):
            add(line, price, WHOLE)
            continue
        # The main one of an operation comes first: a surgery before a procedure, then the dearest, the earliest, by
        # line.
        is_procedure = kind == PROCEDURE
        rank = (is_procedure, -visit.candidates.insured[price], operated.start, line)
        operations.setdefault(operated.operation, []).append((rank, line, price, is_procedure, operated.team))

    for _, members in sorted(operations.items()):
        members.sort()
        _, line, price, _, main_team = members[0]
        if len(members) == 1:
            add(line, price, WHOLE)
        else:
            add(line, price, WHOLE, rules.OPERATION_MAIN)
        for _, line, price, is_procedure, team in members[1:]:
            if is_procedure:
                add(line, price, EXTRA_PROCEDURE, rules.OPERATION_PROCEDURE)
            elif team == main_team:
                add(line, price, SAME_TEAM, rules.OPERATION_SAME_TEAM)
            else:
                add(line, price, OTHER_TEAM, rules.OPERATION_OTHER_TEAM)


# ---------------------------------------------------------------------------------------------------- everything else


def decide_other_lines(visit, draft):
    lines = visit.lines
    service_of = {supply.line: supply.service for supply in visit.supplies}
    # Each service has a cap of its own, made when its first supply asks (R23, C15).
    cap_of_service = {}
    for line, kind in enumerate(lines.kinds):
        if kind in (EXAM, SURGERY, PROCEDURE):
            continue
        part = Part(line, own_or_listed_price(visit, line), lines.quantities[line], WHOLE)
        base = price_rule(visit, line)
        service = service_of.get(line)
        if kind == SUPPLY and service is not None:
            if service not in cap_of_service:
                cap_of_service[service] = draft.cap(CapKind.SUPPLIES, visit.supplies_ceiling)
            part.cap = cap_of_service[service]
            draft.add(part, base, rules.SUPPLIES_OF_A_SERVICE)
        elif lines.groups[line] == GROUP_TRANSPORT:
            part.whole_on_route = True
            draft.add(part, base, rules.TRANSPORT_BY_FUEL)
        else:
            draft.add(part, base)
