"""The subject of a visit, top-down from the table of QĐ 3276 (R11, R12, C21)."""

import law
from encounter import day_of
from money import Problem

NEEDS_EVIDENCE = {"1.3", "1.4", "1.5", "1.16", "1.17", "2"}
NEVER_DERIVED = {"1.6", "1.11", "7.2", "7.3", "7.4", "10"}
PICK_UP = "07"


def follows_original(subject, visit):
    """R27: subjects and visits rated as the original visit."""
    return subject in law.ORIGINAL_SUBJECTS or visit.type == PICK_UP


def derived_subject(encounter, facility):
    """The first row of the table that matches; None when nothing can be derived."""
    visit = encounter.visit
    if visit.declared in NEVER_DERIVED:
        return None
    if visit.declared in NEEDS_EVIDENCE and visit.evidence is None:
        return None
    if not encounter.coverages:
        return "9"
    if visit.type == PICK_UP and visit.original:
        return "7"
    if encounter.newborn:
        return "1.7"  # C20
    return next((code for code, matches in _rows(encounter, facility) if matches), None)


def _rows(encounter, facility):
    visit = encounter.visit
    evidence = visit.evidence or {}
    arrival = visit.arrived.date()
    inpatient, outpatient = visit.inpatient, not visit.inpatient
    basic, specialised = facility.tier == "basic", facility.tier == "specialised"
    emergency = bool(evidence.get("emergency"))
    list_one, list_two = _listed(encounter, evidence)
    reduced = outpatient and not (emergency or list_one or list_two)
    points = facility.points
    hard_area = (
        inpatient
        and specialised
        and visit.area in law.HARD_AREAS
        and any(coverage.object in law.HARD_AREA_OBJECTS for coverage in encounter.coverages)
    )

    yield "1.1", any(
        coverage.registered_facility == encounter.facility and coverage.valid_on(arrival)
        for coverage in encounter.coverages
    )
    yield "1.2", facility.tier == "primary"
    yield "1.3", valid_referral(evidence, arrival)
    yield "1.4", bool(evidence.get("residence"))
    yield "1.5", bool(evidence.get("appointment"))
    yield "1.12", outpatient and basic and points is not None and points < 50
    yield "1.13", reduced and basic and points is not None and 50 <= points < 70
    yield "1.14", reduced and basic and facility.formerly in ("provincial", "central")
    yield "1.15", inpatient and basic
    yield "1.16", list_two
    yield "1.17", list_one
    yield "1.18", reduced and specialised and facility.formerly == "provincial"
    yield "2", emergency
    yield "3.1", specialised and facility.formerly == "central" and not hard_area
    yield "3.2", inpatient and specialised and facility.formerly == "provincial"
    yield "3.3", facility.formerly == "district"
    yield "3.6", hard_area


def _listed(encounter, evidence):
    """Whether the disease is in list I and in list II of TT 01/2025."""
    row = evidence.get("disease_row") or ""
    age = law.age(encounter.birth, encounter.visit.end.date())
    in_one = row.startswith("I.") and (row not in law.MINOR_ROWS or age < law.ADULT_AGE)
    return in_one, row.startswith("II.")


def valid_referral(evidence, arrival):
    """R11: 10 working days from signing, one year for the long list."""
    referral = evidence.get("referral")
    signed = day_of(referral.get("signed_on")) if referral else None
    if signed is None or signed > arrival:
        return False
    if (evidence.get("disease_row") or "").startswith("III."):
        return arrival <= law.year_later(signed)
    return law.working_days(signed, arrival) <= law.REFERRAL_WORKING_DAYS


def used_subject(encounter, derived, findings):
    """The declared subject, else the derived one, with what is wrong about it."""
    visit = encounter.visit
    subject = visit.declared or derived
    if subject is None:
        raise Problem("subject neither given nor derivable")
    if subject == law.RECOVERY:
        raise Problem("subject 8 is a recovery, not a visit")
    if follows_original(subject, visit):
        if visit.original is None:
            raise Problem("original_visit is missing")
    elif subject not in law.SUBJECTS:
        raise Problem(f"unknown subject {subject}")
    if visit.declared and derived and visit.declared != derived:
        findings.add("VP-SUBJECT")
    covers = law.SUBJECTS[subject].covers if subject in law.SUBJECTS else "both"
    if covers not in ("both", "inpatient" if visit.inpatient else "outpatient"):
        findings.add("VP-SUBJECT-VISIT-TYPE")
    return subject
