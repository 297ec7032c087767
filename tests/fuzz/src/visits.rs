//! Claim files made by code. Nobody in them exists.

use vienphi_claims::{Field, HEADER_FIELDS, NewClaim, NewEnvelope, NewTable, Schema, Shape};
use vienphi_domain::Day;
use vienphi_money::{Amount, Price, Quantity, Rate};

/// A field and its text.
type Pair = (&'static str, String);

/// A visit: rows of tables by number.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    tables: Vec<(u8, Vec<Vec<Pair>>)>,
}

/// What a line is paid by: quantity, price, insured price, ratio of the insurer and rate of the card.
struct Paid(&'static str, &'static str, &'static str, &'static str, &'static str);

const SUMMARY: [(&str, &str); 24] = [
    ("MA_LK", "K1"),
    ("STT", "1"),
    ("MA_BN", "P1"),
    ("HO_TEN", "NGUYỄN VĂN MẪU"),
    ("NGAY_SINH", "198003020000"),
    ("GIOI_TINH", "1"),
    ("MA_THE_BHYT", "DN4920000000001"),
    ("MA_DKBD", "92114"),
    ("GT_THE_TU", "20260101"),
    ("GT_THE_DEN", "20261231"),
    ("MA_BENH_CHINH", "J18.9"),
    ("MA_BENH_KT", "I10;E11.9"),
    ("MA_DOITUONG_KCB", "1.1"),
    ("NGAY_VAO", "202603020810"),
    ("NGAY_RA", "202603021130"),
    ("SO_NGAY_DTRI", "0"),
    ("KET_QUA_DTRI", "2"),
    ("MA_LOAI_RV", "1"),
    ("NGAY_TTOAN", "202603021140"),
    ("NAM_QT", "2026"),
    ("THANG_QT", "3"),
    ("MA_LOAI_KCB", "01"),
    ("MA_KHOA", "K01"),
    ("MA_CSKCB", "92114"),
];

impl Visit {
    /// An exam with tests and drugs: nothing is found in it.
    pub fn outpatient() -> Visit {
        let mut visit = Visit::default();
        visit.add(1, SUMMARY.iter().map(|(field, text)| (*field, (*text).to_owned())).collect());
        visit.drug("4", &Paid("20", "1250.5", "1250.5", "100", "80"));
        visit.drug("6", &Paid("2.5", "33333.333", "33333.333", "50", "80"));
        visit.service("13", "02.03", &Paid("1", "45000", "45000", "100", "80"));
        visit.service("1", "22.0120.1370", &Paid("1", "43500", "43500", "100", "80"));
        visit.service("2", "18.0119.0040", &Paid("1", "600000", "550100", "100", "80"));
        for (number, code) in [(1, "22.0120.1370"), (2, "18.0119.0040")] {
            visit.add(4, texts(&[("MA_LK", "K1"), ("STT", &number.to_string()), ("MA_DICH_VU", code)]));
        }
        visit.with_totals()
    }

    /// A stay with a bed, operations and supplies, not paid yet: nothing is found in it.
    pub fn inpatient() -> Visit {
        let mut visit = Visit::outpatient();
        for (field, text) in [
            ("MA_LOAI_KCB", "03"),
            ("NGAY_VAO_NOI_TRU", "202603020900"),
            ("NGAY_RA", "202603060900"),
            ("NGAY_TTOAN", ""),
            ("SO_NGAY_DTRI", "5"),
            ("MA_DOITUONG_KCB", "2"),
        ] {
            visit.set(1, 0, field, text);
        }
        visit.service("15", "K03.NO2", &Paid("4", "222300", "222300", "100", "80"));
        visit.service("8", "10.0506.0459", &Paid("1", "2815900", "2815900", "100", "80"));
        visit.service("10", "10.0506.0459", &Paid("3", "125000.555", "125000.555", "100", "80"));
        let (operation, supply) = (4, 5);
        visit.set(3, operation, "NGUOI_THUC_HIEN", "0000000001;0000000002");
        visit.set(3, supply, "MA_VAT_TU", "N03.01.010");
        visit.with_totals()
    }

    fn add(&mut self, table: u8, row: Vec<Pair>) {
        match self.tables.iter_mut().find(|(number, _)| *number == table) {
            Some((_, rows)) => rows.push(row),
            None => self.tables.push((table, vec![row])),
        }
    }

    fn rows(&self, table: u8) -> &[Vec<Pair>] {
        self.tables.iter().find(|(number, _)| *number == table).map_or(&[], |(_, rows)| rows)
    }

    /// Puts a text in a field of a row, counted from 0.
    ///
    /// # Panics
    ///
    /// There is no such row.
    pub fn set(&mut self, table: u8, row: usize, field: &'static str, text: &str) {
        let (_, rows) = self.tables.iter_mut().find(|(number, _)| *number == table).expect("a table");
        match rows[row].iter_mut().find(|(name, _)| *name == field) {
            Some((_, old)) => text.clone_into(old),
            None => rows[row].push((field, text.to_owned())),
        }
    }

    /// The same with a text in a field of table 1.
    pub fn with(mut self, field: &'static str, text: &str) -> Visit {
        self.set(1, 0, field, text);
        self
    }

    fn drug(&mut self, group: &str, paid: &Paid) {
        let number = self.rows(2).len() + 1;
        let row = texts(&[
            ("STT", &number.to_string()),
            ("MA_THUOC", &format!("40.{number}")),
            ("MA_NHOM", group),
            ("DON_GIA", paid.1),
            ("NGUON_CTRA", "1"),
        ]);
        self.line(2, row, paid);
    }

    fn service(&mut self, group: &str, code: &str, paid: &Paid) {
        let number = self.rows(3).len() + 1;
        let row = texts(&[
            ("STT", &number.to_string()),
            ("MA_DICH_VU", code),
            ("MA_NHOM", group),
            ("DON_GIA_BV", paid.1),
            ("DON_GIA_BH", paid.2),
            ("TYLE_TT_DV", "100"),
            ("NGAY_KQ", &format!("2026030209{:02}", 20 + number)),
        ]);
        self.line(3, row, paid);
    }

    fn line(&mut self, table: u8, mut row: Vec<Pair>, paid: &Paid) {
        let Paid(quantity, price, insured_price, ratio, rate) = *paid;
        let parse = |price: &str| Price::parse(price).unwrap();
        let (number, ratio_of_insurer) = (Quantity::parse(quantity).unwrap(), Rate::parse(ratio).unwrap());
        let hospital = Amount::of(number, parse(price), &[]).unwrap();
        let insured = Amount::of(number, parse(insured_price), &[ratio_of_insurer]).unwrap();
        let insurer = insured.share(Rate::parse(rate).unwrap()).unwrap();
        let minute = 20 + self.rows(table).len();
        row.extend(texts(&[
            ("MA_LK", "K1"),
            ("SO_LUONG", quantity),
            ("TYLE_TT_BH", ratio),
            ("MUC_HUONG", rate),
            ("PHAM_VI", "1"),
            ("MA_PTTT", "1"),
            ("MA_KHOA", "K03"),
            ("MA_BAC_SI", "0000000001"),
            ("NGAY_YL", "202603020910"),
            ("NGAY_TH_YL", &format!("2026030209{minute}")),
            ("THANH_TIEN_BV", &hospital.to_string()),
            ("THANH_TIEN_BH", &insured.to_string()),
            ("T_BHTT", &insurer.to_string()),
            ("T_BNCCT", &insured.minus(insurer).unwrap().to_string()),
            ("T_BNTT", &hospital.minus(insured).unwrap().to_string()),
        ]));
        self.add(table, row);
    }

    fn with_totals(mut self) -> Visit {
        for field in HEADER_FIELDS {
            let mut sum = Amount::ZERO;
            for (table, row) in
                [2, 3].into_iter().flat_map(|table| self.rows(table).iter().map(move |row| (table, row)))
            {
                let of = |name: &str| row.iter().find(|(field, _)| *field == name).map_or("", |(_, text)| text);
                let (name, counts) = match field {
                    "T_THUOC" => ("THANH_TIEN_BV", table == 2),
                    "T_VTYT" => ("THANH_TIEN_BV", of("MA_NHOM") == "10"),
                    "T_TONGCHI_BV" => ("THANH_TIEN_BV", true),
                    "T_TONGCHI_BH" => ("THANH_TIEN_BH", true),
                    "T_BHTT_GDV" => ("T_BHTT", true),
                    other => (other, true),
                };
                if counts {
                    sum = sum.plus(Amount::parse(of(name)).unwrap_or_default()).unwrap();
                }
            }
            self.set(1, 0, field, &sum.to_string());
        }
        self
    }

    /// Its tables, to be written.
    ///
    /// # Panics
    ///
    /// A field that its table has not.
    pub fn tables(&self) -> Vec<NewTable> {
        let table = |(number, rows): &(u8, Vec<Vec<Pair>>)| {
            let mut table = NewTable::new(*number).unwrap();
            for row in rows {
                let new = table.add_row().unwrap();
                row.iter().for_each(|(field, text)| new.set(field, text.as_str()).unwrap());
            }
            table
        };
        self.tables.iter().map(table).collect()
    }
}

fn texts(pairs: &[(&'static str, &str)]) -> Vec<Pair> {
    pairs.iter().map(|(field, text)| (*field, (*text).to_owned())).collect()
}

/// The day of discharge of all that is made here.
pub fn discharge_day() -> Day {
    Day::parse("2026-03-06").unwrap()
}

/// A table with one row in which every field has a text of its form; `None` when its fields are not known.
pub fn filled(number: u8) -> Option<NewTable> {
    let schema = Schema::every_day().table(number)?;
    let mut table = NewTable::new(number).ok()?;
    if schema.root.is_none() {
        table = table.with_root("BANG").unwrap();
    }
    let row = table.add_row().unwrap();
    for field in schema.fields() {
        if let Some(text) = sample(field) {
            row.set(&field.name, text).unwrap();
        }
    }
    Some(table)
}

/// A text of a field's form; `None` for a field that is not in force.
fn sample(field: &Field) -> Option<&'static str> {
    if *field.name == *"MA_LK" {
        return Some("K1");
    }
    Some(match field.on(discharge_day())?.shape {
        Shape::Text => "A & B",
        Shape::Number => "1",
        Shape::Day => "20260302",
        Shape::Moment | Shape::DayOrMoment => "202603020910",
        Shape::Birth => "198003020000",
        Shape::List(list) if list.is_of_days => "20260302;20260303",
        Shape::List(_) => "A;B",
    })
}

/// A file with one claim for each visit. All tables that no visit has are there too, filled, when `is_full`.
///
/// # Panics
///
/// What the visits hold cannot be written.
pub fn file(visits: &[Visit], is_full: bool) -> Vec<u8> {
    let claim = |visit: &Visit| {
        let mut tables = visit.tables();
        if is_full {
            let is_absent = |number: &u8| visit.rows(*number).is_empty();
            tables.extend((0..=15).filter(is_absent).filter_map(filled));
        }
        NewClaim { discharge_day: discharge_day(), tables }
    };
    let claims = visits.iter().map(claim).collect();
    let made_on = Day::parse("2026-03-07").unwrap();
    NewEnvelope { facility: "92114".into(), made_on, claims }.write().unwrap()
}

/// The document of a table alone, under its layout.
pub(crate) fn document(table: &NewTable) -> String {
    table.document(discharge_day()).unwrap()
}
