"""Facilities, price tables and the price of a code on a day."""

import csv
import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from money import ZERO, Problem, number

OWN_PRICE_KINDS = {"drug", "blood", "supply", "transport"}  # C6
WARD_BED = re.compile(r"(K\d+)\.(NO|NG)\d+")  # R20: the inpatient beds
BED_PRICE_AT_ARRIVAL = {"33"}  # Hưng Yên: its own transition clause for beds


@dataclass(slots=True)
class Facility:
    """A row of the registry."""

    first: date
    last: date
    province: str
    former_province: str
    hospital_class: str
    tier: str
    formerly: str
    points: Decimal | None
    private: bool
    contracted: bool

    @property
    def tariff_province(self):
        """Public facilities formerly central have a tariff of their own (R4)."""
        return "central" if not self.private and self.formerly == "central" else self.province


def read_facilities(path):
    """The rows of the registry by facility code."""
    facilities = {}
    for sent in _rows(path):
        facility = Facility(
            first=_day(sent["from"], date.min),
            last=_day(sent["to"], date.max),
            province=sent["province"],
            former_province=sent["former_province"],
            hospital_class=sent["class"],
            tier=sent["tier"],
            formerly=sent["formerly"],
            points=number(sent["points"]) if sent["points"] else None,
            private=sent["ownership"] == "private",
            contracted=sent["contracted"] == "true",
        )
        facilities.setdefault(sent["code"], []).append(facility)
    return facilities


def facility_on(facilities, code, day):
    for facility in facilities.get(code, ()):
        if facility.first <= day <= facility.last:
            return facility
    raise Problem(f"facility {code} unknown on {day}")


@dataclass(slots=True)
class Row:
    """A price of a code; an empty class or former province matches all."""

    price: Decimal
    insured_price: Decimal
    first: date
    last: date
    hospital_class: str
    former_province: str
    surgery_class: str  # LOAI_PTTT

    def holds(self, day, facility):
        return (
            self.first <= day <= self.last
            and self.hospital_class in ("", facility.hospital_class)
            and self.former_province in ("", facility.former_province)
        )

    @property
    def rank(self):
        """C5: the row naming more wins; R28: then the later first day."""
        return (self.hospital_class != "") + (self.former_province != ""), self.first


class Table:
    """One price table: a package's own or a catalogue laid over it."""

    def __init__(self, rows):
        self.rows = {}
        self.internal_beds = {}  # department prefix → its NO codes
        for code, row in rows:
            self.rows.setdefault(code, []).append(row)
            bed = WARD_BED.fullmatch(code)
            if bed and bed[2] == "NO":
                self.internal_beds.setdefault(bed[1], set()).add(code)

    def find(self, code, day, facility):
        held = [row for row in self.rows.get(code, ()) if row.holds(day, facility)]
        if not held:
            return None
        best = max(held, key=lambda row: row.rank)
        for row in held:
            same = (row.price, row.insured_price) == (best.price, best.insured_price)
            if row.rank == best.rank and not same:
                raise Problem(f"two prices of {code} from {row.first}")  # R28
        return best


def package_table(path):
    return Table(
        (
            sent["code"],
            Row(
                price=number(sent["price"]),
                insured_price=number(sent["insured_price"]),
                first=_day(sent["from"], date.min),
                last=_day(sent["to"], date.max),
                hospital_class=sent["class"],
                former_province=sent["former_province"],
                surgery_class="",
            ),
        )
        for sent in _rows(path)
    )


def catalogue_table(path):
    return Table(
        (
            sent["MA_DICH_VU"],
            Row(
                price=number(sent["DON_GIA"]),
                insured_price=number(sent["GIA_BHYT"]),
                first=_compact_day(sent["TU_NGAY"], date.min),
                last=_compact_day(sent["DEN_NGAY"], date.max),
                hospital_class="",
                former_province="",
                surgery_class=sent["LOAI_PTTT"],
            ),
        )
        for sent in _rows(path)
    )


def _rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _day(text, empty):
    return date.fromisoformat(text) if text else empty


def _compact_day(text, empty):
    return datetime.strptime(text, "%Y%m%d").date() if text else empty


@dataclass(slots=True)
class Package:
    """A tariff package: a province's table and its transition rule."""

    province: str
    first: date
    last: date
    transition: str
    table: Table


def read_packages(folder):
    packages = []
    for path in sorted(Path(folder).glob("*/plugin.toml")):
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
        if settings.get("world") != "tariff":
            continue
        packages.append(
            Package(
                province=settings["province"],
                first=_day(str(settings["effective_from"]), date.min),
                last=_day(str(settings.get("effective_to") or ""), date.max),
                transition=settings.get("transition", "episode_start"),
                table=package_table(path.parent / "prices.csv"),
            )
        )
    return packages


def package_on(packages, province, day):
    """The version in force, the latest of several; None without one."""
    held = [p for p in packages if p.province == province and p.first <= day <= p.last]
    return max(held, key=lambda package: package.first, default=None)


@dataclass(slots=True)
class Price:
    code: str
    listed: Decimal
    unit: Decimal
    insured: Decimal
    surgery_class: str = ""


class PriceList:
    """The prices that one encounter sees."""

    def __init__(self, package, catalogues, facility, visit, findings):
        if package and package.transition not in ("episode_start", "service_date"):
            raise Problem(f"unknown transition {package.transition}")
        self.package = package
        # C5: the catalogue named last is asked first; C7: private facilities see only catalogues.
        own = [package.table] if package and not facility.private else []
        self.tables = [*reversed(catalogues), *own]
        self.facility = facility
        self.arrival = visit.arrived.date()
        self.findings = findings

    def price_day(self, line, day):
        """C4: the day whose price counts for a service of a day."""
        at_arrival = self.package.transition == "episode_start" or (
            line.is_bed and self.package.province in BED_PRICE_AT_ARRIVAL
        )
        return self.arrival if at_arrival else day

    def find(self, code, day):
        """The row of a code; `.K.` codes fall back to their base code (R22)."""
        base = code.partition(".K.")[0]
        for name in (code,) if base == code else (code, base):
            for table in self.tables:
                row = table.find(name, day, self.facility)
                if row:
                    return row
        return None

    def internal_beds(self, prefix, day):
        """The NO codes that a department lists on a day, sorted."""
        codes = set().union(*(table.internal_beds.get(prefix, ()) for table in self.tables))
        return sorted(code for code in codes if self.find(code, day))

    def price(self, line, code, day):
        """The price of a code on the day of its service."""
        if line.stopped:
            return Price(line.code, ZERO, ZERO, ZERO)  # C8
        if has_own_price(line):
            return Price(code, line.unit_price, line.unit_price, line.unit_price)  # C6
        row = self.find(code, self.price_day(line, day))
        if row:
            unit = row.price if line.unit_price is None else line.unit_price
            return Price(code, row.price, unit, min(row.insured_price, unit), row.surgery_class)  # R24
        if self.facility.private and line.unit_price is not None:
            self.findings.add("VP-PRIVATE-NO-ROW")  # C7
            return Price(code, line.unit_price, line.unit_price, ZERO)
        raise Problem(f"no price of {code} on {self.price_day(line, day)}")

    def price_or_zero(self, line, code, day):
        """The price of a code, zero where none is listed."""
        try:
            return self.price(line, code, day)
        except Problem:
            return Price(code, ZERO, ZERO, ZERO)


def has_own_price(line):
    """C6: a tender price, which needs no table."""
    return line.kind in OWN_PRICE_KINDS and line.unit_price is not None and not line.stopped
