// A tariff in JavaScript: the national rules of outpatient visits, as an example for hospital IT.
//
// The host asks `price` with a visit told in numbers and gets back parts of its lines: which price, which ratio, which
// rules. It never sends names or card numbers, and it multiplies and rounds by itself, so there is no money to
// calculate here but one ceiling. What each field means is written in `sdk/wit`; "R" numbers are the readings of the
// law in `docs/READINGS.md`, "C" numbers the choices in `docs/PRICING.md`.
//
// Amounts, quantities, ratios and minutes arrive as BigInt: a Number is a float and cannot hold them all exactly.
// Places in lists, codes and days are small, and arrive as Number.

import * as rules from "./rules.js";

const DAY = 1440n;
const ONE = 1000n; // a quantity of one
const WHOLE = 1000n; // 100 %
const LARGEST = 2n ** 63n - 1n; // what fits an s64
const NO_PRICE = 0xffff_ffff; // stands for a price of zero in a decision

// Places in the contract's enum `kind`.
const EXAM = 0;
const PROCEDURE = 4;
const SURGERY = 5;
const DRUG = 9;
const BLOOD = 10;
const SUPPLY = 11;
const TRANSPORT = 12;

// Places in the contract's enum `form`.
const WITH_REGIONAL_ANAESTHESIA = 1;
const SENT_OUT = 4;

// MA_NHOM 12: transport paid by fuel.
const GROUP_TRANSPORT = 12;

// ---------------------------------------------------------------------------------------------- the contract's exports

export function describe() {
  return { name: "tariff-javascript", version: "0.1.0", rules: rules.RULES };
}

// What is returned is the decision, what is thrown is the refusal: so `result` is written in JavaScript.
export function price(visit) {
  refuseBeds(visit);
  const draft = new Draft(visit);
  decideExams(visit, draft);
  decideOperations(visit, draft);
  decideOtherLines(visit, draft);
  return draft.finish();
}

// Inside a list a `result` has to be written out.
export function priceBatch(visits) {
  return visits.map((visit) => {
    try {
      return { tag: "ok", val: price(visit) };
    } catch (refusal) {
      // A mistake in this program must stop it, not pass for a decision.
      if (refusal instanceof Error) throw refusal;
      return { tag: "err", val: refusal };
    }
  });
}

// ----------------------------------------------------------------------------------------------------- reading a visit

function dayOf(minute) {
  // BigInt division cuts towards zero, and a day before 1970 has negative minutes.
  const sinceMidnight = ((minute % DAY) + DAY) % DAY;
  return Number((minute - sinceMidnight) / DAY);
}

function lineDay(visit, line) {
  return dayOf(visit.lines.performed[line]);
}

function isStopped(visit, line) {
  return visit.lines.stopped[line] === 1;
}

function isGoods(visit, line) {
  return [DRUG, BLOOD, SUPPLY, TRANSPORT].includes(visit.lines.kinds[line]);
}

function noPrice(line, day) {
  return { tag: "no-price", val: { line, day } };
}

function tooLarge(line) {
  return { tag: "too-large", val: line };
}

// The candidate that prices a line on its day. A stopped service has none and costs nothing (R22).
function priceOf(visit, line) {
  if (isStopped(visit, line)) return NO_PRICE;
  const { lines, candidates } = visit;
  const day = lineDay(visit, line);
  const first = lines.firstCandidates[line];
  for (let place = first; place < first + lines.candidateCounts[line]; place++) {
    const inForce = candidates.firstDays[place] <= day && day <= candidates.lastDays[place];
    if (candidates.beds[place] === 0 && inForce) return place;
  }
  throw noPrice(line, day);
}

// Goods carry the sender's own price as the only candidate, and it holds on any day (C6).
function ownOrListedPrice(visit, line) {
  const isOwn = isGoods(visit, line) && visit.lines.candidateCounts[line] === 1;
  return isOwn && !isStopped(visit, line) ? visit.lines.firstCandidates[line] : priceOf(visit, line);
}

// The rule that gave a line its price.
function priceRule(visit, line) {
  if (isStopped(visit, line)) return rules.STOPPED_SERVICE;
  if (isGoods(visit, line)) return rules.OWN_PRICE;
  switch (visit.lines.forms[line]) {
    case WITH_REGIONAL_ANAESTHESIA:
      return rules.REGIONAL_ANAESTHESIA;
    case SENT_OUT:
      return rules.SENT_OUT;
    default:
      return rules.LISTED_PRICE;
  }
}

