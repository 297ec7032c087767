//! Cards: the question, the answer, and what the answer is worth for coverage.

use serde_json::{Map, Value};
use vienphi_domain::encounter::{Area, Sex};
use vienphi_domain::facility::is_facility_code;
use vienphi_domain::{Card, Day, Minute};

use crate::account::{Account, Session};
use crate::call::{Call, Reply};
use crate::fields::{Fields, Unread};
use crate::holder::Holder;
use crate::outcome::{Operation, Outcome};
use crate::portal::Portal;
use crate::private::Private;

/// What the portal tells about a card. All of it may be absent; `unread` names what was there and could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardAnswer {
    /// The card that was found (maThe, gtTheTu, gtTheDen, maDKBD).
    pub card: Issued,
    /// The card that replaces it (maTheMoi and its neighbours).
    pub new_card: Issued,
    /// The card before it (maTheCu).
    pub old_number: Option<Private>,
    /// Name (hoTen).
    pub name: Option<Private>,
    /// Birth (ngaySinh), as the portal has it: a day, a month or a year.
    pub birth: Option<Private>,
    /// Sex (gioiTinh).
    pub sex: Option<Sex>,
    /// Address (diaChi).
    pub address: Option<Private>,
    /// The insurer's office that issued the card (cqBHXH).
    pub office: Option<Private>,
    /// Area of residence (maKV).
    pub area: Option<Area>,
    /// The day on which five years without a gap are reached (ngayDu5Nam).
    pub five_years_on: Option<Day>,
    /// Social-insurance number (maSoBHXH).
    pub insurance_number: Option<Private>,
    /// Visits that the insurer knows of, in the portal's order.
    pub visits: Vec<PastVisit>,
    /// Who looked the card up before, in the portal's order.
    pub checks: Vec<PastCheck>,
    /// The portal's fields that were there and could not be read.
    pub unread: Vec<&'static str>,
}

/// A card as it was issued.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Issued {
    /// The number, 15 characters or 10 digits.
    pub number: Option<Private>,
    /// Its first day.
    pub valid_from: Option<Day>,
    /// Its last day.
    pub valid_to: Option<Day>,
    /// Where its holder is registered (MA_DKBD).
    pub registered_facility: Option<Box<str>>,
}

/// A visit of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastVisit {
    /// The portal's number of it (maHoSo).
    pub id: Option<Box<str>>,
    /// Where (maCSKCB).
    pub facility: Option<Box<str>>,
    /// ngayVao.
    pub arrived_at: Option<Minute>,
    /// ngayRa.
    pub discharged_at: Option<Minute>,
    /// What for (tenBenh).
    pub diagnosis: Option<Private>,
    /// Kind of discharge (tinhTrang).
    pub discharge: Option<Box<str>>,
    /// Result (kqDieuTri).
    pub result: Option<Box<str>>,
    /// MA_DOITUONG_KCB, or the older reason (lyDoVV).
    pub subject: Option<Box<str>>,
}

/// A look-up of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastCheck {
    /// By which account (userKT); its beginning is the facility.
    pub account: Option<Box<str>>,
    /// When (thoiGianKT).
    pub at: Option<Minute>,
    /// What it was told (thongbao).
    pub message: Option<Private>,
    /// The code (maLoi).
    pub code: Option<Box<str>>,
}

/// No list of the portal is kept longer.
const LONGEST_LIST: usize = 2000;

impl Portal {
    /// Looks a card up. Without an officer in the account, officer's name and number go out empty and the portal answers 054.
    pub fn look_up_card(&self, account: &Account, session: &Session, holder: &Holder, today: Day) -> Call {
        let service = self.services.card.on(today);
        let birth = holder.birth();
        let mut fields = vec![("maThe", holder.number()), ("hoTen", holder.name()), ("ngaySinh", &birth)];
        if service.has_officer {
            let officer = account.officer.as_ref();
            fields.push(("hoTenCb", officer.map_or("", |officer| &officer.name)));
            fields.push(("cccdCb", officer.map_or("", |officer| &officer.id_number)));
        }
        self.call(service, account, Some(session), &fields)
    }

    /// Reads what the portal says of it. A card that is not valid has an answer too when the portal tells about it.
    pub fn read_card(&self, reply: &Reply) -> Outcome<CardAnswer> {
        self.outcome(Operation::Card, reply, CardAnswer::read)
    }
}

