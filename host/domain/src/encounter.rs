//! An encounter: one visit of one patient (one MA_LK) as the hospital sends it.
//!
//! [`Encounter::read`] turns JSON into this with every fault named. Cancelled lines are gone, lines are in the
//! order of their ids, and references between lines are places.

mod line_id;
mod read;
mod read_lines;

pub use line_id::LineId;
pub use read::Reading;

use vienphi_money::{Amount, Price, Quantity, Rate};

use crate::card::Card;
use crate::code::Code;
use crate::digest::Digest;
use crate::facility::is_facility_code;
use crate::time::{Day, Minute};
use crate::words::words;

/// One visit.
#[derive(Debug, Clone)]
pub struct Encounter {
    /// The sender's id (MA_LK).
    pub id: Box<str>,
    /// MA_CSKCB.
    pub facility: Box<str>,
    /// Who.
    pub patient: Patient,
    /// When and how.
    pub visit: Visit,
    /// Cards, in the order sent.
    pub coverages: Vec<Coverage>,
    /// What was done, in the order of ids.
    pub lines: Vec<Line>,
    /// SHA-256 of the canonical document (keys and lines in order).
    pub digest: Digest,
}

/// Who was treated. Names and addresses are checked and not kept: pricing needs none of them.
#[derive(Debug, Clone)]
pub struct Patient {
    /// Birth date.
    pub birth_date: Day,
    /// A newborn's own visit (R26).
    pub is_newborn: bool,
}

words! {
    /// Sex as the format knows it (GIOI_TINH 1, 2, 3).
    Sex { Male = "male", Female = "female", Undetermined = "undetermined" }
}

words! {
    /// The area of residence (MA_KHUVUC).
    Area { K1 = "K1", K2 = "K2", K3 = "K3" }
}

/// When and how the patient came, and left.
#[derive(Debug, Clone)]
pub struct Visit {
    /// MA_LOAI_KCB.
    pub kind: VisitType,
    /// MA_DOITUONG_KCB as declared.
    pub subject: Option<Box<str>>,
    /// MA_KHUVUC.
    pub area: Option<Area>,
    /// NGAY_VAO.
    pub arrived_at: Minute,
    /// NGAY_VAO_NOI_TRU.
    pub admitted_at: Option<Minute>,
    /// NGAY_RA; missing while the visit is open.
    pub discharged_at: Option<Minute>,
    /// KET_QUA_DTRI, 1 to 7.
    pub result: Option<u8>,
    /// MA_LOAI_RV, 1 to 5.
    pub discharge: Option<u8>,
    /// Came through the emergency department.
    pub via_emergency: bool,
    /// What the subject can be derived from.
    pub evidence: Option<Evidence>,
    /// The visit this one continues (R27).
    pub original_visit: Option<OriginalVisit>,
    /// Exams of the same day in earlier visits to this facility (R16).
    pub prior_exams_today: Vec<PriorExam>,
}

/// MA_LOAI_KCB, 01 to 16 (QĐ 1804/QĐ-BYT).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitType(u8);

impl VisitType {
    /// 07: drugs by appointment.
    pub const PICK_UP: VisitType = VisitType(7);

    /// Reads two digits, 01 to 16.
    pub fn parse(text: &str) -> Option<VisitType> {
        let number = text.parse().ok().filter(|number| (1..=16).contains(number))?;
        (text.len() == 2).then_some(VisitType(number))
    }

    /// 1 to 16.
    pub fn number(self) -> u8 {
        self.0
    }

    /// 03, 04 and 09 (R7).
    pub fn is_inpatient(self) -> bool {
        matches!(self.0, 3 | 4 | 9)
    }

    /// 02, 03 and 04: a card that expires during treatment is covered a while longer (R9).
    pub fn is_treatment(self) -> bool {
        matches!(self.0, 2..=4)
    }
}

