//! The bill on paper (bảng kê chi phí khám bệnh, chữa bệnh, form 01/KBCB): the lines of the stored statement under the headings of the form,
//! with their sums. Nothing is multiplied here.
//!
//! The text of QĐ 697/QĐ-BYT of 2026 was not seen; the columns are those of the form that it follows (QĐ 6556/QĐ-BYT, 2018). Days, department and
//! exemption are what the visit's claim says.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use vienphi_claims::Stay;
use vienphi_domain::Actor;
use vienphi_domain::heading::{HEADINGS, Heading, Place};
use vienphi_domain::spoken::spoken;
use vienphi_money::Amount;
use vienphi_store::StoreError;

use super::{Desk, Halt};

/// A bill.
#[derive(Debug)]
pub struct Bill {
    /// Version of the statement that it is.
    pub version: i64,
    /// How the patient came (MA_DOITUONG_KCB), as declared or else derived.
    pub subject: Option<String>,
    /// The diagnosis in words (CHAN_DOAN_RV), when it was sent.
    pub diagnosis: Option<String>,
    /// What the visit's claim says of the stay.
    pub stay: Stay,
    /// Its lines by the card and the rate that they are paid with, what no card pays for at the end.
    pub parts: Vec<OfCard>,
    /// What all come to.
    pub sums: Sums,
    /// What the patient pays of it: co-payment and own.
    pub patient: String,
    /// What the patient hands over, in whole đồng (R31).
    pub cash_due: String,
    /// The whole costs, half up to whole đồng.
    pub rounded: String,
    /// The same in Vietnamese words.
    pub in_words: String,
}

/// What is paid with a card at a rate.
#[derive(Debug)]
pub struct OfCard {
    /// The card; none of what no card pays for.
    pub card: Option<String>,
    /// The rate (mức hưởng), in percent.
    pub rate: Option<String>,
    /// The lines by heading; headings without a line are left out.
    pub sections: Vec<Section>,
}

/// The lines under a heading.
#[derive(Debug)]
pub struct Section {
    /// Which.
    pub heading: &'static Heading,
    /// What they come to.
    pub sums: Sums,
    /// The lines, by what stands beneath the heading.
    pub groups: Vec<Group>,
}

/// Lines of a heading: a kind of bed, the supplies of one service, or all.
#[derive(Debug)]
pub struct Group {
    /// What they are, when a heading has several.
    pub title: Option<Title>,
    /// What they come to.
    pub sums: Sums,
    /// Each.
    pub rows: Vec<Row>,
}

/// What stands beneath a heading, with its number.
#[derive(Debug)]
pub struct Title {
    /// In Vietnamese.
    pub vi: String,
    /// In English; the name of a service is as it was sent.
    pub en: String,
}

/// A line, or a part of one that has several: a bed of some days, a drug under two cards.
#[derive(Debug)]
pub struct Row {
    /// Its name, or else its code.
    pub name: String,
    /// What is counted (DON_VI_TINH): as sent for the claim, else what its kind is counted in; empty when nobody said.
    pub unit: String,
    /// How much of it.
    pub quantity: String,
    /// What the facility charges for one.
    pub unit_price: Option<String>,
    /// What the insurer counts for one.
    pub insured_price: Option<String>,
    /// The ratio of the service (TYLE_TT_DV), in percent.
    pub service_ratio: Option<String>,
    /// The ratio of the insurance (TYLE_TT_BH), in percent.
    pub insured_ratio: Option<String>,
    /// What it comes to.
    pub sums: Sums,
}

/// Amounts of a line or of several, in đồng.
#[derive(Debug)]
pub struct Sums {
    /// THANH_TIEN_BV.
    pub hospital: String,
    /// THANH_TIEN_BH.
    pub insured: String,
    /// T_BHTT.
    pub insurer: String,
    /// T_BNCCT.
    pub copayment: String,
    /// T_NGUONKHAC.
    pub other: String,
    /// T_BNTT.
    pub own: String,
}

