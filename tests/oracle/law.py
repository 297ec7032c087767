"""Amounts, tables and dates set by law, each with its ground."""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from money import Problem

# The base salary or reference amount L, by the first day it holds.
# NĐ 38/2019, NĐ 24/2023, NĐ 73/2024, NĐ 161/2026/NĐ-CP.
REFERENCE_AMOUNTS = (
    (date(2026, 7, 1), Decimal(2_530_000)),
    (date(2024, 7, 1), Decimal(2_340_000)),
    (date(2023, 7, 1), Decimal(1_800_000)),
    (date(2019, 7, 1), Decimal(1_490_000)),
)

WAIVER_SHARE = Decimal("0.15")  # R5: strictly below 15 % of L
EXEMPTION_FACTOR = 6  # R13: co-payments of the year above 6 × L
SUPPLIES_FACTOR = 45  # R23: supplies of one service, CV 302
GRACE_DAYS = timedelta(days=15)  # R9: NĐ 188/2025 Đ50 k4
SURGICAL_DAYS = timedelta(days=10)  # R19: to the 10th day after the operation

INPATIENT_TYPES = {"03", "04", "09"}  # R7
GRACE_TYPES = {"02", "03", "04"}  # R9

# Objects of the card by benefit level. QĐ 1351/2015 and its amendments.
LEVEL_OBJECTS = {
    1: "CC TE",
    2: "CK CB KC HN DT DK XD BT TS AK CT",
    3: "HT TC CN PV TG DS HK",
    4: "DN HX CH NN TK HC XK TB NO XB TN CS XN MS HD TQ TA TY HG LS LH HS SV GB GD ND TH TV TD TU BA",
    5: "QN CA CY",
}
OBJECT_LEVELS = {code: level for level, codes in LEVEL_OBJECTS.items() for code in codes.split()}
LEVEL_RATES = {1: Decimal(100), 2: Decimal(100), 3: Decimal(95), 4: Decimal(80), 5: Decimal(100)}
UNKNOWN_LEVEL = 4  # C19: a 10-digit number with neither object nor level
RAISED_FROM = date(2026, 1, 1)  # NQ 261/2025/QH15: CN, and LH from age 75
RAISED_AGE = 75
RAISED_LEVEL = 2
UNLIMITED_LEVELS = {1, 5}  # R14: no insured ratio and no ceiling on supplies
BENEFIT_ORDER = {5: 0, 1: 1}  # R8: of equal levels the wider scope

# Areas and objects of subject 3.6 (Luật BHYT Đ22 k5).
HARD_AREAS = {"K1", "K2", "K3"}
HARD_AREA_OBJECTS = {"HN", "DT", "DK"}
# TT 01/2025/TT-BYT, appendix I: rows for patients under 18 only.
MINOR_ROWS = {"I.22", "I.30", "I.31", "I.32", "I.58"}
ADULT_AGE = 18

REDUCED_FROM = date(2026, 7, 1)  # QĐ 3276: 1.13, 1.14, 1.18 are paid from this day


class Subject(NamedTuple):
    """A row of the table of QĐ 3276/QĐ-BYT; rates in percent."""

    outpatient: Decimal
    inpatient: Decimal
    on_route: bool  # R6, R13: the 15 % waiver and the yearly exemption
    covers: str = "both"  # C21: the visits a row with one rate is meant for


def _subject(rate, on_route, covers="both"):
    return Subject(Decimal(rate), Decimal(rate), on_route, covers)


SUBJECTS = {
    **{code: _subject(100, True) for code in ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.11")},
    "1.12": _subject(100, True, "outpatient"),
    "1.13": _subject(50, True, "outpatient"),
    "1.14": _subject(50, True, "outpatient"),
    "1.15": _subject(100, True, "inpatient"),
    "1.16": _subject(100, True),
    "1.17": _subject(100, True),
    "1.18": _subject(50, True, "outpatient"),
    "2": _subject(100, True),
    "3.1": Subject(Decimal(0), Decimal(40), False),
    "3.2": _subject(100, False, "inpatient"),
    "3.3": _subject(100, False),
    "3.6": _subject(100, False, "inpatient"),
    "9": _subject(0, False),
}
REDUCED_SUBJECTS = {"1.13", "1.14", "1.18"}
ORIGINAL_SUBJECTS = {"7", "7.2", "7.3", "7.4", "10"}  # rated as the original visit
EMERGENCY = "2"
RECOVERY = "8"

# R17: endings that count the last day too, as (result, discharge); None is any.
SPECIAL_ENDINGS = {(5, None), (6, None), (4, 2), (4, 4)}
EMERGENCY_TRANSFER = 2  # arrived via emergency and transferred

# R19: LOAI_PTTT and the class of an operation give the level of the surgical bed.
SURGICAL_LEVELS = {"8": 1, "5": 2, "6": 3, "7": 4}
OPERATION_LEVELS = {"special": 1, "I": 2, "II": 3, "III": 4}

HOLIDAYS = {
    date(2025, 1, 1), *(date(2025, 1, day) for day in range(27, 32)), date(2025, 4, 7),
    date(2025, 4, 30), date(2025, 5, 1), date(2025, 5, 2), date(2025, 9, 1), date(2025, 9, 2),
    date(2026, 1, 1), date(2026, 1, 2), *(date(2026, 2, day) for day in range(16, 21)),
    date(2026, 4, 27), date(2026, 4, 30), date(2026, 5, 1),
    date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2),
}
REFERRAL_WORKING_DAYS = 10  # R11

DEFAULT_GROUPS = {  # MA_NHOM
    "exam": 13, "consultation": 13, "bed": 15, "day-bed": 14, "procedure": 18, "surgery": 8,
    "lab": 1, "imaging": 2, "function-test": 3, "drug": 4, "blood": 7, "supply": 10,
    "transport": 12, "other": 19,
}
DRUG_GROUPS = {4, 5, 6, 7, 17}  # T_THUOC
SUPPLY_GROUPS = {10, 11}  # T_VTYT
TRANSPORT_GROUP = 12


def reference_amount(day):
    """L on a day."""
    for first, amount in REFERENCE_AMOUNTS:
        if first <= day:
            return amount
    raise Problem(f"no reference amount on {day}")


def reference_start(day):
    """The day from which the L of a day holds."""
    return next(first for first, _ in REFERENCE_AMOUNTS if first <= day)


def route_rate(subject, inpatient, day):
    """The route rate of a subject in percent, on the day of a part (R7)."""
    if subject in REDUCED_SUBJECTS and day < REDUCED_FROM:
        return Decimal(0)
    row = SUBJECTS[subject]
    return row.inpatient if inpatient else row.outpatient


def direct_payment_cap(tier, formerly, inpatient):
    """The cap at a facility without contract, in L; None without one (R15, NĐ 188/2025 Đ57)."""
    if tier == "specialised":
        return Decimal("2.5")
    if tier != "basic":
        return None
    if not inpatient:
        return Decimal("0.15")
    return Decimal(1) if formerly == "provincial" else Decimal("0.5")


def working_days(after, until):
    """Working days later than one day and not later than another."""
    days = (after + timedelta(days=step) for step in range(1, (until - after).days + 1))
    return sum(1 for day in days if day.weekday() < 5 and day not in HOLIDAYS)


def year_later(day):
    """The same calendar date one year later; 29 February becomes the 28th."""
    if (day.month, day.day) == (2, 29):
        return date(day.year + 1, 2, 28)
    return day.replace(year=day.year + 1)


def age(birth, day):
    """Completed years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
