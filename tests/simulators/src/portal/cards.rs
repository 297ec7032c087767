//! What the portal tells about cards and co-payments.

use serde_json::{Value, json};

use super::data::{Inner, PortalAccount, PortalCard};
use super::services::{Asked, Said, said};
use super::time::{compact, now, slashed, sortable};

/// A card and its history (KQNhanLichSuKCB2024).
pub(crate) fn card(inner: &Inner, account: &PortalAccount, asked: &Asked) -> Said {
    let code = |code: &str, note: &str| said(json!({"maKetQua": code, "ghiChu": note}));
    let (name, id_number) = (asked.field("hoTenCb"), asked.field("cccdCb"));
    let Some((officer, _)) = account.officers.iter().find(|(_, known)| known == id_number) else {
        return code("054", "Số CCCD của cán bộ tra cứu không có trong danh sách");
    };
    if plain(officer) != plain(name) {
        return code("055", "Họ tên cán bộ tra cứu không khớp");
    }
    let number = asked.field("maThe");
    if ![10, 12, 15].contains(&number.len()) || sortable(asked.field("ngaySinh")).is_none() {
        return code("205", "Lỗi sai định dạng tham số");
    }
    let Some(card) = inner.cards.iter().find(|card| card.number == number || card.insurance_number == number) else {
        return code("050", "Không có thông tin thẻ");
    };
    let asked_name = plain(asked.field("hoTen"));
    if plain(&card.name) != asked_name {
        let is_close = initials(&plain(&card.name)) == initials(&asked_name);
        return code(if is_close { "061" } else { "060" }, "Sai họ tên");
    }
    if card.birth != asked.field("ngaySinh") {
        return code("070", "Sai ngày sinh");
    }
    let today = slashed(now());
    let has_ended = sortable(&card.valid_to) < sortable(&today);
    let result = match (&card.code, &card.new_card) {
        (Some(code), _) => code.as_str(),
        (None, Some(_)) if has_ended => "003",
        (None, Some(_)) => "004",
        (None, None) if has_ended => "010",
        (None, None) => "000",
    };
    said(told(card, result))
}

fn told(card: &PortalCard, result: &str) -> Value {
    let (new, from, to, facility) = card.new_card.clone().unwrap_or_default();
    let moment = |day: &str, hour: &str| sortable(day).map(|day| format!("{day}{hour}"));
    let visits: Vec<Value> = (1..)
        .zip(&card.visits)
        .map(|(number, visit): (i64, _)| {
            json!({
                "maHoSo": 7_000_000 + number, "maCSKCB": visit.facility, "ngayVao": moment(&visit.arrived_on, "0800"),
                "ngayRa": moment(&visit.discharged_on, "1000"), "tenBenh": visit.diagnosis, "tinhTrang": "1", "kqDieuTri": "1",
                "lyDoVV": visit.subject,
            })
        })
        .collect();
    json!({
        "maKetQua": result,
        "ghiChu": format!("Họ tên: {}, ngày sinh: {}, hạn thẻ: {} - {}", card.name, card.birth, card.valid_from, card.valid_to),
        "maThe": card.number, "hoTen": card.name, "ngaySinh": card.birth, "gioiTinh": card.sex, "diaChi": card.address,
        "maDKBD": card.facility, "cqBHXH": "Bảo hiểm xã hội (mô phỏng)", "gtTheTu": card.valid_from, "gtTheDen": card.valid_to,
        "maKV": card.area, "ngayDu5Nam": card.five_years_on, "maSoBHXH": card.insurance_number, "maTheCu": null,
        "maTheMoi": new, "gtTheTuMoi": from, "gtTheDenMoi": to, "maDKBDMoi": facility, "tenDKBDMoi": null,
        "dsLichSuKCB2018": visits,
        "dsLichSuKT2018": [{"userKT": "92114_BV", "thoiGianKT": compact(now()).get(..12), "thongbao": "Thẻ hợp lệ", "maLoi": "000"}],
    })
}

/// What was paid with the insurer this year (TraCuuTienMCCT).
pub(crate) fn copayments(inner: &Inner, account: &PortalAccount, asked: &Asked) -> Said {
    let nothing =
        |code: &str, note: &str| json!({"MaKetQua": code, "GhiChu": note, "DataCCT": null, "ThongTinSoThe": null});
    if account.is_restricted {
        return Said { status: 500, value: Some(nothing("500", "Có lỗi xảy ra trong quá trình tra cứu!")) };
    }
    let number: String = asked.field("maThe").split_whitespace().collect();
    let is_missing = ["hoTen", "ngaySinh"].iter().any(|name| asked.field(name).is_empty());
    if ![10, 12, 15].contains(&number.len()) || is_missing {
        return Said { status: 400, value: Some(nothing("400", "Thiếu tham số hoặc mã thẻ sai độ dài")) };
    }
    let card = inner.cards.iter().find(|card| card.number == number || card.insurance_number == number);
    let card = card.filter(|card| {
        plain(&card.name) == plain(asked.field("hoTen")) && card.birth.ends_with(asked.field("ngaySinh"))
    });
    let visits: Vec<_> = card.iter().flat_map(|card| &card.visits).filter(|visit| visit.accumulated > 0).collect();
    let (Some(card), false) = (card, visits.is_empty()) else {
        return said(nothing("204", "Không tìm thấy dữ liệu"));
    };
    let mut visits = visits;
    visits.sort_by_key(|visit| std::cmp::Reverse(sortable(&visit.discharged_on)));
    let rows: Vec<Value> = (1..)
        .zip(visits)
        .map(|(number, visit): (i64, _)| {
            json!({
                "Id": number, "ngayTraCuu": slashed(now()), "maThe": card.number, "maCskcb": visit.facility,
                "ngayVao": visit.arrived_on, "ngayRa": visit.discharged_on, "maDoiTuongKCB": visit.subject, "tBNCCTMCCT": 0,
                "tBNCCTLuyKe": visit.accumulated, "ngayNhanCong": "", "ngayNhan": "", "duPhong1": "", "duPhong2": "",
            })
        })
        .collect();
    said(json!({
        "MaKetQua": "200",
        "GhiChu": format!("Nguồn DL lấy từ các CSKCB đề nghị thanh toán KCB BHYT trên HTTTGĐ BHYT tính đến: {} 00:00", slashed(now())),
        "DataCCT": rows,
        "ThongTinSoThe": {
            "hoTen": card.name, "ngaySinh": card.birth, "ngayKetThuc": card.valid_to, "maBhxh": card.insurance_number,
        },
    }))
}

/// A name as it is compared: capital letters, single blanks.
fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase()
}

fn initials(name: &str) -> String {
    name.split(' ').filter_map(|word| word.chars().next()).collect()
}