/// What the form takes of a statement.
#[derive(Deserialize)]
struct Statement {
    version: i64,
    #[serde(default)]
    subject: Subject,
    lines: Vec<Line>,
    totals: Totals,
}

#[derive(Default, Deserialize)]
struct Subject {
    declared: Option<String>,
    derived: Option<String>,
}

#[derive(Deserialize)]
struct Totals {
    #[serde(flatten)]
    amounts: Amounts,
    cash_due: String,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    code: String,
    name: Option<String>,
    kind: String,
    group: u8,
    unit_price: Option<String>,
    insured_price: Option<String>,
    quantity: String,
    service_ratio: Option<String>,
    insured_ratio: Option<String>,
    card: Option<String>,
    benefit_rate: Option<String>,
    #[serde(flatten)]
    amounts: Amounts,
    #[serde(default)]
    parts: Vec<Line>,
}

#[derive(Debug, Deserialize, Clone, Copy, Default, PartialEq, Eq)]
struct Amounts {
    #[serde(deserialize_with = "amount")]
    amount_hospital: Amount,
    #[serde(deserialize_with = "amount")]
    amount_insured: Amount,
    #[serde(deserialize_with = "amount")]
    insurer: Amount,
    #[serde(deserialize_with = "amount")]
    copayment: Amount,
    #[serde(deserialize_with = "amount")]
    other_sources: Amount,
    #[serde(deserialize_with = "amount")]
    patient_own: Amount,
}

fn amount<'d, D: Deserializer<'d>>(from: D) -> Result<Amount, D::Error> {
    let text = String::deserialize(from)?;
    Amount::parse(&text).map_err(|_| serde::de::Error::custom("is no amount"))
}

impl Desk {
    /// The bill of a visit, of its present statement.
    ///
    /// # Errors
    ///
    /// Whoever may not read visits and statements; a visit that is not there.
    pub async fn bill(&self, actor: &Actor, id: &str) -> Result<Bill, Halt> {
        let statement = self.statement(actor, id, None).await?;
        let encounter = self.encounter(actor, id).await?;
        let damaged = || StoreError::Damaged(format!("the statement of encounter {id} cannot be shown as a bill"));
        Ok(Bill::of(&statement.json, &encounter.json).ok_or_else(damaged)?)
    }
}

impl Bill {
    /// The bill of a statement as it is kept; none when its lines do not add up to its totals. Of the encounter the units of the lines,
    /// the diagnosis in words and what supplies were used for are read.
    pub fn of(statement: &[u8], encounter: &[u8]) -> Option<Bill> {
        // A visit that is no claim is billed all the same.
        Bill::with(statement, encounter, vienphi_claims::stay(encounter, statement).unwrap_or_default())
    }

