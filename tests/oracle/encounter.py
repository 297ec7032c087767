"""An encounter as it is priced: its visit, its coverages and its lines."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import law
from money import HUNDRED, ZERO, Problem, number, optional_number

UNPRICED_WHEN_STOPPED = {"drug", "blood", "supply", "transport"}
BED_KINDS = {"bed", "day-bed"}
_RUNS = re.compile(rb"[0-9]+|[^0-9]", re.DOTALL)


def natural_order(identifier):
    """C1: digit runs by their value, the rest byte by byte."""
    raw = identifier.encode()
    runs = tuple((48, int(run)) if run.isdigit() else (run[0], 0) for run in _RUNS.findall(raw))
    return runs, raw


def moment(value):
    return datetime.fromisoformat(value) if value else None


def day_of(value):
    return date.fromisoformat(value) if value else None


@dataclass(slots=True)
class Coverage:
    card: str
    valid_from: date
    valid_to: date
    registered_facility: str | None
    presented_at: datetime | None
    object: str | None
    level: int | None
    five_years_on: date | None
    exempt_from: datetime | None  # a day is its first minute
    copayments: list[tuple[date, Decimal]]  # on route only

    @classmethod
    def read(cls, sent):
        card = sent["card"]
        object_code = sent.get("object") or (card[:2] if len(card) == 15 else None)
        level = sent.get("level")
        coverage = cls(
            card=card,
            valid_from=day_of(sent.get("valid_from")) or date.min,
            valid_to=day_of(sent.get("valid_to")) or date.max,
            registered_facility=sent.get("registered_facility"),
            presented_at=moment(sent.get("presented_at")),
            object=object_code,
            level=None if level is None else int(level),
            five_years_on=day_of(sent.get("five_years_on")),
            exempt_from=moment(sent.get("exempt_from")),
            copayments=[
                (day_of(entry["discharged_on"]), number(entry["amount"]))
                for entry in sent.get("copayments") or ()
                if entry.get("on_route")
            ],
        )
        if object_code and object_code not in law.OBJECT_LEVELS and coverage.level is None:
            raise Problem(f"unknown object {object_code}")  # C19
        return coverage

    def valid_on(self, day):
        return self.valid_from <= day <= self.valid_to


@dataclass(slots=True)
class Original:
    """The visit whose drugs are picked up later (R27)."""

    subject: str | None
    rate: Decimal


@dataclass(slots=True)
class Visit:
    type: str
    inpatient: bool
    declared: str | None
    area: str | None
    arrived: datetime
    admitted: datetime  # from which bed days are counted (R17)
    end: datetime  # C3: 23:59 of today while open
    special_ending: bool
    evidence: dict[str, Any] | None
    original: Original | None
    prior_exams: list[tuple[datetime, str]]

    @classmethod
    def read(cls, sent, today):
        arrived = moment(sent["arrived_at"])
        discharged = moment(sent.get("discharged_at"))
        end = discharged or datetime.combine(today, time(23, 59))
        if arrived > end:
            raise Problem("arrival after the end")
        original = sent.get("original_visit")
        return cls(
            type=sent["type"],
            inpatient=sent["type"] in law.INPATIENT_TYPES,
            declared=sent.get("subject"),
            area=sent.get("area"),
            arrived=arrived,
            admitted=moment(sent.get("admitted_at")) or arrived,
            end=end,
            special_ending=discharged is not None and _special_ending(sent),
            evidence=sent.get("evidence"),
            original=original and Original(original.get("subject"), number(original["rate"])),
            prior_exams=sorted(
                (moment(exam["at"]), exam["code"]) for exam in sent.get("prior_exams_today") or ()
            ),
        )


def _special_ending(sent):
    """R17: the endings that count the last day."""
    result, discharge = sent.get("result"), sent.get("discharge")
    if {(result, None), (result, discharge)} & law.SPECIAL_ENDINGS:
        return True
    return bool(sent.get("via_emergency")) and discharge == law.EMERGENCY_TRANSFER


@dataclass(slots=True)
class Segment:
    start: datetime
    end: datetime
    department: str
    code: str
    sharing: int


@dataclass(slots=True)
class Operation:
    id: str | None
    operation_class: str | None
    started: datetime
    team: str | None


@dataclass(slots=True)
class Line:
    id: str
    order: tuple[Any, ...]
    kind: str
    group: int
    code: str
    quantity: Decimal
    time: datetime | None  # none for beds
    unit_price: Decimal | None
    insured_ratio: Decimal
    scope: int
    payment_method: int
    ratio_override: Decimal | None
    stopped: bool
    for_line: str | None
    operation: Operation | None
    place_at_table: int
    sources: dict[str, Decimal]
    segments: list[Segment]

    @property
    def is_bed(self):
        return self.kind in BED_KINDS

    @classmethod
    def read(cls, sent, visit):
        kind, code = sent["kind"], sent["code"]
        is_bed = kind in BED_KINDS
        stopped = sent.get("status") == "stopped" or code.endswith("_TB")  # C8
        if stopped and kind in UNPRICED_WHEN_STOPPED:
            raise Problem(f"stopped {kind} {sent['id']}")
        line_time = moment(sent.get("performed_at") or sent.get("ordered_at"))  # C2
        if line_time is None and not is_bed:
            raise Problem(f"line {sent['id']} without a time")
        ratio = sent.get("insured_ratio")
        sources = {"facility": ZERO, "individual": ZERO, "arv": ZERO}
        for source in sent.get("other_sources") or ():
            sources[source["kind"]] += number(source["amount"])
        return cls(
            id=sent["id"],
            order=natural_order(sent["id"]),
            kind=kind,
            group=int(sent.get("group") or law.DEFAULT_GROUPS[kind]),
            code=code,
            quantity=ZERO if is_bed else number(sent["quantity"]),
            time=line_time,
            unit_price=optional_number(sent.get("unit_price")),
            insured_ratio=HUNDRED if ratio is None else number(ratio),
            scope=int(sent.get("scope") or 1),
            payment_method=int(sent.get("payment_method") or 1),
            ratio_override=optional_number(sent.get("service_ratio")),
            stopped=stopped,
            for_line=sent.get("for_line"),
            operation=_operation(sent.get("operation"), line_time),
            place_at_table=int(sent.get("sequence_at_table") or 0),
            sources=sources,
            segments=[_segment(segment, code, visit) for segment in sent["segments"]] if is_bed else [],
        )


def _operation(sent, line_time):
    if not sent:
        return None
    started = moment(sent.get("started_at")) or line_time
    return Operation(sent.get("id"), sent.get("class"), started, sent.get("team"))


def _segment(sent, line_code, visit):
    code = sent.get("code") or line_code
    return Segment(
        start=moment(sent["from"]),
        end=moment(sent.get("to")) or visit.end,
        department=sent.get("department") or code.split(".")[0],  # C10
        code=code,
        sharing=int(sent.get("sharing") or 1),
    )


@dataclass(slots=True)
class Encounter:
    id: str
    facility: str
    birth: date
    newborn: bool
    visit: Visit
    coverages: list[Coverage]
    lines: list[Line]  # in the order of their ids, without the cancelled ones

    @classmethod
    def read(cls, sent, today):
        visit = Visit.read(sent["visit"], today)
        lines = [Line.read(line, visit) for line in sent["lines"] if line.get("status") != "cancelled"]
        lines.sort(key=lambda line: line.order)
        return cls(
            id=sent["id"],
            facility=sent["facility"],
            birth=day_of(sent["patient"]["birth_date"]),
            newborn=sent["patient"].get("newborn") is not None,
            visit=visit,
            coverages=[Coverage.read(coverage) for coverage in sent.get("coverages") or ()],
            lines=lines,
        )
