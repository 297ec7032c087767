"""Prices encounters a second time, independently of the engine.

Reads one encounter as JSON per line and writes one answer per line, in order.
"""

import argparse
import json
import sys
from collections import deque
from datetime import date
from decimal import Decimal
from itertools import islice
from multiprocessing import Pool

import law
import tariff
from beds import bed_pieces
from cards import Insurance
from encounter import Encounter
from money import ZERO, Problem, text, whole
from services import exam_pieces, service_pieces
from split import Settlement
from subject import derived_subject, used_subject

AMOUNTS = (
    "amount_hospital", "amount_insured", "other_sources", "patient_own", "copayment", "insurer",
)
CHUNK = 200  # encounters handed to a process at a time
CHUNKS_WAITING = 3  # for each process


class Pricer:
    """Prices encounters with the tables of one run."""

    def __init__(self, plugins, facilities, catalogues, today):
        self.packages = tariff.read_packages(plugins)
        self.facilities = tariff.read_facilities(facilities)
        self.catalogues = [tariff.catalogue_table(path) for path in catalogues]
        self.today = today

    def answer(self, line):
        """The answer to one line of input, as a line of output."""
        identifier = None
        try:
            sent = json.loads(line, parse_float=Decimal)
            identifier = sent.get("id")
            result = self.price(Encounter.read(sent, self.today))
        except Problem as problem:
            result = {"encounter": identifier, "problem": str(problem)}
        except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError) as fault:
            reason = f"not a valid encounter: {type(fault).__name__} {fault}"
            result = {"encounter": identifier, "problem": reason}
        return json.dumps(result)

    def price(self, encounter):
        visit, findings = encounter.visit, set()
        end = visit.end.date()
        facility = tariff.facility_on(self.facilities, encounter.facility, end)
        package = tariff.package_on(self.packages, facility.tariff_province, end)
        if package is None and not all(map(tariff.has_own_price, encounter.lines)):  # R1
            raise Problem(f"no tariff package for {facility.tariff_province} on {end}")

        derived = derived_subject(encounter, facility)
        subject = used_subject(encounter, derived, findings)

        prices = tariff.PriceList(package, self.catalogues, facility, visit, findings)
        exams, exams_cap = exam_pieces(encounter.lines, visit, prices, findings)
        pieces = exams + service_pieces(encounter.lines, prices)
        pieces += bed_pieces(encounter.lines, visit, prices, findings)
        if any(line.ratio_override is not None for line in encounter.lines):
            findings.add("VP-RATIO-OVERRIDE")  # C14

        insurance = Insurance(encounter, facility, subject, findings)
        for piece in pieces:
            insurance.insure(piece)
        parts = Settlement(encounter, facility, insurance, pieces, exams_cap, findings).parts()

        return {
            "encounter": encounter.id,
            "subject": {"declared": visit.declared, "derived": derived},
            "lines": [
                written_line(line, [part for part in parts if part.line is line])
                for line in encounter.lines
            ],
            "totals": totals(parts),
            "findings": sorted(findings),
        }


def written_line(line, parts):
    parts = sorted(parts, key=part_order)
    return {"id": line.id, **sums(parts), "parts": [written_part(part) for part in parts]}


def part_order(part):
    piece = part.piece
    card = piece.coverage.card if piece.coverage else ""
    rate = -1 if piece.rate is None else piece.rate
    return part.first, piece.code, card, rate, piece.service_ratio, piece.unit


def written_part(part):
    piece = part.piece
    return {
        "code": piece.code,
        "from": part.first.isoformat(),
        "to": part.last.isoformat(),
        "quantity": text(part.quantity),
        "unit_price": text(piece.unit),
        "insured_price": text(piece.insured),
        "service_ratio": text(piece.service_ratio),
        "insured_ratio": text(piece.insured_ratio),
        "benefit_rate": text(piece.rate),
        "card": piece.coverage.card if piece.coverage else None,
        **{name: text(getattr(part, name)) for name in AMOUNTS},
    }


def sums(parts):
    return {name: text(sum((getattr(part, name) for part in parts), ZERO)) for name in AMOUNTS}


def totals(parts):
    def hospital(groups):
        return text(sum((p.amount_hospital for p in parts if p.line.group in groups), ZERO))

    by_service = sum((part.insurer for part in parts if part.line.payment_method == 1), ZERO)
    owed = sum((part.patient_own + part.copayment for part in parts), ZERO)
    return {
        "drugs": hospital(law.DRUG_GROUPS),
        "supplies": hospital(law.SUPPLY_GROUPS),
        **sums(parts),
        "insurer_fee_for_service": text(by_service),
        "cash_due": text(whole(owed)),  # C28
    }


_pricer = None  # one for each process


def start(*settings):
    global _pricer
    _pricer = Pricer(*settings)


def answer_chunk(lines):
    return [_pricer.answer(line) for line in lines]


def chunks(source):
    lines = (line for line in source if line.strip())
    while chunk := list(islice(lines, CHUNK)):
        yield chunk


def answers(source, settings, jobs):
    """The answers in order, with a bounded number of chunks waiting."""
    if jobs == 1:
        start(*settings)
        for chunk in chunks(source):
            yield from answer_chunk(chunk)
        return
    with Pool(jobs, start, settings) as pool:
        waiting = deque()
        for chunk in chunks(source):
            waiting.append(pool.apply_async(answer_chunk, (chunk,)))
            if len(waiting) >= jobs * CHUNKS_WAITING:
                yield from waiting.popleft().get()
        while waiting:
            yield from waiting.popleft().get()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plugins", required=True, help="folder of tariff packages")
    parser.add_argument("--facilities", required=True, help="the registry of facilities, CSV")
    parser.add_argument("--prices", action="append", default=[], help="a catalogue laid over, CSV")
    parser.add_argument("--today", required=True, type=date.fromisoformat)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("file", nargs="?", default="-", help="encounters, one JSON per line")
    options = parser.parse_args()
    settings = (options.plugins, options.facilities, options.prices, options.today)
    source = sys.stdin.buffer if options.file == "-" else open(options.file, "rb")
    with source:
        for answer in answers(source, settings, options.jobs):
            print(answer)


if __name__ == "__main__":
    main()