    fn with(statement: &[u8], encounter: &[u8], stay: Stay) -> Option<Bill> {
        let Statement { version, subject, lines, totals } = serde_json::from_slice(statement).ok()?;
        let encounter: Value = serde_json::from_slice(encounter).ok()?;
        let packages = Packages::of(&encounter, &lines);
        let mut by_card: Vec<(Paid, UnderHeadings)> = Vec::new();
        let mut all = Amounts::default();
        for line in lines {
            let unit = unit(&encounter, &line);
            let package = packages.number(&line.id);
            // The form has a row for each price: of a line in several parts these, else itself.
            let rows = if line.parts.is_empty() { vec![line] } else { line.parts };
            for row in rows {
                all = all.plus(&row.amounts)?;
                let paid = (row.card.clone(), row.benefit_rate.clone());
                let place = by_card.iter().position(|(known, _)| *known == paid).unwrap_or_else(|| {
                    by_card.push((paid, BTreeMap::new()));
                    by_card.len() - 1
                });
                let sections = &mut by_card.get_mut(place)?.1;
                let rows = sections.entry(Heading::place(row.group, package)).or_default();
                rows.push((row.shown(&unit), row.amounts));
            }
        }
        // The sums of the paper are the statement's own, or there is no paper.
        if all != totals.amounts {
            return None;
        }
        by_card.sort_by_key(|((card, _), _)| card.is_none());
        let parts: Option<Vec<OfCard>> = by_card.into_iter().map(|part| OfCard::of(part, &packages)).collect();
        let rounded = totals.amounts.amount_hospital.whole_dong().ok()?;
        let patient = totals.amounts.copayment.checked_add(totals.amounts.patient_own)?;
        Some(Bill {
            version,
            subject: subject.declared.or(subject.derived),
            diagnosis: said(&encounter["clinical"]["xml1"]["CHAN_DOAN_RV"]).map(str::to_owned),
            stay,
            parts: parts?,
            sums: totals.amounts.shown(),
            patient: patient.text().as_str().to_owned(),
            cash_due: totals.cash_due,
            rounded: rounded.text().as_str().to_owned(),
            in_words: spoken(u64::try_from(rounded.units() / 100).ok()?),
        })
    }
}

/// Supplies that were used for a service (gói vật tư y tế): each such service has a number, in the order of the bill's lines.
struct Packages {
    /// By the supply's line.
    numbers: BTreeMap<String, usize>,
    /// The services' names, or else their codes.
    services: Vec<String>,
}

impl Packages {
    fn of(encounter: &Value, lines: &[Line]) -> Packages {
        let sent = encounter["lines"].as_array().map_or(&[][..], Vec::as_slice);
        let used_for: BTreeMap<&str, &str> = sent.iter().filter_map(used_for).collect();
        let titles: BTreeMap<&str, &Line> = lines.iter().map(|line| (line.id.as_str(), line)).collect();
        let mut packages = Packages { numbers: BTreeMap::new(), services: Vec::new() };
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for line in lines.iter().filter(|line| line.kind == "supply") {
            let Some(&service) = used_for.get(line.id.as_str()) else { continue };
            let number = *known.entry(service).or_insert_with(|| {
                let title = titles.get(service).map_or_else(|| service.to_owned(), |line| line.title());
                packages.services.push(title);
                packages.services.len() - 1
            });
            packages.numbers.insert(line.id.clone(), number);
        }
        packages
    }

    fn number(&self, line: &str) -> Option<usize> {
        self.numbers.get(line).copied()
    }

    /// What stands beneath a heading.
    fn title(&self, place: Place) -> Option<Title> {
        let (heading, number) = (HEADINGS.get(place.heading)?, place.beneath?);
        if let Some(beneath) = heading.beneath.get(number) {
            return Some(Title { vi: beneath.vi.to_owned(), en: beneath.en.to_owned() });
        }
        let title = format!("{}.{}. {}", place.heading + 1, number + 1, self.services.get(number)?);
        Some(Title { vi: title.clone(), en: title })
    }
}

/// With which card, at which rate.
type Paid = (Option<String>, Option<String>);

/// Rows by where they stand.
type UnderHeadings = BTreeMap<Place, Vec<(Row, Amounts)>>;

impl OfCard {
    fn of(((card, rate), by_place): (Paid, UnderHeadings), packages: &Packages) -> Option<OfCard> {
        let mut sections: Vec<(usize, Amounts, Vec<Group>)> = Vec::new();
        for (place, rows) in by_place {
            let sum = rows.iter().try_fold(Amounts::default(), |sum, (_, amounts)| sum.plus(amounts))?;
            let rows = rows.into_iter().map(|(row, _)| row).collect();
            let group = Group { title: packages.title(place), sums: sum.shown(), rows };
            match sections.last_mut().filter(|(heading, ..)| *heading == place.heading) {
                Some((_, all, groups)) => {
                    *all = all.plus(&sum)?;
                    groups.push(group);
                }
                None => sections.push((place.heading, sum, vec![group])),
            }
        }
        let section = |(heading, sum, groups): (usize, Amounts, Vec<Group>)| {
            Some(Section { heading: HEADINGS.get(heading)?, sums: sum.shown(), groups })
        };
        let sections: Option<Vec<Section>> = sections.into_iter().map(section).collect();
        Some(OfCard { card, rate, sections: sections? })
    }
}

