//! Reading the lines of an encounter.

use foldhash::{HashMap, HashMapExt};

use super::read::{FACILITY_FORM, read_facility_code, read_id};
use super::*;
use crate::reader::Node;

/// A visit with more lines than this is not one visit.
const LINES_AT_MOST: usize = 10_000;

/// Nor does one visit have more beds than this.
const SEGMENTS_AT_MOST: usize = 10_000;

pub(super) const CODE_FORM: &str = "must be a code of 1 to 255 printable characters without spaces at its ends";

pub(super) fn read_lines(node: &Node<'_, '_>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(node.count().min(LINES_AT_MOST));
    let mut cancelled: Vec<&str> = Vec::new();
    let mut wanted: Vec<(usize, &str)> = Vec::new();
    let mut count = 0;
    let mut segments = 0;
    for (place, item) in node.items().enumerate() {
        count += 1;
        if count > LINES_AT_MOST {
            node.fault(format!("must have at most {LINES_AT_MOST} lines"));
            break;
        }
        let Some(read) = read_line(place, &item) else { continue };
        if let Some(id) = read.id {
            if let Some(first) = places.insert(id, place) {
                item.fault_at("id", format!("{id:?} is also the id of lines[{first}]"));
            }
            if read.is_cancelled {
                cancelled.push(id);
            }
        }
        if let Some(for_line) = read.for_line {
            wanted.push((place, for_line));
        }
        if let Some(line) = read.line {
            segments += line.segments.len();
            lines.push(line);
        }
    }
    if node.is_present() && count == 0 {
        node.fault("must have at least one line");
    }
    if segments > SEGMENTS_AT_MOST {
        node.fault(format!("must have at most {SEGMENTS_AT_MOST} bed segments"));
    }
    lines.sort_by(|a, b| a.id.cmp(&b.id));
    link(node, &mut lines, &places, &cancelled, &wanted);
    lines
}

/// Turns `for_line` ids into places.
fn link(
    node: &Node<'_, '_>,
    lines: &mut [Line],
    places: &HashMap<&str, usize>,
    cancelled: &[&str],
    wanted: &[(usize, &str)],
) {
    if wanted.is_empty() {
        return;
    }
    let sorted: HashMap<usize, usize> = lines.iter().enumerate().map(|(sorted, line)| (line.place, sorted)).collect();
    for (place, id) in wanted {
        let fault = |message: String| node.fault_at(&format!("[{place}].for_line"), message);
        match places.get(id) {
            None => fault(format!("names no line of this encounter: {id:?}")),
            Some(service) if service == place => fault("must name another line".into()),
            Some(_) if cancelled.contains(id) => fault(format!("names a cancelled line: {id:?}")),
            Some(service) => {
                if let (Some(&line), Some(&service)) = (sorted.get(place), sorted.get(service)) {
                    lines[line].for_line = Some(service);
                }
            }
        }
    }
}

/// What a line says, as far as it could be read.
struct LineReading<'j> {
    id: Option<&'j str>,
    is_cancelled: bool,
    for_line: Option<&'j str>,
    line: Option<Line>,
}

fn read_line<'j>(place: usize, node: &Node<'_, 'j>) -> Option<LineReading<'j>> {
    let [
        id,
        kind,
        group,
        code,
        name,
        quantity,
        ordered_at,
        performed_at,
        department,
        practitioner,
        table,
        sequence_at_table,
        unit_price,
        scope,
        payment_method,
        insured_ratio,
        service_ratio,
        service_ratio_reason,
        status,
        on_request,
        consent,
        other_sources,
        for_line,
        operation,
        segments,
        tender,
        claim_fields @ ..,
    ] = node.fields([
        "id",
        "kind",
        "group",
        "code",
        "name",
        "quantity",
        "ordered_at",
        "performed_at",
        "department",
        "practitioner",
        "table",
        "sequence_at_table",
        "unit_price",
        "scope",
        "payment_method",
        "insured_ratio",
        "service_ratio",
        "service_ratio_reason",
        "status",
        "on_request",
        "consent",
        "other_sources",
        "for_line",
        "operation",
        "segments",
        "tender",
        "anaesthesia",
        "machine",
        "result_at",
        "performed_at_facility",
        "registration",
        "supply_code",
        "reuse",
        "wound_relapse",
        "transport",
    ])?;
    check_claim_fields(&claim_fields);
    table.text();
    tender.text();
    if let Some([at, by]) = consent.fields(["at", "by"]) {
        at.required().minute();
        by.private().text();
    }

    let line_id = id.required().form(LineId::parse, "must be 1 to 100 printable characters");
    let id = line_id.as_ref().and(id.text());
    let kind = kind.required().choice(Kind::WORDS);
    let code = code.required().form(Code::parse, CODE_FORM);
    let is_bed = kind.is_some_and(Kind::is_bed);
    let quantity_read = if is_bed { quantity.quantity() } else { quantity.required().quantity() };
    let ordered = ordered_at.minute();
    let performed = performed_at.minute();
    if let (Some(ordered), Some(performed)) = (ordered, performed)
        && performed < ordered
    {
        performed_at.fault(format!("{performed} is before ordered_at {ordered}"));
    }
    let service_ratio_read = service_ratio.rate();
    if service_ratio_read.is_some() && service_ratio_reason.text().is_none() {
        service_ratio_reason.fault("is required with service_ratio");
    }
    let status_read = status.choice(Status::WORDS).unwrap_or(Status::Done);
    let by_code = code.as_ref().is_some_and(|code| code.form() == crate::code::Form::Stopped);
    let is_stopped = status_read == Status::Stopped || by_code;
    if is_stopped && status_read != Status::Cancelled && kind.is_some_and(Kind::is_goods) {
        status.fault("a drug, blood, supply or transport line cannot be stopped: cancel it or let it be paid");
    }
    let segments_read = read_segments(&segments, is_bed, code.as_ref());
    if kind.is_some() && !is_bed {
        if segments.is_present() {
            segments.fault("is only for kinds bed and day-bed");
        }
        if !ordered_at.is_present() && !performed_at.is_present() {
            performed_at.fault("is required (or ordered_at)");
        }
    }
    let at = segments_read.first().map(|segment| segment.from).filter(|_| is_bed).or(performed).or(ordered);
    let for_line_read = for_line.text();
    let small = |number: Option<u32>| number.and_then(|number| u8::try_from(number).ok());
    let group = small(group.whole(1..=19));
    let name = name.text();
    let department = department.text();
    let practitioner = practitioner.text();
    let sequence_at_table = sequence_at_table.whole(1..=100_000);
    let unit_price = unit_price.price();
    let scope = match scope.whole(1..=3) {
        None | Some(1) => Scope::Insured,
        Some(2) => Scope::Outside,
        Some(_) => Scope::ArmedForces,
    };
    let payment_method = small(payment_method.whole(1..=3));
    let insured_ratio = insured_ratio.rate();
    let on_request = on_request.truth();
    let other_sources = read_other_sources(&other_sources);
    let operation = read_operation(&operation);
    // Everything has been read, and complained of, before a missing bone gives the line up.
    let line = (|| {
        Some(Line {
            place,
            id: line_id?,
            kind: kind?,
            group: group.unwrap_or(kind?.usual_group()),
            name: name.map(Into::into),
            quantity: quantity_read.unwrap_or(Quantity::ONE),
            ordered_at: ordered.or(at)?,
            at: at?,
            department: department.map(Into::into),
            practitioner: practitioner.map(Into::into),
            sequence_at_table: sequence_at_table.unwrap_or(0),
            unit_price,
            scope,
            payment_method: payment_method.unwrap_or(1),
            insured_ratio: insured_ratio.unwrap_or(Rate::WHOLE),
            service_ratio: service_ratio_read,
            is_stopped,
            on_request: on_request.unwrap_or_default(),
            other_sources,
            for_line: None,
            operation,
            segments: segments_read,
            code: code?,
        })
    })();
    let is_cancelled = status_read == Status::Cancelled;
    Some(LineReading {
        id,
        is_cancelled,
        for_line: for_line_read.filter(|_| !is_cancelled),
        line: line.filter(|_| !is_cancelled),
    })
}

