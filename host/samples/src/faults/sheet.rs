//! A claim's rows, to be changed without losing what hangs on them.

use fastrand::Rng;
use vienphi_claims::{HEADER_FIELDS, NewEnvelope, NewRow, NewTable};
use vienphi_domain::{Card, Day, Minute};
use vienphi_money::{Amount, Price, Quantity, Rate};

use crate::random::pick;

/// A file of one claim.
pub(super) struct Sheet {
    pub(super) envelope: NewEnvelope,
    rng: Rng,
}

/// A row of a table.
pub(super) type At = (u8, usize);

/// Where the visit itself stands.
pub(super) const VISIT: At = (1, 0);

impl Sheet {
    pub(super) fn of(clean: &NewEnvelope, rng: Rng) -> Sheet {
        Sheet { envelope: clean.clone(), rng }
    }

    /// The tables of the claim.
    pub(super) fn tables(&mut self) -> Option<&mut Vec<NewTable>> {
        self.envelope.claims.first_mut().map(|claim| &mut claim.tables)
    }

    pub(super) fn table(&mut self, number: u8) -> Option<&mut NewTable> {
        let kind = format!("XML{number}");
        self.tables()?.iter_mut().find(|table| table.kind() == kind)
    }

    pub(super) fn rows(&mut self, number: u8) -> &mut [NewRow] {
        self.table(number).map_or(&mut [], NewTable::rows_mut)
    }

    /// What stands in a field; empty when there is nothing.
    pub(super) fn text(&mut self, (table, row): At, field: &str) -> String {
        self.rows(table).get(row).and_then(|row| row.text(field)).unwrap_or_default().to_owned()
    }

    /// Puts a text in a field; `None` when there is no such row or field.
    pub(super) fn set(&mut self, (table, row): At, field: &str, text: impl AsRef<str>) -> Option<()> {
        self.rows(table).get_mut(row)?.set(field, text).ok()
    }

    /// Puts a text in a field of the visit itself.
    pub(super) fn of_visit(&mut self, field: &str, text: impl AsRef<str>) -> Option<()> {
        self.set(VISIT, field, text)
    }

    /// What stands in a field of the visit itself.
    pub(super) fn visit(&mut self, field: &str) -> String {
        self.text(VISIT, field)
    }

    pub(super) fn amount(&mut self, at: At, field: &str) -> Amount {
        Amount::parse(&self.text(at, field)).unwrap_or_default()
    }

    pub(super) fn moment(&mut self, at: At, field: &str) -> Option<Minute> {
        moment(&self.text(at, field))
    }

    /// Adds so many hundredths of a đồng to an amount.
    pub(super) fn more(&mut self, at: At, field: &str, hundredths: i64) -> Option<()> {
        let amount = self.amount(at, field).plus(Amount::from_units(hundredths)).ok()?;
        self.set(at, field, amount.to_string())
    }

    /// A row of one of some tables for which something holds.
    pub(super) fn find(&mut self, tables: &[u8], wanted: impl Fn(&mut Sheet, At) -> bool) -> Option<At> {
        let mut found = Vec::new();
        for table in tables {
            for row in 0..self.rows(*table).len() {
                if wanted(self, (*table, row)) {
                    found.push((*table, row));
                }
            }
        }
        pick(&mut self.rng, &found).copied()
    }

    /// A row that is insured under a rate, by nobody else's help and under no ceiling: what is changed shows by itself.
    pub(super) fn plain(&mut self, tables: &[u8]) -> Option<At> {
        self.find(tables, Sheet::is_plain)
    }

    pub(super) fn is_plain(&mut self, at: At) -> bool {
        self.text(at, "T_TRANTT").is_empty() && self.is_insured(at)
    }

    /// The same, perhaps under a ceiling that it does not come to.
    pub(super) fn is_insured(&mut self, at: At) -> bool {
        let ceiling = Amount::parse(&self.text(at, "T_TRANTT")).ok();
        let group = self.text(at, "MA_NHOM");
        self.amount(at, "T_NGUONKHAC") == Amount::ZERO
            && self.amount(at, "T_BHTT") > Amount::from_units(100_000)
            && ceiling.is_none_or(|ceiling| self.amount(at, "THANH_TIEN_BH") < ceiling)
            && self.text(at, "PHAM_VI") == "1"
            && group != "12"
    }

    /// A test, image or functional test that is plain, done once at its whole price, and has no price of the facility's own.
    pub(super) fn test(&mut self) -> Option<At> {
        self.find(&[3], |sheet, at| {
            let is_whole = sheet.text(at, "DON_GIA_BV") == sheet.text(at, "DON_GIA_BH");
            sheet.is_plain(at) && is_whole && ["1", "2", "3"].contains(&sheet.text(at, "MA_NHOM").as_str())
        })
    }

    pub(super) fn of_group(&mut self, group: &str) -> Vec<At> {
        let rows = 0..self.rows(3).len();
        rows.map(|row| (3, row)).filter(|at| self.text(*at, "MA_NHOM") == group).collect()
    }

    /// One card, of 15 characters.
    pub(super) fn card(&mut self) -> Option<Card> {
        let text = self.visit("MA_THE_BHYT");
        Card::parse(&text).filter(|card| card.digit().is_some())
    }

    /// Such a card that lifts no ceiling and pays no other scope.
    pub(super) fn common_card(&mut self) -> Option<Card> {
        self.card().filter(|card| !matches!(card.digit(), Some(1 | 5)))
    }

