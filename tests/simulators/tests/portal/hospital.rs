//! A hospital with an account, who carries calls as a host does.

use std::io::Read as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use simulators::InsurerPortal;
use simulators::portal::{PortalAccount, PortalCard, PortalVisit};
use vienphi_domain::{Day, Digest, Moment};
use vienphi_portal::{Account, Call, Kind, Lost, Officer, Operation, Outcome, Portal, Receipt, Reply, SecretString};
use vienphi_portal::{Session, Status};

pub(crate) const FACILITY: &str = "92114";
pub(crate) const CARD: &str = "DN4920000000001";

pub(crate) struct Hospital {
    pub(crate) insurer: InsurerPortal,
    pub(crate) portal: Portal,
    pub(crate) account: Account,
    pub(crate) session: Session,
    agent: ureq::Agent,
    url: String,
}

pub(crate) fn portal() -> Portal {
    let services = include_str!("../../../../policies/portal/portal.toml");
    let outcomes = include_str!("../../../../policies/portal/outcomes.toml");
    let mut portal = Portal::read(services, outcomes).unwrap();
    portal.set_claim_lookup(true);
    portal
}

pub(crate) fn today() -> Day {
    now().day()
}

pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Moment::from_count(i64::try_from(since.as_micros()).unwrap())
}

/// A day of the portal, so many days from today.
pub(crate) fn slashed(days: i32) -> String {
    let (year, month, day) = today().plus_days(days).calendar();
    format!("{day:02}/{month:02}/{year:04}")
}

pub(crate) fn card() -> PortalCard {
    PortalCard {
        number: CARD.to_owned(),
        name: "Nguyễn Văn Mẫu".to_owned(),
        birth: "02/04/1961".to_owned(),
        sex: "Nam".to_owned(),
        address: "Cần Thơ".to_owned(),
        valid_from: slashed(-200),
        valid_to: slashed(100),
        facility: FACILITY.to_owned(),
        area: "K1".to_owned(),
        five_years_on: "01/01/2024".to_owned(),
        insurance_number: "9200000001".to_owned(),
        visits: vec![
            PortalVisit {
                facility: "94001".to_owned(),
                arrived_on: "02/03/2026".to_owned(),
                discharged_on: "05/03/2026".to_owned(),
                diagnosis: "J18.9".to_owned(),
                subject: "1.1".to_owned(),
                accumulated: 1_396_758,
            },
            PortalVisit {
                facility: FACILITY.to_owned(),
                arrived_on: "02/05/2026".to_owned(),
                discharged_on: "03/05/2026".to_owned(),
                diagnosis: "I10".to_owned(),
                subject: "1.1".to_owned(),
                accumulated: 2_000_000,
            },
        ],
        ..PortalCard::default()
    }
}

impl Hospital {
    /// With a session.
    pub(crate) fn new() -> Hospital {
        let insurer = InsurerPortal::start(0);
        let officer = ("Lê Thị Mẫu".to_owned(), "092000000001".to_owned());
        insurer.put_account(PortalAccount {
            facility: FACILITY.to_owned(),
            username: "92114_BV".to_owned(),
            password: "mật khẩu 1".to_owned(),
            officers: vec![officer.clone()],
            is_restricted: false,
        });
        insurer.put_card(card());
        let account = Account {
            facility: FACILITY.into(),
            username: "92114_BV".into(),
            password: SecretString::from("mật khẩu 1"),
            officer: Some(Officer { name: officer.0.into(), id_number: officer.1.into() }),
        };
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(2)));
        let agent: ureq::Agent = config.build().into();
        let (portal, url) = (portal(), insurer.url());
        let reply = carry(&agent, &url, &portal.sign_in(&account, today())).unwrap();
        let session = portal.read_sign_in(&reply, now()).unwrap();
        assert!(session.is_fresh(now()));
        Hospital { insurer, portal, account, session, agent, url }
    }

    /// Carries a call; what it means that no answer came.
    pub(crate) fn carry(&self, operation: Operation, call: &Call) -> Result<Reply, Status> {
        carry(&self.agent, &self.url, call).map_err(|lost| self.portal.lost(operation, lost))
    }

    pub(crate) fn send(&self, file: &[u8]) -> Outcome<Receipt> {
        let call = self.portal.send_claim(&self.account, &self.session, file, today());
        match self.carry(Operation::Claim, &call) {
            Ok(reply) => self.portal.read_claim(&reply),
            Err(status) => Outcome { status, answer: None },
        }
    }

    pub(crate) fn look_up(&self, visit: &str, file: &[u8]) -> Outcome<Receipt> {
        let call = self.portal.look_up_claim(&self.account, &self.session, visit, &Digest::of(file), today());
        match self.carry(Operation::ClaimLookup, &call.unwrap()) {
            Ok(reply) => self.portal.read_claim_lookup(&reply),
            Err(status) => Outcome { status, answer: None },
        }
    }

    pub(crate) fn accepted(&self, visit: &str, file: &[u8]) -> u32 {
        self.insurer.accepted(FACILITY, visit, &Digest::of(file).to_string())
    }

    pub(crate) fn sign_in(&mut self) -> Result<(), Kind> {
        let call = self.portal.sign_in(&self.account, today());
        let reply = self.carry(Operation::SignIn, &call).map_err(|status| status.kind)?;
        self.session = self.portal.read_sign_in(&reply, now()).map_err(|status| status.kind)?;
        Ok(())
    }
}

