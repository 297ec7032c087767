//! The portal's services, after the guide to its web services for QĐ 4750 (2024) and the annex of CV 1839/CNTT-PM (2026), as
//! integrators quote them. What no source says is marked **assumed** where it is done.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::data::{Inner, KeptClaim, PortalAccount, RefusedClaim, Session, sha256};
use super::file::{Strictness, arrival, look, unbase64};
use super::time::{compact, now, utc};

/// What was asked, wherever it stood.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) query: BTreeMap<String, String>,
    /// By names in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: BTreeMap<String, String>,
}

/// An answer; without a value its body is empty.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) value: Option<Value>,
}

pub(crate) fn said(value: Value) -> Said {
    Said { status: 200, value: Some(value) }
}

/// The operation that a path stands for.
pub(crate) fn operation(path: &str) -> Option<&'static str> {
    Some(match path {
        "/api/token/take" => "sign-in",
        "/api/egw/KQNhanLichSuKCB2024" => "card",
        "/api/qd130/checkInKcbQd4750" | "/api/qd130/checkInKcbQd3176" => "check-in",
        "/api/qd130/guiHoSoXmlQD4750" | "/api/qd130/guiHoSoXmlQD3176" => "claim",
        "/api/TraCuuCCT/TraCuuTienMCCT" => "copayment",
        // Assumed: no such service is known.
        "/api/qd130/traCuuHoSoDaGui" => "claim-lookup",
        _ => return None,
    })
}

impl Asked {
    pub(crate) fn field(&self, name: &str) -> &str {
        self.body.get(name).map_or("", String::as_str)
    }

    /// The account of a session, when token, id token and the password's MD5 belong together.
    fn account(&self, inner: &Inner) -> Option<PortalAccount> {
        let header = |name: &str| self.headers.get(name).map(String::as_str);
        let query = |name: &str| self.query.get(name).map(String::as_str);
        let access = header("accesstoken").or_else(|| query("token"))?;
        let id = header("tokenid").or_else(|| query("id_token"))?;
        let hash = header("passwordhash").or_else(|| query("password"))?;
        let session = inner.sessions.get(id)?;
        let account = inner.account(&session.username)?;
        let username = query("username").unwrap_or_else(|| self.field("username"));
        let is_right = session.access_token == access
            && session.expires > now()
            && hash == password_hash(&account.password)
            && username == account.username;
        is_right.then(|| account.clone())
    }
}

/// MD5 in capital digits, as the guide has it.
pub(crate) fn password_hash(password: &str) -> String {
    Md5::digest(password.as_bytes()).iter().map(|byte| format!("{byte:02X}")).collect()
}

pub(crate) fn serve(inner: &mut Inner, operation: &str, asked: &Asked) -> Said {
    if operation == "sign-in" {
        return sign_in(inner, asked);
    }
    if operation == "claim-lookup" && !inner.settings.has_claim_lookup {
        return Said { status: 404, value: None };
    }
    let Some(account) = asked.account(inner) else {
        return match operation {
            // MCCT: HTTP 401 without content.
            "copayment" => Said { status: 401, value: None },
            "card" => said(json!({"maKetQua": "401", "ghiChu": "Lỗi xác thực tài khoản"})),
            // Seen for the insurer's other services: the code is in the body, HTTP says 200.
            _ => said(json!({"maKetQua": "401", "thongDiep": "Unauthenticated"})),
        };
    };
    match operation {
        "card" => super::cards::card(inner, &account, asked),
        "copayment" => super::cards::copayments(inner, &account, asked),
        "claim-lookup" => claim_lookup(inner, &account, asked),
        kind => submission(inner, &account, asked, kind == "claim"),
    }
}

