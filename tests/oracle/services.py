"""Exams, operations and all other lines but beds (R16, R21–R23, C8, C9, C13–C15)."""

from collections import defaultdict
from decimal import Decimal

from money import HUNDRED, ONE, ZERO, cents
from pieces import EXAMS_CAP, SUPPLIES_CAP, by_time, make_piece

PLACE_RATIOS = (HUNDRED, Decimal(30), Decimal(30), Decimal(30), Decimal(10))  # R16
CROWDED_TABLE = 65
CROWDED_RATIO = Decimal(50)

SAME_TEAM_RATIO = Decimal(50)  # R21
OTHER_TEAM_RATIO = Decimal(80)
EXTRA_PROCEDURE_RATIO = Decimal(80)


def exam_pieces(lines, visit, prices, findings):
    """The pieces of the exams and the cap on all of them together (C9)."""
    exams = sorted((line for line in lines if line.kind == "exam" and not line.stopped), key=by_time)
    if not exams:
        return [], ZERO
    first = exams[0]
    seen = {code for at, code in visit.prior_exams if at.date() == first.time.date()}
    pieces = []
    for exam in exams:
        if visit.inpatient and exam is not first:
            if exam.ratio_override is None:
                findings.add("VP-EXAM-INPATIENT")
            quantities = [(exam.quantity, ZERO)]
        else:
            if exam.ratio_override is None and (exam.code in seen or exam.quantity > ONE):
                findings.add("VP-EXAM-REPEAT")
            quantities = exam_quantities(exam, seen)
        price = prices.price(exam, exam.code, exam.time.date())
        for quantity, ratio in quantities:
            pieces.append(make_piece(exam, exam.time, price, quantity, ratio, (EXAMS_CAP, "")))
    cap = cents(2 * prices.price(first, first.code, first.time.date()).insured)
    return pieces, cap


def exam_quantities(exam, seen):
    """The quantities of an exam with their ratios; a new code takes the next place, a repeat is 0."""
    if exam.code in seen:
        return [(exam.quantity, ZERO)]
    ratio = PLACE_RATIOS[len(seen)] if len(seen) < len(PLACE_RATIOS) else ZERO
    seen.add(exam.code)
    if exam.place_at_table > CROWDED_TABLE:
        ratio = min(ratio, CROWDED_RATIO)
    if exam.quantity > ONE:
        return [(ONE, ratio), (exam.quantity - ONE, ZERO)]
    return [(exam.quantity, ratio)]


def service_pieces(lines, prices):
    """One piece for each line that is neither a bed nor an exam in the sequence."""
    lines = [line for line in lines if not line.is_bed and (line.kind != "exam" or line.stopped)]
    priced = [(line, prices.price(line, line.code, line.time.date())) for line in lines]
    ratios = operation_ratios(priced)
    return [
        make_piece(line, line.time, price, line.quantity, ratios.get(line.id, HUNDRED), supplies_cap(line))
        for line, price in priced
    ]


def supplies_cap(line):
    """C15: supplies of one service share a cap."""
    return (SUPPLIES_CAP, line.for_line) if line.kind == "supply" and line.for_line else None


def operation_ratios(priced):
    """C13: the ratios of surgeries and procedures of one operation, by line id."""
    operations = defaultdict(list)
    for line, price in priced:
        member = line.kind in ("surgery", "procedure") and not line.stopped
        if member and line.operation and line.operation.id:
            operations[line.operation.id].append((line, price))
    ratios = {}
    for members in operations.values():
        surgeries = [member for member in members if member[0].kind == "surgery"]
        main, _ = min(
            surgeries or members,
            key=lambda member: (-member[1].insured, member[0].operation.started, member[0].order),
        )
        for line, _ in members:
            if line is main:
                ratios[line.id] = HUNDRED
            elif line.kind == "procedure":
                ratios[line.id] = EXTRA_PROCEDURE_RATIO
            else:
                same = line.operation.team == main.operation.team
                ratios[line.id] = SAME_TEAM_RATIO if same else OTHER_TEAM_RATIO
    return ratios