/// Fields that only the claim file needs: checked here, read from the document when it is written.
fn check_claim_fields(fields: &[Node<'_, '_>; 9]) {
    let [
        anaesthesia,
        machine,
        result_at,
        performed_at_facility,
        registration,
        supply_code,
        reuse,
        wound_relapse,
        transport,
    ] = fields;
    anaesthesia.whole(1..=4);
    machine.text();
    result_at.minute();
    performed_at_facility.form(read_facility_code, FACILITY_FORM);
    registration.text();
    supply_code.text();
    reuse.truth();
    wound_relapse.truth();
    if let Some([km, fuel]) = transport.fields(["km", "fuel"]) {
        km.quantity();
        fuel.text();
    }
}

fn read_segments(node: &Node<'_, '_>, is_bed: bool, line_code: Option<&Code>) -> Vec<Segment> {
    let segments: Vec<Segment> =
        node.items().enumerate().filter_map(|(place, segment)| read_segment(place, &segment, line_code)).collect();
    if is_bed && node.count() == 0 {
        node.fault("is required for a bed: at least one segment");
    }
    segments
}

fn read_segment(place: usize, node: &Node<'_, '_>, line_code: Option<&Code>) -> Option<Segment> {
    let [from, to, department, bed, code, sharing] =
        node.fields(["from", "to", "department", "bed", "code", "sharing"])?;
    bed.text();
    let start = from.required().minute();
    let end = to.minute();
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
    {
        to.fault(format!("{end} is not after from {start}"));
    }
    let code = code.form(Code::parse, CODE_FORM).or_else(|| line_code.cloned());
    Some(Segment {
        place,
        to: end,
        department: department.text().map(Into::into),
        sharing: sharing.whole(1..=20).and_then(|sharing| u8::try_from(sharing).ok()).unwrap_or(1),
        code: code?,
        from: start?,
    })
}

fn read_operation(node: &Node<'_, '_>) -> Option<Operation> {
    let [id, class, started_at, team] = node.fields(["id", "class", "started_at", "team"])?;
    let id = id.required().form(read_id, "must be 1 to 100 printable characters");
    Some(Operation {
        class: class.choice(OperationClass::WORDS),
        started_at: started_at.minute(),
        team: team.text().map(Into::into),
        id: id?,
    })
}

fn read_other_sources(node: &Node<'_, '_>) -> OtherSources {
    let mut sources = OtherSources::default();
    for item in node.items() {
        let Some([kind, fund, amount]) = item.fields(["kind", "fund", "amount"]) else { continue };
        fund.choice(&[("state", ()), ("foreign", ()), ("domestic", ()), ("other", ())]);
        let kind = kind.required().choice(&[("individual", 0), ("facility", 1), ("arv", 2)]);
        let Some(read) = amount.required().amount() else { continue };
        let sum = match kind {
            Some(0) => &mut sources.individual,
            Some(1) => &mut sources.facility,
            Some(_) => &mut sources.arv,
            None => continue,
        };
        match sum.checked_add(read) {
            Some(added) => *sum = added,
            None => amount.fault("makes the sum of sources too large"),
        }
    }
    sources
}
