//! The explained bill: the order and grouping of form 01/KBCB (QĐ 697/QĐ-BYT), with the reason of each amount.

use std::collections::BTreeSet;

use vienphi_domain::encounter::Encounter;
use vienphi_domain::heading::{HEADINGS, Heading};
use vienphi_domain::statement::{Line, Part, Split};
use vienphi_domain::{Severity, Statement};
use vienphi_money::{Amount, Rate};
use vienphi_service::Pricer;

use crate::lang::Lang;
use crate::table::{Align, Table, grouped, shorten};

/// A part with its line.
type Entry<'s, 'a> = (&'s Line<'a>, &'s Part<'a>);

/// The whole bill: a section for each card and level, then totals, findings and remarks.
pub fn explain(pricer: &Pricer, encounter: &Encounter, statement: &Statement<'_>, lang: Lang) -> String {
    let mut text = heading(statement, lang);
    text.push('\n');
    let facility = pricer.facility(&encounter.facility, encounter.end(statement.as_of).day());
    if let Some(facility) = facility {
        text.push_str(&format!(
            "{}: {} ({}), {} {}\n",
            lang.pick("Cơ sở", "Facility"),
            facility.name,
            facility.code,
            lang.pick("hạng", "class"),
            facility.class.word(),
        ));
    }
    let code = statement.subject.declared.or(statement.subject.derived);
    if let Some((vi, en)) = code.and_then(|code| pricer.subject_words(code)) {
        let code = code.unwrap_or_default();
        text.push_str(&format!("{}: {code} ({})\n", lang.pick("Đối tượng", "Subject"), lang.pick(vi, en)));
    }
    let discharged = encounter
        .visit
        .discharged_at
        .map_or_else(|| lang.pick("chưa ra viện", "not discharged").to_owned(), |minute| minute.to_string());
    text.push_str(&format!(
        "{}: {}   {}: {discharged}\n",
        lang.pick("Vào", "Arrived"),
        encounter.visit.arrived_at,
        lang.pick("Ra", "Discharged"),
    ));
    let packaged = encounter.lines.iter().filter(|line| line.for_line.is_some()).map(|line| line.id.as_str()).collect();
    for (card, rate) in sections(statement) {
        text.push_str(&section(statement, &packaged, (card, rate), lang));
    }
    text.push_str(&totals(statement, lang));
    text.push_str(&remarks(statement, lang));
    text
}

/// Whose bill it is and by which tariff; a sample tariff, and one that is not signed, say so here.
pub fn heading(statement: &Statement<'_>, lang: Lang) -> String {
    let sample = if statement.tariff.status == "sample" {
        lang.pick("  ⚠ BIỂU GIÁ MẪU (sample)", "  ⚠ SAMPLE TARIFF (sample)")
    } else {
        ""
    };
    let unsigned = if statement.tariff.is_signed { "" } else { lang.pick(" (chưa ký: unsigned)", " (unsigned)") };
    format!(
        "{} {}  ·  {} {}{unsigned}{sample}\n",
        lang.pick("Bảng kê chi phí", "Statement"),
        statement.encounter,
        statement.tariff.package,
        statement.tariff.version,
    )
}

/// Findings and what is provisional.
pub fn remarks(statement: &Statement<'_>, lang: Lang) -> String {
    let mut text = String::new();
    for reason in &statement.provisional {
        text.push_str(&format!("{}: {reason}\n", lang.pick("Tạm tính", "Provisional")));
    }
    for finding in &statement.findings {
        let mark = match finding.severity {
            Severity::Block => "✖",
            Severity::Warn => "⚠",
            Severity::Inform => "ℹ",
        };
        text.push_str(&format!("{mark} {} {}: {}", finding.code, finding.path, lang.words(&finding.text)));
        if let (Some(declared), Some(expected)) = (&finding.declared, &finding.expected) {
            text.push_str(&format!(" [{declared} → {expected}]"));
        }
        text.push_str(&format!(" ({})\n", finding.ground));
    }
    text
}

/// Each card and level, in the order in which parts meet them; what no card covers comes last.
fn sections<'a>(statement: &Statement<'a>) -> Vec<(Option<&'a str>, Option<Rate>)> {
    let mut sections = Vec::new();
    for part in statement.lines.iter().flat_map(|line| &line.parts) {
        let section = (part.card, part.benefit_rate);
        if !sections.contains(&section) {
            sections.push(section);
        }
    }
    sections.sort_by_key(|(card, rate)| (card.is_none(), *card, std::cmp::Reverse(*rate)));
    sections
}