/// A text; an empty one is nothing.
fn said(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// A line as it was sent, and the service that it was used for.
fn used_for(own: &Value) -> Option<(&str, &str)> {
    Some((own["id"].as_str()?, said(&own["for_line"])?))
}

/// What a line is counted in.
fn unit(encounter: &Value, line: &Line) -> String {
    let sent = said(&encounter["clinical"]["lines"][&line.id]["DON_VI_TINH"]);
    let usual = match line.kind.as_str() {
        "bed" | "day-bed" => "Ngày",
        "drug" | "blood" | "supply" | "transport" => "",
        _ => "Lần",
    };
    sent.unwrap_or(usual).to_owned()
}

impl Line {
    fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.code.clone())
    }

    fn shown(&self, unit: &str) -> Row {
        Row {
            name: self.title(),
            unit: unit.to_owned(),
            quantity: self.quantity.clone(),
            unit_price: self.unit_price.clone(),
            insured_price: self.insured_price.clone(),
            service_ratio: self.service_ratio.clone(),
            insured_ratio: self.insured_ratio.clone(),
            sums: self.amounts.shown(),
        }
    }
}

impl Amounts {
    fn all(&self) -> [Amount; 6] {
        [self.amount_hospital, self.amount_insured, self.insurer, self.copayment, self.other_sources, self.patient_own]
    }

    fn plus(self, other: &Amounts) -> Option<Amounts> {
        let [a, b] = [self.all(), other.all()];
        let mut sums = a.iter().zip(b).map(|(a, b)| a.checked_add(b));
        let mut next = || sums.next().flatten();
        Some(Amounts {
            amount_hospital: next()?,
            amount_insured: next()?,
            insurer: next()?,
            copayment: next()?,
            other_sources: next()?,
            patient_own: next()?,
        })
    }