/// What the subject can be derived from.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The day the referral paper was signed.
    pub referral_signed_on: Option<Day>,
    /// An appointment paper.
    pub has_appointment: bool,
    /// An emergency, as the doctor decided.
    pub is_emergency: bool,
    /// Temporary residence papers.
    pub has_residence: bool,
    /// A row of the disease lists of TT 01/2025/TT-BYT, as in `I.12`.
    pub disease_row: Option<DiseaseRow>,
}

/// A row of the disease lists (PL I, II, III) of TT 01/2025/TT-BYT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiseaseRow {
    /// 1 to 3.
    pub list: u8,
    /// The row's number.
    pub row: u16,
}

impl DiseaseRow {
    /// Reads `I.12`, `II.3` or `III.7`.
    pub fn parse(text: &str) -> Option<DiseaseRow> {
        let (list, row) = text.split_once('.')?;
        let list = match list {
            "I" => 1,
            "II" => 2,
            "III" => 3,
            _ => return None,
        };
        let digits = row.bytes().all(|byte| byte.is_ascii_digit());
        row.parse().ok().filter(|row| digits && *row > 0).map(|row| DiseaseRow { list, row })
    }
}

/// The visit that this one continues.
#[derive(Debug, Clone)]
pub struct OriginalVisit {
    /// Its subject.
    pub subject: Option<Box<str>>,
    /// Its benefit rate.
    pub rate: Rate,
}

/// An exam of the day in an earlier visit.
#[derive(Debug, Clone)]
pub struct PriorExam {
    /// What.
    pub code: Code,
    /// When.
    pub at: Minute,
}

/// A card and what the portal said of it.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// The number.
    pub card: Card,
    /// The first day it is valid.
    pub valid_from: Day,
    /// The last day, [`Day::END_OF_TIME`] when open.
    pub valid_to: Day,
    /// MA_DKBD.
    pub registered_facility: Option<Box<str>>,
    /// When it was shown; at arrival when missing (R10).
    pub presented_at: Option<Minute>,
    /// The object the portal answered.
    pub object: Option<Box<str>>,
    /// The benefit level the portal answered, 1 to 5.
    pub level: Option<u8>,
    /// When five continuous years are reached.
    pub five_years_on: Option<Day>,
    /// NGAY_MIEN_CCT: the first minute of a day by paper or the portal, or the minute that was computed.
    pub exempt_from: Option<Minute>,
    /// Co-payments of the year before this visit.
    pub copayments: Vec<Copayment>,
}

impl Coverage {
    /// The object: the portal's answer, else the printed letters.
    pub fn object(&self) -> Option<&str> {
        self.object.as_deref().or_else(|| self.card.object())
    }
}

/// A co-payment of an earlier visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copayment {
    /// When that visit ended.
    pub discharged_on: Day,
    /// How much.
    pub amount: Amount,
    /// Only these count (R13).
    pub on_route: bool,
}

words! {
    /// What was done.
    Kind {
        Exam = "exam", Consultation = "consultation", Bed = "bed", DayBed = "day-bed", Procedure = "procedure",
        Surgery = "surgery", Lab = "lab", Imaging = "imaging", FunctionTest = "function-test", Drug = "drug",
        Blood = "blood", Supply = "supply", Transport = "transport", Other = "other",
    }
}

impl Kind {
    /// Has `segments` instead of a time and a quantity.
    pub fn is_bed(self) -> bool {
        matches!(self, Kind::Bed | Kind::DayBed)
    }

    /// May carry a price of its own, a tender's (R1).
    pub fn is_goods(self) -> bool {
        matches!(self, Kind::Drug | Kind::Blood | Kind::Supply | Kind::Transport)
    }

