//! What somebody paid together with the insurer this year (MCCT), for the exemption after five years.

use vienphi_domain::Day;
use vienphi_money::Amount;

use crate::account::{Account, Session};
use crate::call::{Call, Reply};
use crate::fields::{Fields, Unread};
use crate::holder::Holder;
use crate::outcome::{Operation, Outcome};
use crate::portal::Portal;
use crate::private::Private;

/// What the insurer counted. The note of the outcome's status says as of when: hospitals' claims come in days later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopaymentAnswer {
    /// Visits, in the portal's order (the latest discharge first).
    pub visits: Vec<CopaymentVisit>,
    /// The holder's name (ThongTinSoThe).
    pub name: Option<Private>,
    /// The holder's birth.
    pub birth: Option<Private>,
    /// The card's last day.
    pub valid_to: Option<Day>,
    /// Social-insurance number.
    pub insurance_number: Option<Private>,
    /// The portal's fields that were there and could not be read.
    pub unread: Vec<&'static str>,
}

/// A visit with its co-payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopaymentVisit {
    /// The portal's number of it.
    pub id: Option<Box<str>>,
    /// The card it was under.
    pub card: Option<Private>,
    /// Where.
    pub facility: Option<Box<str>>,
    /// ngayVao.
    pub arrived_on: Option<Day>,
    /// ngayRa.
    pub discharged_on: Option<Day>,
    /// MA_DOITUONG_KCB.
    pub subject: Option<Box<str>>,
    /// Of this visit's co-payments, what exemption took (tBNCCTMCCT).
    pub exempt: Option<Amount>,
    /// **All** co-payments of the year up to and with this visit (tBNCCTLuyKe). Never add them up.
    pub accumulated: Option<Amount>,
}

/// No list of the portal is kept longer.
const LONGEST_LIST: usize = 2000;

impl Portal {
    /// Asks for somebody's co-payments. It takes the portal up to a minute and more, and accounts that ask often are restricted.
    pub fn look_up_copayments(&self, account: &Account, session: &Session, holder: &Holder, today: Day) -> Call {
        let birth = holder.birth();
        let fields = [
            ("username", &*account.username),
            ("maThe", holder.number()),
            ("hoTen", holder.name()),
            ("ngaySinh", &birth),
        ];
        self.call(self.services.copayment.on(today), account, Some(session), &fields)
    }

    /// Reads them. Nothing found is not 0 đồng.
    pub fn read_copayments(&self, reply: &Reply) -> Outcome<CopaymentAnswer> {
        self.outcome(Operation::Copayment, reply, |fields| Some(CopaymentAnswer::read(fields)))
    }
}

impl CopaymentAnswer {
    fn read(fields: &Fields<'_>) -> CopaymentAnswer {
        let mut unread = Unread::new();
        let rows = fields.list("DataCCT");
        let visits = rows.iter().take(LONGEST_LIST).map(|row| CopaymentVisit::read(row, &mut unread)).collect();
        let holder = fields.object("ThongTinSoThe");
        let private = |name: &str| holder.as_ref().and_then(|holder| holder.private(name));
        CopaymentAnswer {
            visits,
            name: private("hoTen"),
            birth: private("ngaySinh"),
            valid_to: holder.as_ref().and_then(|holder| holder.day("ngayKetThuc", &mut unread)),
            insurance_number: private("maBhxh"),
            unread,
        }
    }

    /// All co-payments of a year's visits that the insurer knows of: the largest accumulated amount among the discharges of the
    /// year. `None` when there is none, or when one of them cannot be read.
    pub fn accumulated(&self, year: i32) -> Option<Amount> {
        let of_year = self.visits.iter().filter(|visit| visit.discharged_on.is_some_and(|day| day.year() == year));
        let amounts: Option<Vec<Amount>> = of_year.map(|visit| visit.accumulated).collect();
        amounts?.into_iter().max()
    }
}

impl CopaymentVisit {
    fn read(fields: &Fields<'_>, unread: &mut Unread) -> CopaymentVisit {
        CopaymentVisit {
            id: fields.code("Id", 64, unread),
            card: fields.private("maThe"),
            facility: fields.code("maCskcb", 10, unread),
            arrived_on: fields.day("ngayVao", unread),
            discharged_on: fields.day("ngayRa", unread),
            subject: fields.code("maDoiTuongKCB", 8, unread),
            exempt: fields.amount("tBNCCTMCCT", unread),
            accumulated: fields.amount("tBNCCTLuyKe", unread),
        }
    }
}
