//! Visits to be written, and faults put into them. Nobody of these exists.

use std::collections::BTreeMap;

use vienphi_domain::Day;
use vienphi_money::{Amount, Price, Quantity, Rate};

use crate::{Claim, Envelope, Finding, Given, Limits, NewClaim, NewEnvelope, NewTable, check_claim};

type Row = BTreeMap<&'static str, String>;

/// A visit: rows of tables by number.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) tables: BTreeMap<u8, Vec<Row>>,
}

/// The quantities of a line from which its amounts follow.
pub(crate) struct Made<'m> {
    pub(crate) quantity: &'m str,
    pub(crate) price: &'m str,
    pub(crate) insured_price: &'m str,
    pub(crate) service_ratio: &'m str,
    pub(crate) insured_ratio: &'m str,
    pub(crate) rate: &'m str,
}

impl<'m> Made<'m> {
    pub(crate) fn whole(quantity: &'m str, price: &'m str, rate: &'m str) -> Made<'m> {
        Made { quantity, price, insured_price: price, service_ratio: "100", insured_ratio: "100", rate }
    }
}

const SUMMARY: &[(&str, &str)] = &[
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

impl Case {
    fn new(changes: &[(&'static str, &str)]) -> Case {
        let mut case = Case { tables: BTreeMap::new() };
        let row = SUMMARY.iter().map(|(field, text)| (*field, (*text).to_owned())).collect();
        case.tables.insert(1, vec![row]);
        changes.iter().fold(case, |case, (field, text)| case.with(1, 0, field, text))
    }

    /// An exam with tests and drugs, above 15 %.
    pub(crate) fn outpatient() -> Case {
        let mut case = Case::new(&[]);
        case.drug("4", Made::whole("20", "1250.5", "80"));
        case.drug("6", Made { insured_ratio: "50", ..Made::whole("2.5", "33333.333", "80") });
        case.service("13", "02.03", Made::whole("1", "45000", "80"));
        case.service("1", "22.0120.1370", Made::whole("1", "43500", "80"));
        case.service("2", "18.0119.0040", Made { insured_price: "550100", ..Made::whole("1", "600000", "80") });
        case.result("22.0120.1370");
        case.result("18.0119.0040");
        case.with_totals()
    }

    /// An exam and a drug, paid whole.
    pub(crate) fn small() -> Case {
        let mut case = Case::new(&[]);
        case.drug("4", Made::whole("20", "1250.5", "100"));
        case.service("13", "02.03", Made::whole("1", "45000", "100"));
        case.with_totals()
    }

    /// A stay with two operations, supplies, a stent and four bed days.
    pub(crate) fn inpatient() -> Case {
        let mut case = Case::new(&[
            ("MA_LOAI_KCB", "03"),
            ("NGAY_VAO_NOI_TRU", "202603020900"),
            ("NGAY_RA", "202603060900"),
            ("NGAY_TTOAN", ""),
            ("SO_NGAY_DTRI", "5"),
            ("MA_DOITUONG_KCB", "2"),
        ]);
        case.drug("4", Made::whole("30", "2100", "80"));
        case.service("13", "02.03", Made::whole("1", "45000", "80"));
        case.service("15", "K03.NO2", Made::whole("4", "222300", "80"));
        case.service("8", "10.0506.0459", Made::whole("1", "2815900", "80"));
        case.service("8", "10.0507.0459", Made { service_ratio: "50", ..Made::whole("1", "1500000", "80") });
        case.service("10", "10.0506.0459", Made::whole("3", "125000.555", "80"));
        case.service("10", "10.0506.0459", Made::whole("1", "36000000", "80"));
        for row in 2..4 {
            case.set(3, row, "NGUOI_THUC_HIEN", "0000000001;0000000002");
            case.set(3, row, "NGAY_YL", "202603030700");
            case.set(3, row, "NGAY_TH_YL", "202603030800");
            case.set(3, row, "NGAY_KQ", "202603031000");
        }
        case.set(3, 4, "MA_VAT_TU", "N03.01.010");
        case.set(3, 5, "MA_VAT_TU", "N06.02.020.0001");
        case.with_totals()
    }

    /// The second card is better and begins in the stay.
    pub(crate) fn two_cards() -> Case {
        let mut case = Case::inpatient();
        case.set(1, 0, "MA_THE_BHYT", "DN4920000000001;HN2920000000001");
        case.set(1, 0, "MA_DKBD", "92114;92114");
        case.set(1, 0, "GT_THE_TU", "20260101;20260303");
        case.set(1, 0, "GT_THE_DEN", "20261231;20261231");
        for row in 2..6 {
            case.set(3, row, "NGAY_YL", "202603030700");
            case.set(3, row, "NGAY_TH_YL", "202603030800");
            case.set(3, row, "NGAY_KQ", "202603031000");
            case.rate(3, row, "100");
        }
        case.with_totals()
    }

    /// A central hospital without referral: 40 % of the card's rate.
    pub(crate) fn off_route() -> Case {
        Case::inpatient().with(1, 0, "MA_DOITUONG_KCB", "3.1").rated("32")
    }

    /// All lines are of services that were stopped.
    pub(crate) fn without_prices(mut self) -> Case {
        let mut stopped = self.tables[&3][2].clone();
        stopped.insert("MA_DICH_VU", "10.0508.0459_TB".into());
        for field in ["DON_GIA_BV", "DON_GIA_BH"] {
            stopped.insert(field, "0".into());
        }
        stopped.insert("STT", "7".into());
        self.tables.get_mut(&3).unwrap().push(stopped);
        let last = self.tables[&3].len() - 1;
        self.set(3, last, "NGAY_TH_YL", "202603030801");
        self.rate(3, last, "80");
        self.with_totals()
    }

    pub(crate) fn drug(&mut self, group: &str, made: Made<'_>) {
        let number = self.rows(2).len() + 1;
        let texts = [
            ("STT", number.to_string()),
            ("MA_THUOC", format!("40.{number}")),
            ("MA_NHOM", group.into()),
            ("DON_GIA", made.price.into()),
            ("NGUON_CTRA", "1".into()),
        ];
        self.line(2, &texts, &made);
    }

    pub(crate) fn service(&mut self, group: &str, code: &str, made: Made<'_>) {
        let number = self.rows(3).len() + 1;
        let texts = [
            ("STT", number.to_string()),
            ("MA_DICH_VU", code.into()),
            ("MA_NHOM", group.into()),
            ("DON_GIA_BV", made.price.into()),
            ("DON_GIA_BH", made.insured_price.into()),
            ("TYLE_TT_DV", made.service_ratio.into()),
            ("NGAY_KQ", format!("2026030209{:02}", 20 + number)),
        ];
        self.line(3, &texts, &made);
    }

    pub(crate) fn result(&mut self, code: &str) {
        let number = self.rows(4).len() + 1;
        let row = [("MA_LK", "K1".into()), ("STT", number.to_string()), ("MA_DICH_VU", code.to_owned())];
        self.tables.entry(4).or_default().push(row.into());
    }

    fn line(&mut self, table: u8, texts: &[(&'static str, String)], made: &Made<'_>) {
        let minute = 20 + self.rows(table).len();
        let shared = [
            ("MA_LK", "K1".into()),
            ("SO_LUONG", made.quantity.to_owned()),
            ("TYLE_TT_BH", made.insured_ratio.into()),
            ("PHAM_VI", "1".into()),
            ("MA_PTTT", "1".into()),
            ("MA_KHOA", "K03".into()),
            ("MA_BAC_SI", "0000000001".into()),
            ("NGAY_YL", "202603020910".into()),
            ("NGAY_TH_YL", format!("2026030209{minute}")),
        ];
        let row: Row = shared.into_iter().chain(texts.iter().cloned()).collect();
        self.tables.entry(table).or_default().push(row);
        self.rate(table, self.rows(table).len() - 1, made.rate);
    }

    fn rows(&self, table: u8) -> &[Row] {
        self.tables.get(&table).map_or(&[], |rows| rows)
    }

    pub(crate) fn get(&self, table: u8, row: usize, field: &str) -> &str {
        self.tables[&table][row].get(field).map_or("", |text| text)
    }

    pub(crate) fn set(&mut self, table: u8, row: usize, field: &'static str, text: &str) {
        self.tables.get_mut(&table).unwrap()[row].insert(field, text.into());
    }

    pub(crate) fn with(mut self, table: u8, row: usize, field: &'static str, text: &str) -> Case {
        self.set(table, row, field, text);
        self
    }

    /// Computes the amounts of a line anew under a rate, without other sources.
    pub(crate) fn rate(&mut self, table: u8, row: usize, rate: &str) {
        let of = |field: &str| self.get(table, row, field);
        let (price, insured_price) = if table == 2 { ("DON_GIA", "DON_GIA") } else { ("DON_GIA_BV", "DON_GIA_BH") };
        let parse = |field: &str| Rate::parse(of(field)).unwrap_or(Rate::WHOLE);
        let (quantity, service) = (Quantity::parse(of("SO_LUONG")).unwrap(), parse("TYLE_TT_DV"));
        let hospital = Amount::of(quantity, Price::parse(of(price)).unwrap(), &[service]).unwrap();
        let rates = [service, parse("TYLE_TT_BH")];
        let insured = Amount::of(quantity, Price::parse(of(insured_price)).unwrap(), &rates).unwrap();
        let insurer = insured.share(Rate::parse(rate).unwrap()).unwrap();
        self.set(table, row, "MUC_HUONG", rate);
        for (field, amount) in [
            ("THANH_TIEN_BV", hospital),
            ("THANH_TIEN_BH", insured),
            ("T_BHTT", insurer),
            ("T_BNCCT", insured.minus(insurer).unwrap()),
            ("T_BNTT", hospital.minus(insured).unwrap()),
        ] {
            self.set(table, row, field, &amount.to_string());
        }
    }

    /// All lines under a rate.
    pub(crate) fn rated(mut self, rate: &str) -> Case {
        for table in [2, 3] {
            for row in 0..self.rows(table).len() {
                self.rate(table, row, rate);
            }
        }
        self.with_totals()
    }

    /// Support to the person, of the state budget: own, co-payment, insurer.
    pub(crate) fn support(&mut self, table: u8, row: usize, amount: &str) {
        self.set(table, row, "T_NGUONKHAC_NSNN", amount);
        self.set(table, row, "T_NGUONKHAC", amount);
        let mut left = Amount::parse(amount).unwrap();
        for field in ["T_BNTT", "T_BNCCT", "T_BHTT"] {
            let payer = Amount::parse(self.get(table, row, field)).unwrap();
            let taken = left.min(payer);
            left = left.minus(taken).unwrap();
            self.set(table, row, field, &payer.minus(taken).unwrap().to_string());
        }
    }

    /// The sum of a field of table 1 over the lines.
    pub(crate) fn sum(&self, field: &str) -> String {
        let mut sum = Amount::ZERO;
        for (table, row) in [2, 3].into_iter().flat_map(|table| self.rows(table).iter().map(move |row| (table, row))) {
            let of = |name: &str| row.get(name).map_or("", |text| text);
            let (name, counts) = match field {
                "T_THUOC" => ("THANH_TIEN_BV", table == 2),
                "T_VTYT" => ("THANH_TIEN_BV", ["10", "11"].contains(&of("MA_NHOM"))),
                "T_TONGCHI_BV" => ("THANH_TIEN_BV", true),
                "T_TONGCHI_BH" => ("THANH_TIEN_BH", true),
                "T_BHTT_GDV" => ("T_BHTT", of("MA_PTTT") == "1"),
                other => (other, true),
            };
            if counts {
                sum = sum.plus(Amount::parse(of(name)).unwrap_or_default()).unwrap();
            }
        }
        sum.to_string()
    }

    pub(crate) fn with_totals(mut self) -> Case {
        for field in crate::HEADER_FIELDS {
            let sum = self.sum(field);
            self.set(1, 0, field, &sum);
        }
        self
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let tables = self.tables.iter().map(|(number, rows)| {
            let mut table = NewTable::new(*number).unwrap();
            for row in rows {
                let new = table.add_row().unwrap();
                row.iter().for_each(|(field, text)| new.set(field, text.as_str()).unwrap());
            }
            table
        });
        let day = |text: &str| Day::parse(text).unwrap();
        let claim = NewClaim { discharge_day: day("2026-03-02"), tables: tables.collect() };
        let envelope = NewEnvelope { facility: "92114".into(), made_on: day("2026-03-06"), claims: vec![claim] };
        envelope.write().unwrap()
    }

    pub(crate) fn claim(&self) -> Claim {
        claim(&self.bytes())
    }

    pub(crate) fn check(&self, given: &Given<'_>) -> Vec<Finding> {
        check_claim(&self.claim(), given)
    }
}

/// The first claim of a file.
pub(crate) fn claim(bytes: &[u8]) -> Claim {
    Envelope::read(bytes, &Limits::default()).unwrap().claims()[0].clone()
}