    /// The rates of lines follow from the cards and the route, and a check can say so.
    pub(super) fn is_rated(&mut self) -> Option<()> {
        self.card()?;
        (self.visit("MA_LOAI_KCB") != "07").then_some(())
    }

    /// Well above 15 % of L: a line more or less changes no rate.
    pub(super) fn is_steady(&mut self) -> Option<()> {
        (self.amount(VISIT, "T_TONGCHI_BH") > Amount::from_units(45_000_000)).then_some(())
    }

    /// On a route of the whole rate.
    pub(super) fn is_on_route(&mut self) -> bool {
        ["1.1", "1.3", "1.4", "1.5", "1.16", "1.17", "2"].contains(&self.visit("MA_DOITUONG_KCB").as_str())
    }

    /// A row the same as another, at the end of its table.
    pub(super) fn copy(&mut self, (table, row): At) -> Option<At> {
        let original = self.rows(table).get(row)?.clone();
        let last = self.rows(table).len();
        *self.table(table)?.add_row().ok()? = original;
        self.set((table, last), "STT", (last + 1).to_string())?;
        Some((table, last))
    }

    /// Computes the amounts of a line anew, without other sources.
    pub(super) fn remake(&mut self, at: At) -> Option<()> {
        let (price, insured_price) = if at.0 == 2 { ("DON_GIA", "DON_GIA") } else { ("DON_GIA_BV", "DON_GIA_BH") };
        let quantity = Quantity::parse(&self.text(at, "SO_LUONG")).ok()?;
        let [price, insured_price] = [price, insured_price].map(|field| Price::parse(&self.text(at, field)));
        let [service, ratio, rate] = ["TYLE_TT_DV", "TYLE_TT_BH", "MUC_HUONG"]
            .map(|field| Rate::parse(&self.text(at, field)).unwrap_or(Rate::WHOLE));
        let service = if at.0 == 2 { Rate::WHOLE } else { service };
        let hospital = Amount::of(quantity, price.ok()?, &[service]).ok()?;
        let insured = Amount::of(quantity, insured_price.ok()?, &[service, ratio]).ok()?;
        let insurer = insured.share(rate).ok()?;
        for (field, amount) in [
            ("THANH_TIEN_BV", hospital),
            ("THANH_TIEN_BH", insured),
            ("T_BHTT", insurer),
            ("T_BNCCT", insured.minus(insurer).ok()?),
            ("T_BNTT", hospital.minus(insured).ok()?),
        ] {
            self.set(at, field, amount.to_string())?;
        }
        Some(())
    }

    /// Sets a field of a line and computes the line and the sums anew.
    pub(super) fn remade(&mut self, at: At, fields: &[(&str, &str)]) -> Option<()> {
        for (field, text) in fields {
            self.set(at, field, *text)?;
        }
        self.remake(at)?;
        self.add_up()
    }

    /// Support to the person from the state: own, then co-payment, then insurer.
    pub(super) fn support(&mut self, at: At, hundredths: i64) -> Option<()> {
        let mut left = Amount::from_units(hundredths);
        for field in ["T_NGUONKHAC_NSNN", "T_NGUONKHAC"] {
            self.set(at, field, left.to_string())?;
        }
        for field in ["T_BNTT", "T_BNCCT", "T_BHTT"] {
            let payer = self.amount(at, field);
            let taken = left.min(payer);
            left = left.minus(taken).ok()?;
            self.set(at, field, payer.minus(taken).ok()?.to_string())?;
        }
        (left == Amount::ZERO).then_some(())
    }

    /// The sums of table 1 over the lines as they stand.
    pub(super) fn add_up(&mut self) -> Option<()> {
        for sum in HEADER_FIELDS {
            let mut all = Amount::ZERO;
            for table in [2, 3] {
                for row in 0..self.rows(table).len() {
                    let at = (table, row);
                    let (field, counts) = match sum {
                        "T_THUOC" => ("THANH_TIEN_BV", table == 2),
                        "T_VTYT" => ("THANH_TIEN_BV", ["10", "11"].contains(&self.text(at, "MA_NHOM").as_str())),
                        "T_TONGCHI_BV" => ("THANH_TIEN_BV", true),
                        "T_TONGCHI_BH" => ("THANH_TIEN_BH", true),
                        "T_BHTT_GDV" => ("T_BHTT", self.text(at, "MA_PTTT") == "1"),
                        other => (other, true),
                    };
                    if counts {
                        all = all.plus(self.amount(at, field)).ok()?;
                    }
                }
            }
            self.of_visit(sum, all.to_string())?;
        }
        Some(())
    }
}

/// `202603020810`.
pub(super) fn moment(text: &str) -> Option<Minute> {
    let part = |range: std::ops::Range<usize>| text.get(range);
    let text = format!("{}-{}-{}T{}:{}", part(0..4)?, part(4..6)?, part(6..8)?, part(8..10)?, part(10..12)?);
    Minute::parse(&text)
}

/// As the format writes a moment.
pub(super) fn compact(minute: Minute) -> String {
    minute.to_string().chars().filter(char::is_ascii_digit).take(12).collect()
}

/// As the format writes a day.
pub(super) fn compact_day(day: Day) -> String {
    day.to_string().chars().filter(char::is_ascii_digit).collect()
}
