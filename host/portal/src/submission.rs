//! Files: the claim of a visit, and that somebody has arrived.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vienphi_domain::{Day, Moment};

use crate::account::{Account, Session};
use crate::call::{Call, Reply};
use crate::fields::{Fields, Unread};
use crate::outcome::{Operation, Outcome};
use crate::policy::Service;
use crate::portal::Portal;

/// That the portal has a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The portal's number of the sending (maGiaoDich), 1 to 64 letters, digits, dots and dashes.
    pub transaction: Box<str>,
    /// When the portal took it (thoiGianTiepNhan).
    pub received_at: Option<Moment>,
}

impl Portal {
    /// Sends a claim: one file of the envelope `GIAMDINHHS` with one hồ sơ in it.
    ///
    /// **The portal takes the same file twice.** Keep that it is being sent before sending it, and when the outcome is
    /// [`crate::Kind::Unknown`] look before sending it again.
    pub fn send_claim(&self, account: &Account, session: &Session, file: &[u8], today: Day) -> Call {
        self.send(self.services.claim.on(today), account, session, file)
    }

    /// Tells that somebody has arrived: one file of table 0 (`CHI_TIEU_TRANG_THAI_KCB`).
    pub fn check_in(&self, account: &Account, session: &Session, file: &[u8], today: Day) -> Call {
        self.send(self.services.check_in.on(today), account, session, file)
    }

    fn send(&self, service: &Service, account: &Account, session: &Session, file: &[u8]) -> Call {
        let fields = [
            ("username", &*account.username),
            ("loaiHoSo", service.kind.as_deref().unwrap_or_default()),
            ("maTinh", account.province()),
            ("maCSKCB", &account.facility),
            ("fileHSBase64", &STANDARD.encode(file)),
        ];
        self.call(service, account, Some(session), &fields)
    }

    /// Reads what became of a claim. It is accepted only with the portal's number.
    pub fn read_claim(&self, reply: &Reply) -> Outcome<Receipt> {
        self.outcome(Operation::Claim, reply, Receipt::read)
    }

    /// Reads what became of a check-in.
    pub fn read_check_in(&self, reply: &Reply) -> Outcome<Receipt> {
        self.outcome(Operation::CheckIn, reply, Receipt::read)
    }
}

impl Receipt {
    pub(crate) fn read(fields: &Fields<'_>) -> Option<Receipt> {
        let mut unread = Unread::new();
        Some(Receipt {
            transaction: fields.code("maGiaoDich", 64, &mut unread)?,
            received_at: fields.moment("thoiGianTiepNhan", &mut unread),
        })
    }
}