impl CardAnswer {
    fn read(fields: &Fields<'_>) -> Option<CardAnswer> {
        let mut unread = Unread::new();
        let card = Issued::read(fields, ["maThe", "gtTheTu", "gtTheDen", "maDKBD"], &mut unread);
        let new_card = Issued::read(fields, ["maTheMoi", "gtTheTuMoi", "gtTheDenMoi", "maDKBDMoi"], &mut unread);
        let insurance_number = fields.private("maSoBHXH");
        // Without a number there is nothing that could be relied on.
        if card.number.is_none() && new_card.number.is_none() && insurance_number.is_none() {
            return None;
        }
        let visits = fields.list("dsLichSuKCB");
        let checks = fields.list("dsLichSuKT");
        Some(CardAnswer {
            old_number: fields.private("maTheCu"),
            name: fields.private("hoTen"),
            birth: fields.private("ngaySinh"),
            sex: fields.read("gioiTinh", &mut unread, sex),
            address: fields.private("diaChi"),
            office: fields.private("cqBHXH"),
            area: fields.read("maKV", &mut unread, |text| Area::parse(&text.to_ascii_uppercase())),
            five_years_on: fields.day("ngayDu5Nam", &mut unread),
            visits: visits.iter().take(LONGEST_LIST).map(|visit| PastVisit::read(visit, &mut unread)).collect(),
            checks: checks.iter().take(LONGEST_LIST).map(|check| PastCheck::read(check, &mut unread)).collect(),
            card,
            new_card,
            insurance_number,
            unread,
        })
    }
}

impl Issued {
    fn read(fields: &Fields<'_>, names: [&'static str; 4], unread: &mut Unread) -> Issued {
        let [number, from, to, facility] = names;
        let is_card = |text: &str| Card::parse(&text.to_ascii_uppercase()).map(|card| Private::new(card.as_str()));
        let is_facility = |text: &str| is_facility_code(text).then(|| text.into());
        Issued {
            number: fields.read(number, unread, is_card),
            valid_from: fields.day(from, unread),
            valid_to: fields.day(to, unread),
            registered_facility: fields.read(facility, unread, is_facility),
        }
    }

    /// An entry of `coverages`, when number and first day are known.
    fn coverage(&self, five_years_on: Option<Day>, checked_at: Minute) -> Option<Value> {
        let mut entry = Map::new();
        let mut put = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                entry.insert(name.to_owned(), Value::String(value));
            }
        };
        put("card", Some(self.number.as_ref()?.expose().to_owned()));
        put("valid_from", Some(self.valid_from?.to_string()));
        // A last day before the first would be refused, and is no last day.
        put("valid_to", self.valid_to.filter(|to| Some(*to) >= self.valid_from).map(|to| to.to_string()));
        put("registered_facility", self.registered_facility.as_deref().map(str::to_owned));
        put("five_years_on", five_years_on.map(|day| day.to_string()));
        put("checked_at", Some(checked_at.to_string()));
        Some(Value::Object(entry))
    }
}

impl Outcome<CardAnswer> {
    /// The `coverages` of the encounter's JSON as of this answer: the card that was found and the one that replaces it, each with
    /// its days. Nothing when the outcome says that the card may not be used; a card without its first day is left out.
    ///
    /// `presented_at`, `level`, `exempt_from` and `copayments` are the desk's to add.
    pub fn coverages(&self, checked_at: Minute) -> Vec<Value> {
        let Some(answer) = self.answer.as_ref().filter(|_| self.status.is_card()) else {
            return Vec::new();
        };
        let mut coverages = Vec::new();
        for issued in [&answer.card, &answer.new_card] {
            // The portal repeats a card that was not replaced.
            let is_repeated = issued.number == answer.card.number && issued.valid_from == answer.card.valid_from;
            if coverages.is_empty() || !is_repeated {
                coverages.extend(issued.coverage(answer.five_years_on, checked_at));
            }
        }
        coverages
    }
}

impl PastVisit {
    fn read(fields: &Fields<'_>, unread: &mut Unread) -> PastVisit {
        PastVisit {
            id: fields.code("maHoSo", 64, unread),
            facility: fields.code("maCSKCB", 10, unread),
            arrived_at: fields.minute("ngayVao", unread),
            discharged_at: fields.minute("ngayRa", unread),
            diagnosis: fields.private("tenBenh"),
            discharge: fields.code("tinhTrang", 8, unread),
            result: fields.code("kqDieuTri", 8, unread),
            subject: fields.code("lyDoVV", 8, unread),
        }
    }
}

impl PastCheck {
    fn read(fields: &Fields<'_>, unread: &mut Unread) -> PastCheck {
        PastCheck {
            account: fields.code("userKT", 64, unread),
            at: fields.minute("thoiGianKT", unread),
            message: fields.private("thongbao"),
            code: fields.code("maLoi", 8, unread),
        }
    }
}

fn sex(text: &str) -> Option<Sex> {
    match text.to_lowercase().as_str() {
        "1" | "nam" => Some(Sex::Male),
        "2" | "nữ" | "nu" => Some(Sex::Female),
        "3" | "không xác định" => Some(Sex::Undetermined),
        _ => None,
    }
}