function compare(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

// -------------------------------------------------------------------------------------------- a decision being written

class Draft {
  constructor(visit) {
    this.visit = visit;
    this.givenRatios = new Map(visit.givenRatios.map((given) => [given.line, given.ratio]));
    this.parts = [];
    this.caps = [];
    this.rules = [];
    this.notes = [];
  }

  // Adds a part with the rules that made it. A ratio that the sender gives replaces the rule's (R22, C14).
  add({ line, price, quantity, ratio, cap = null, wholeOnRoute = false }, partRules) {
    const day = lineDay(this.visit, line);
    const given = this.givenRatios.get(line);
    if (given !== undefined) {
      partRules = [...partRules, rules.RATIO_OVERRIDE];
      // A line in two parts is told once.
      const told = this.notes.some((note) => note.line === line && note.rule === rules.RATIO_OVERRIDE);
      if (!told) this.note(rules.RATIO_OVERRIDE, line);
    }
    this.rules.push(...partRules);
    this.parts.push({
      line, day, price, quantity, ratio: given ?? ratio, cap, wholeOnRoute, ruleCount: partRules.length,
    });
  }

  // Adds a cap that parts draw down together, and returns its place.
  cap(kind, amount) {
    return this.caps.push({ kind, amount }) - 1;
  }

  // Says something a person should see.
  note(rule, line) {
    this.notes.push({ rule, line, day: lineDay(this.visit, line) });
  }

  // The decision column by column. Typed arrays cross the wall in one copy; plain arrays number by number.
  finish() {
    const { parts } = this;
    const places = [...parts.keys()];
    const { insuredRatios } = this.visit.lines;
    return {
      parts: {
        lines: Uint32Array.from(parts, (part) => part.line),
        firstDays: Int32Array.from(parts, (part) => part.day),
        lastDays: Int32Array.from(parts, (part) => part.day),
        prices: Uint32Array.from(parts, (part) => part.price),
        quantitiesADay: BigInt64Array.from(parts, (part) => part.quantity),
        serviceRatios: BigInt64Array.from(parts, (part) => part.ratio),
        insuredRatios: BigInt64Array.from(parts, (part) => insuredRatios[part.line]),
        ruleCounts: Uint32Array.from(parts, (part) => part.ruleCount),
      },
      ceilings: places
        .filter((place) => parts[place].cap !== null)
        .map((place) => ({ part: place, most: { tag: "shared", val: parts[place].cap } })),
      wholeOnRoute: Uint32Array.from(places.filter((place) => parts[place].wholeOnRoute)),
      caps: this.caps,
      rules: Uint32Array.from(this.rules),
      notes: this.notes,
    };
  }
}

// ---------------------------------------------------------------------------------------------------------------- beds

// Bed days are the longest chapter of the law and are left out of this example. A bed without a price is refused
// rather than paid by a guess.
function refuseBeds(visit) {
  // The host sees to it that every bed line has at least one segment.
  const [segment] = visit.segments;
  if (segment !== undefined) throw noPrice(segment.line, dayOf(segment.start));
}

// -------------------------------------------------------------------------------------------------------- examinations

// Ratio by place in the sequence of specialties, and the rule that gives it (R16); every later place is not paid.
const PLACES = [
  [1000n, rules.EXAM_FIRST],
  [300n, rules.EXAM_SECOND_TO_FOURTH],
  [300n, rules.EXAM_SECOND_TO_FOURTH],
  [300n, rules.EXAM_SECOND_TO_FOURTH],
  [100n, rules.EXAM_FIFTH],
];
const LATER = [0n, rules.EXAM_LATER];
const REPEAT = [0n, rules.EXAM_REPEAT];

// Beyond this place in the day's queue of a table an exam is paid at half, or at its own place's ratio if that is less.
const QUEUE_FULL = 65;
const QUEUE_FULL_RATIO = 500n;

function decideExams(visit, draft) {
  const { kinds, codes, quantities, performed } = visit.lines;
  const exams = [...kinds.keys()].filter((line) => kinds[line] === EXAM);
  if (exams.length === 0) return;
  // By time; the sort keeps the order of lines for equal times.
  exams.sort((a, b) => compare(performed[a], performed[b]));

  // A specialty is an exam's code. Those of an earlier visit of the day have taken the first places.
  const taken = new Set(visit.priorExams.map((exam) => exam.code));
  const isContinued = taken.size > 0;
  const takePlace = (code) => {
    if (taken.has(code)) return REPEAT;
    taken.add(code);
    return PLACES[taken.size - 1] ?? LATER;
  };

  const queue = new Map(visit.queue.map((queued) => [queued.line, queued.place]));
  const cap = examsCap(visit, exams, draft);
  let isFirst = true;
  for (const line of exams) {
    const price = priceOf(visit, line);
    const part = { line, price, quantity: quantities[line], cap };
    if (isStopped(visit, line)) {
      draft.add({ ...part, ratio: WHOLE }, [rules.STOPPED_SERVICE]);
      continue;
    }
    // With a ratio of the sender's it is paid after all, and "not paid" would be untrue.
    const noteUnpaid = (rule) => draft.givenRatios.has(line) || draft.note(rule, line);
    if (visit.inpatient && !isFirst) {
      draft.add({ ...part, ratio: 0n }, [rules.LISTED_PRICE, rules.EXAM_INPATIENT]);
      noteUnpaid(rules.EXAM_INPATIENT);
      continue;
    }
    isFirst = false;
    let [ratio, rule] = takePlace(codes[line]);
    const isRepeat = rule === rules.EXAM_REPEAT;
    if (isContinued && !isRepeat) draft.note(rules.EXAM_PRIOR_VISIT, line);
    if (ratio > QUEUE_FULL_RATIO && (queue.get(line) ?? 0) > QUEUE_FULL) {
      [ratio, rule] = [QUEUE_FULL_RATIO, rules.EXAM_QUEUE_FULL];
    }
    // One examination has the place; more of the same line are repeats.
    const placed = part.quantity < ONE ? part.quantity : ONE;
    const more = part.quantity - placed;
    draft.add({ ...part, quantity: placed, ratio }, [rules.LISTED_PRICE, rule]);
    if (more > 0n) draft.add({ ...part, quantity: more, ratio: 0n }, [rules.LISTED_PRICE, rules.EXAM_REPEAT]);
    if (isRepeat || more > 0n) noteUnpaid(rules.EXAM_REPEAT);
  }
}

// Together a visit's exams are insured up to twice the first one's price (C9).
function examsCap(visit, exams, draft) {
  const first = exams.find((line) => !isStopped(visit, line));
  if (first === undefined) return null;
  // A single exam cannot pass it.
  if (exams.length === 1 && visit.lines.quantities[first] <= ONE) return null;
  const twice = 2n * visit.candidates.insured[priceOf(visit, first)];
  if (twice > LARGEST) throw tooLarge(first);
  // From 1/1000 đồng to 1/100, half up; prices are never negative.
  return draft.cap("exams", (twice + 5n) / 10n);
}

// ---------------------------------------------------------------------------------------------------------- operations

// Ratios of what is done besides the main operation (R21).
const SAME_TEAM = 500n;
const OTHER_TEAM = 800n;
const EXTRA_PROCEDURE = 800n;

function decideOperations(visit, draft) {
  const { kinds, quantities } = visit.lines;
  const operatedOf = new Map(visit.operations.map((operated) => [operated.line, operated]));
  const add = (line, price, ratio, rule) => {
    const base = priceRule(visit, line);
    draft.add({ line, price, quantity: quantities[line], ratio }, rule === null ? [base] : [base, rule]);
  };

  const members = [];
  for (const [line, kind] of kinds.entries()) {
    if (kind !== SURGERY && kind !== PROCEDURE) continue;
    const price = priceOf(visit, line);
    const operated = operatedOf.get(line);
    // Operation 0 is none.
    if (operated === undefined || operated.operation === 0 || isStopped(visit, line)) {
      add(line, price, WHOLE, null);
      continue;
    }
    const isProcedure = kind === PROCEDURE;
    members.push({ ...operated, price, isProcedure, insured: visit.candidates.insured[price] });
  }
  // The main one of an operation comes first: a surgery before a procedure, then the dearest, the earliest, by line.
  members.sort((a, b) =>
    compare(a.operation, b.operation) ||
    compare(a.isProcedure, b.isProcedure) ||
    compare(b.insured, a.insured) ||
    compare(a.start, b.start) ||
    compare(a.line, b.line));

  let main = null;
  for (const [place, member] of members.entries()) {
    const { line, price } = member;
    if (member.operation !== main?.operation) {
      main = member;
      const isAlone = members[place + 1]?.operation !== member.operation;
      add(line, price, WHOLE, isAlone ? null : rules.OPERATION_MAIN);
    } else if (member.isProcedure) {
      add(line, price, EXTRA_PROCEDURE, rules.OPERATION_PROCEDURE);
    } else if (member.team === main.team) {
      add(line, price, SAME_TEAM, rules.OPERATION_SAME_TEAM);
    } else {
      add(line, price, OTHER_TEAM, rules.OPERATION_OTHER_TEAM);
    }
  }
}

// ----------------------------------------------------------------------------------------------------- everything else

function decideOtherLines(visit, draft) {
  const { kinds, groups, quantities } = visit.lines;
  const serviceOf = new Map(visit.supplies.map((supply) => [supply.line, supply.service]));
  // Each service has a cap of its own, made when its first supply asks (R23, C15).
  const capOfService = new Map();
  for (const [line, kind] of kinds.entries()) {
    if ([EXAM, SURGERY, PROCEDURE].includes(kind)) continue;
    const part = { line, price: ownOrListedPrice(visit, line), quantity: quantities[line], ratio: WHOLE };
    const base = priceRule(visit, line);
    const service = serviceOf.get(line);
    if (kind === SUPPLY && service !== undefined) {
      if (!capOfService.has(service)) capOfService.set(service, draft.cap("supplies", visit.suppliesCeiling));
      draft.add({ ...part, cap: capOfService.get(service) }, [base, rules.SUPPLIES_OF_A_SERVICE]);
    } else if (groups[line] === GROUP_TRANSPORT) {
      draft.add({ ...part, wholeOnRoute: true }, [base, rules.TRANSPORT_BY_FUEL]);
    } else {
      draft.add(part, [base]);
    }
  }
}