    /// The usual MA_NHOM, when the sender gives none.
    pub fn usual_group(self) -> u8 {
        match self {
            Kind::Lab => 1,
            Kind::Imaging => 2,
            Kind::FunctionTest => 3,
            Kind::Drug => 4,
            Kind::Blood => 7,
            Kind::Surgery => 8,
            Kind::Supply => 10,
            Kind::Transport => 12,
            Kind::Exam | Kind::Consultation => 13,
            Kind::DayBed => 14,
            Kind::Bed => 15,
            Kind::Procedure => 18,
            Kind::Other => 19,
        }
    }
}

words! {
    /// How far it went.
    Status { Done = "done", Stopped = "stopped", Cancelled = "cancelled" }
}

/// PHAM_VI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// 1: in scope.
    Insured,
    /// 2: out of scope, wholly the patient's.
    Outside,
    /// 3: out of scope, but paid for cards of digit 5.
    ArmedForces,
}

/// One line of the bill.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its place in the document as sent, for faults.
    pub place: usize,
    /// The sender's id.
    pub id: LineId,
    /// What kind of thing.
    pub kind: Kind,
    /// MA_NHOM, 1 to 19.
    pub group: u8,
    /// What.
    pub code: Code,
    /// Its name as the sender writes it.
    pub name: Option<Box<str>>,
    /// How much; the count of bed days is the tariff's.
    pub quantity: Quantity,
    /// When ordered, else performed.
    pub ordered_at: Minute,
    /// When performed, else ordered; for a bed the first segment's start (C2).
    pub at: Minute,
    /// Where.
    pub department: Option<Box<str>>,
    /// By whom.
    pub practitioner: Option<Box<str>>,
    /// The place in the queue of the examination table.
    pub sequence_at_table: u32,
    /// What the facility charges for one unit.
    pub unit_price: Option<Price>,
    /// PHAM_VI.
    pub scope: Scope,
    /// MA_PTTT, 1 to 3; 1 is fee for service.
    pub payment_method: u8,
    /// TYLE_TT_BH.
    pub insured_ratio: Rate,
    /// The sender's own TYLE_TT_DV.
    pub service_ratio: Option<Rate>,
    /// Was it stopped?
    pub is_stopped: bool,
    /// Asked for by the patient.
    pub on_request: bool,
    /// Who else pays.
    pub other_sources: OtherSources,
    /// The service that a supply was used for: a place in the encounter's lines.
    pub for_line: Option<usize>,
    /// The operation it belongs to.
    pub operation: Option<Operation>,
    /// Times in beds, for kinds bed and day-bed.
    pub segments: Vec<Segment>,
}

/// Who else pays for a line, added up by kind (R30).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OtherSources {
    /// Support to the facility, taken off first.
    pub facility: Amount,
    /// Support to the person.
    pub individual: Amount,
    /// The co-payment of antiretroviral treatment.
    pub arv: Amount,
}

impl OtherSources {
    /// Does nobody else pay?
    pub fn is_empty(&self) -> bool {
        *self == OtherSources::default()
    }
}

/// What several lines of one operation share.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The sender's id of it.
    pub id: Box<str>,
    /// Its class, when the catalogue has none.
    pub class: Option<OperationClass>,
    /// When it began.
    pub started_at: Option<Minute>,
    /// Who operated.
    pub team: Option<Box<str>>,
}

words! {
    /// The class of an operation (LOAI_PTTT 8, 5, 6, 7).
    OperationClass { Special = "special", First = "I", Second = "II", Third = "III" }
}

/// A time in a bed.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Its place in the document as sent, for faults.
    pub place: usize,
    /// From when.
    pub from: Minute,
    /// To when; missing while it lasts.
    pub to: Option<Minute>,
    /// In which department; the code's own when missing.
    pub department: Option<Box<str>>,
    /// The bed as declared.
    pub code: Code,
    /// How many patients share it, itself included.
    pub sharing: u8,
}

impl Encounter {
    /// The last minute of the visit: discharge, or 23:59 of the day taken as today while it is open (C3).
    pub fn end(&self, today: Day) -> Minute {
        self.visit.discharged_at.unwrap_or(today.last_minute())
    }
}