    fn shown(&self) -> Sums {
        let [hospital, insured, insurer, copayment, other, own] =
            self.all().map(|amount| amount.text().as_str().to_owned());
        Sums { hospital, insured, insurer, copayment, other, own }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(group: u8, hospital: &str, insurer: &str, own: &str) -> Value {
        json!({"id": group.to_string(), "code": "X", "name": format!("nhóm {group}"), "kind": "procedure", "group": group,
            "quantity": "1", "amount_hospital": hospital, "amount_insured": "0", "insurer": insurer, "copayment": "0",
            "other_sources": "0", "patient_own": own})
    }

    fn statement(lines: &[Value], hospital: &str, insurer: &str, own: &str) -> Vec<u8> {
        let mut totals = line(0, hospital, insurer, own);
        totals["cash_due"] = json!("1");
        json!({"version": 2, "lines": lines, "totals": totals}).to_string().into_bytes()
    }

    fn stay() -> Stay {
        Stay { days: Some(3), department: None, exempt_from: None }
    }

    /// By rate, heading and title: what it comes to, and the units of the rows.
    fn rows(bill: &Bill) -> Vec<(&str, &str, &str, String)> {
        let mut seen = Vec::new();
        for part in &bill.parts {
            for section in &part.sections {
                let title = |group: &Group| group.title.as_ref().map(|title| title.en.clone()).unwrap_or_default();
                let groups = section.groups.iter().map(|group| {
                    let units: Vec<&str> = group.rows.iter().map(|row| row.unit.as_str()).collect();
                    format!("{}: {} {}", title(group), group.sums.hospital, units.join(" "))
                });
                let groups: Vec<String> = groups.collect();
                let rate = part.rate.as_deref().unwrap_or("none");
                seen.push((rate, section.heading.en, section.sums.hospital.as_str(), groups.join("; ")));
            }
        }
        seen
    }

    #[test]
    fn lines_stand_by_card_and_rate_under_the_forms_headings_with_their_sums() {
        let mut bed = line(15, "600.5", "600.5", "0");
        bed["kind"] = json!("bed");
        let (mut first, mut second) = (line(15, "400", "400", "0"), line(15, "200.5", "200.5", "0"));
        for (part, rate) in [(&mut first, "80"), (&mut second, "95")] {
            part["card"] = json!("DN4");
            part["benefit_rate"] = json!(rate);
        }
        bed["parts"] = json!([first, second]);
        let lines = [line(8, "1000", "0", "1000"), bed, line(18, "50", "0", "50"), line(99, "1", "0", "1")];
        let encounter = json!({"clinical": {"lines": {"18": {"DON_VI_TINH": "Cái"}}}}).to_string();
        let bill = Bill::with(&statement(&lines, "1651.5", "600.5", "1051"), encounter.as_bytes(), stay()).unwrap();
        let expected = [
            ("80", "2. Beds", "400", "2.2. Inpatient beds: 400 Ngày"),
            ("95", "2. Beds", "200.5", "2.2. Inpatient beds: 200.5 Ngày"),
            ("none", "6. Procedures and operations", "1050", ": 1050 Lần Cái"),
            ("none", "12. Other services", "1", ": 1 Lần"),
        ];
        assert_eq!(rows(&bill), expected.map(|(rate, heading, sum, groups)| (rate, heading, sum, groups.to_owned())));
        assert_eq!((bill.rounded.as_str(), bill.cash_due.as_str(), bill.patient.as_str()), ("1652", "1", "1051"));
        assert_eq!(bill.in_words, "Một nghìn sáu trăm năm mươi hai đồng");
    }

    #[test]
    fn supplies_of_a_service_are_its_package_and_others_stand_by_themselves() {
        let supply = |id: &str, amount: &str| {
            let mut supply = line(10, amount, "0", amount);
            (supply["id"], supply["kind"], supply["name"]) = (json!(id), json!("supply"), json!(id));
            supply
        };
        let lines = [
            line(8, "1000", "0", "1000"),
            supply("stent", "300"),
            supply("gauze", "5"),
            supply("nail", "40"),
            supply("wire", "2"),
            line(18, "50", "0", "50"),
        ];
        let sent = |id: &str, service: &str| json!({"id": id, "for_line": service});
        let encounter = json!({"lines": [
            {"id": "8"}, sent("stent", "18"), {"id": "gauze"}, sent("nail", "8"), sent("wire", "18"), {"id": "18"},
        ]});
        let encounter = encounter.to_string();
        let bill = Bill::with(&statement(&lines, "1397", "0", "1397"), encounter.as_bytes(), stay()).unwrap();
        let expected = [
            ("none", "6. Procedures and operations", "1050", ": 1050 Lần Lần"),
            ("none", "9. Medical supplies", "5", ": 5 "),
            ("none", "10. Supplies of a service", "342", "10.1. nhóm 18: 302  ; 10.2. nhóm 8: 40 "),
        ];
        assert_eq!(rows(&bill), expected.map(|(rate, heading, sum, groups)| (rate, heading, sum, groups.to_owned())));
    }

    #[test]
    fn a_paper_whose_sums_are_not_the_statements_is_none() {
        assert!(Bill::with(&statement(&[line(8, "1000", "0", "1000")], "1001", "0", "1000"), b"{}", stay()).is_none());
        assert!(Bill::of(b"{}", b"{}").is_none());
        // What no claim can be made of is billed all the same.
        let bill = Bill::of(&statement(&[line(8, "1000", "0", "1000")], "1000", "0", "1000"), b"{}").unwrap();
        assert_eq!(bill.stay, Stay::default());
    }
}