/// What a card pays for at a rate. `packaged` are the lines that were used for a service.
fn section(
    statement: &Statement<'_>,
    packaged: &BTreeSet<&str>,
    (card, rate): (Option<&str>, Option<Rate>),
    lang: Lang,
) -> String {
    let of_section: Vec<Entry<'_, '_>> = statement
        .lines
        .iter()
        .flat_map(|line| line.parts.iter().map(move |part| (line, part)))
        .filter(|(_, part)| part.card == card && part.benefit_rate == rate)
        .collect();
    let mut text = match (card, rate) {
        (Some(card), Some(rate)) => {
            format!(
                "\n━━ {} {card} · {} {rate} % ━━\n",
                lang.pick("Thẻ", "Card"),
                lang.pick("mức hưởng", "benefit rate")
            )
        }
        _ => format!("\n━━ {} ━━\n", lang.pick("Không có thẻ áp dụng", "No card")),
    };
    let mut sum = Split::default();
    for (place, heading) in HEADINGS.iter().enumerate() {
        let is_here = |(line, _): &Entry<'_, '_>| {
            let package = packaged.contains(line.id).then_some(0);
            Heading::place(line.group, package).heading == place
        };
        let under: Vec<Entry<'_, '_>> = of_section.iter().copied().filter(is_here).collect();
        if !under.is_empty() {
            text.push_str(&format!("\n{}\n", lang.pick(heading.vi, heading.en)));
            text.push_str(&group(statement, &under, lang));
        }
    }
    for (_, part) in &of_section {
        sum = sum.plus(&part.split).unwrap_or(sum);
    }
    text.push_str(&format!(
        "\n{}: BV {} · BH {} · {} {} · {} {} · {} {} · {} {}\n",
        lang.pick("Cộng phần này", "This section"),
        money(sum.hospital),
        money(sum.insured),
        lang.pick("quỹ BHYT", "insurer"),
        money(sum.insurer),
        lang.pick("cùng chi trả", "co-payment"),
        money(sum.copayment),
        lang.pick("nguồn khác", "others"),
        money(sum.other_sources),
        lang.pick("tự trả", "own"),
        money(sum.own),
    ));
    text
}

/// The rows of a group, each followed by its reasons.
fn group(statement: &Statement<'_>, entries: &[Entry<'_, '_>], lang: Lang) -> String {
    use Align::{Left, Right};
    let column = |vi, en, align| (lang.pick(vi, en), align);
    let mut table = Table::new(&[
        column("Dòng", "Line", Left),
        column("Mã", "Code", Left),
        column("Nội dung", "What", Left),
        column("SL", "Qty", Right),
        column("Đơn giá BV", "Unit price", Right),
        column("Đơn giá BH", "Insured price", Right),
        column("TL DV %", "Service %", Right),
        column("Thành tiền BV", "Hospital", Right),
        column("TL BH %", "Insured %", Right),
        column("Thành tiền BH", "Insured", Right),
        column("Quỹ BHYT", "Insurer", Right),
        column("Cùng chi trả", "Co-payment", Right),
        column("Nguồn khác", "Others", Right),
        column("Tự trả", "Own", Right),
    ]);
    for (line, part) in entries {
        let split = &part.split;
        table.row(vec![
            line.id.to_owned(),
            part.code.to_owned(),
            shorten(part.name.or(line.name).unwrap_or_default(), 34),
            part.quantity.to_string(),
            grouped(&part.unit_price.to_string()),
            grouped(&part.insured_price.to_string()),
            part.service_ratio.to_string(),
            money(split.hospital),
            part.insured_ratio.to_string(),
            money(split.insured),
            money(split.insurer),
            money(split.copayment),
            money(split.other_sources),
            money(split.own),
        ]);
    }
    // The header and its rule, then each row with its reasons below it.
    let printed = table.print(0);
    let mut rows = printed.lines();
    let mut text = String::new();
    for row in rows.by_ref().take(2) {
        text.push_str(row);
        text.push('\n');
    }
    for (row, (_, part)) in rows.zip(entries) {
        text.push_str(row);
        text.push('\n');
        text.push_str(&reasons(statement, part, lang));
    }
    text
}

/// Why a part has its amounts.
fn reasons(statement: &Statement<'_>, part: &Part<'_>, lang: Lang) -> String {
    let mut text = String::new();
    let days = if part.from == part.to { part.from.to_string() } else { format!("{} – {}", part.from, part.to) };
    text.push_str(&format!("      {days}"));
    if let Some(resolution) = part.resolution {
        text.push_str(&format!(" · {resolution}"));
    }
    if let Some(ceiling) = part.ceiling {
        text.push_str(&format!(" · {} {}", lang.pick("tối đa", "at most"), money(ceiling)));
    }
    text.push('\n');
    for name in &part.rules {
        if let Some(rule) = statement.rules.get(name) {
            text.push_str(&format!("      ↳ {} [{}]\n", lang.words(&rule.text), rule.ground));
        }
    }
    text
}

fn totals(statement: &Statement<'_>, lang: Lang) -> String {
    let totals = &statement.totals;
    let rows = [
        ("Tổng chi phí", "Hospital amount", totals.amount_hospital),
        ("  trong đó thuốc", "  of it drugs", totals.drugs),
        ("  trong đó vật tư y tế", "  of it supplies", totals.supplies),
        ("Chi phí trong phạm vi BHYT", "Insured amount", totals.amount_insured),
        ("Quỹ BHYT thanh toán", "The insurer pays", totals.insurer),
        ("Nguồn khác", "Other sources", totals.other_sources),
        ("Người bệnh cùng chi trả", "Co-payment", totals.copayment),
        ("Người bệnh tự trả", "The patient's own", totals.patient_own),
        ("NGƯỜI BỆNH PHẢI TRẢ", "THE PATIENT PAYS", totals.cash_due),
    ];
    let mut table = Table::new(&[(lang.pick("Tổng cộng", "Totals"), Align::Left), ("đồng", Align::Right)]);
    for (vi, en, amount) in rows {
        table.row(vec![lang.pick(vi, en).to_owned(), money(amount)]);
    }
    format!("\n{}\n", table.print(0))
}

fn money(amount: Amount) -> String {
    grouped(&amount.to_string())
}