fn carry(agent: &ureq::Agent, url: &str, call: &Call) -> Result<Reply, Lost> {
    let mut request = agent.post(format!("{url}{}", call.path)).header("content-type", call.content_type);
    for (name, value) in &call.headers {
        request = request.header(name, value);
    }
    for (name, value) in &call.query {
        request = request.query(name, value);
    }
    let mut answer = request.send(&call.body).map_err(|error| match error {
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => Lost::BeforeSending,
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => Lost::BeforeSending,
        _ => Lost::MaybeAfterSending,
    })?;
    let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    let most = u64::try_from(Reply::LONGEST).unwrap() + 1;
    let read = answer.body_mut().as_reader().take(most).read_to_end(&mut body);
    read.map(|_| Reply { status, retry_after, body }).map_err(|_| Lost::MaybeAfterSending)
}

/// A claim of one drug and one service, whose header says `total`.
pub(crate) fn claim(visit: &str, facility: &str, total: &str, discharged_at: &str) -> Vec<u8> {
    let header = format!(
        "<TONG_HOP><MA_LK>{visit}</MA_LK><MA_CSKCB>{facility}</MA_CSKCB><NGAY_RA>{discharged_at}</NGAY_RA>\
         <T_TONGCHI_BV>{total}</T_TONGCHI_BV></TONG_HOP>"
    );
    let drugs = format!(
        "<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC><CHI_TIET_THUOC><MA_LK>{visit}</MA_LK>\
         <THANH_TIEN_BV>12500.5</THANH_TIEN_BV></CHI_TIET_THUOC></DSACH_CHI_TIET_THUOC></CHITIEU_CHITIET_THUOC>"
    );
    let services = format!(
        "<CHITIEU_CHITIET_DVKT_VTYT><DSACH_CHI_TIET_DVKT><CHI_TIET_DVKT><MA_LK>{visit}</MA_LK>\
         <THANH_TIEN_BV>45000</THANH_TIEN_BV></CHI_TIET_DVKT></DSACH_CHI_TIET_DVKT></CHITIEU_CHITIET_DVKT_VTYT>"
    );
    envelope(facility, &[("XML1", &header), ("XML2", &drugs), ("XML3", &services)])
}

pub(crate) fn envelope(facility: &str, tables: &[(&str, &str)]) -> Vec<u8> {
    let table = |(kind, text): &(&str, &str)| {
        let content = STANDARD.encode(text);
        format!("<FILEHOSO><LOAIHOSO>{kind}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>")
    };
    let tables: String = tables.iter().map(table).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><GIAMDINHHS><THONGTINDONVI><MACSKCB>{facility}</MACSKCB></THONGTINDONVI>\
         <THONGTINHOSO><NGAYLAP>20260305</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO><HOSO>{tables}</HOSO></DANHSACHHOSO>\
         </THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>"
    )
    .into_bytes()
}

pub(crate) fn good_claim(visit: &str) -> Vec<u8> {
    claim(visit, FACILITY, "57500.5", "202603051000")
}