fn sign_in(inner: &mut Inner, asked: &Asked) -> Said {
    let account = inner.account(asked.field("username")).cloned();
    let Some(account) = account.filter(|account| password_hash(&account.password) == asked.field("password")) else {
        return said(json!({"maKetQua": "401", "APIKey": null}));
    };
    inner.count += 1;
    let made = |what: &str| sha256(format!("{what} {} {} {}", account.username, inner.count, now()).as_bytes());
    let (access_token, id_token) = (made("access"), made("id"));
    let expires = now() + inner.settings.session_seconds;
    let username = account.username;
    let session = Session { username: username.clone(), access_token: access_token.clone(), expires };
    inner.sessions.retain(|_, session| session.expires > now());
    inner.sessions.insert(id_token.clone(), session);
    said(json!({
        "maKetQua": "200",
        "APIKey": {
            "access_token": access_token, "id_token": id_token, "token_type": "Bearer", "username": username,
            "expires_in": utc(expires),
        },
    }))
}

/// A claim or a check-in.
fn submission(inner: &mut Inner, account: &PortalAccount, asked: &Asked, is_claim: bool) -> Said {
    let answer = |code: &str, text: &str, transaction: Option<&str>, at: i64| {
        said(json!({
            "maKetQua": code, "maGiaoDich": transaction, "thoiGianTiepNhan": compact(at), "thongDiep": text,
        }))
    };
    let at = now();
    if asked.field("maCSKCB") != account.facility {
        return answer("403", "Tài khoản không có quyền gửi cho cơ sở này", None, at);
    }
    let kind = if is_claim { "130" } else { "0" };
    if asked.field("loaiHoSo") != kind || Some(asked.field("maTinh")) != account.facility.get(..2) {
        return answer("205", "Lỗi sai định dạng tham số", None, at);
    }
    let file = asked.field("fileHSBase64");
    if !is_claim {
        let Some(visit) = arrival(file) else {
            return answer("202", "Bảng check-in sai cấu trúc", None, at);
        };
        inner.arrivals.push(visit);
        let transaction = inner.transaction(&account.facility);
        return answer("200", "Thành công", Some(&transaction), at);
    }
    let strictness = Strictness {
        is_past_deadline: inner.settings.is_past_deadline,
        needs_signature: inner.settings.needs_signature,
    };
    let digest = sha256(&unbase64(file).unwrap_or_default());
    match look(file, &account.facility, strictness) {
        Err(refusal) => {
            let text = refusal.reasons.join("; ");
            let (facility, code) = (account.facility.clone(), refusal.code.to_owned());
            let (visit, reasons) = (refusal.visit, refusal.reasons);
            inner.refused.push(RefusedClaim { facility, visit, sha256: digest, code, reasons });
            answer(refusal.code, &text, None, at)
        }
        Ok(seen) => {
            let transaction = inner.transaction(&account.facility);
            let key = (account.facility.clone(), seen.visit.clone(), digest.clone());
            let kept = inner.claims.entry(key).or_insert_with(|| KeptClaim {
                facility: account.facility.clone(),
                visit: seen.visit,
                sha256: digest,
                count: 0,
                transaction: transaction.clone(),
                received_at: compact(at),
                total: format!("{}.{:02}", seen.total / 100, seen.total % 100),
                is_signed: seen.is_signed,
            });
            // A portal does not know that it has a file already.
            kept.count += 1;
            answer("200", "Thành công", Some(&transaction), at)
        }
    }
}

/// **Assumed**: whether a file is there, by MA_LK and the digest of its bytes.
fn claim_lookup(inner: &Inner, account: &PortalAccount, asked: &Asked) -> Said {
    if asked.field("maCSKCB") != account.facility {
        return said(json!({"maKetQua": "403", "thongDiep": "Tài khoản không có quyền tra cứu cho cơ sở này"}));
    }
    let visit = asked.field("maLK").to_owned();
    let key = (account.facility.clone(), visit, asked.field("sha256").to_owned());
    match inner.claims.get(&key) {
        Some(kept) => said(json!({
            "maKetQua": "200", "maGiaoDich": kept.transaction, "thoiGianTiepNhan": kept.received_at, "soLan": kept.count,
        })),
        None => said(json!({"maKetQua": "204", "maGiaoDich": null, "thongDiep": "Không có hồ sơ"})),
    }
}
