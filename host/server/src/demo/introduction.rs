//! What a visitor is told: who signs in, where, and five minutes' walk.

use std::path::Path;

use serde_json::Value;
use vienphi_domain::Day;

use super::cards::sex;
use super::courses::Course;
use super::house::text;
use super::town::{HOSPITAL, STATION, Town};
use super::visits::Visit;
use crate::lang::Lang;
use crate::table::{Align, Table, grouped};

/// The month's claim files, and how many of them are wrong.
pub(super) struct Month<'m> {
    pub(super) folder: &'m Path,
    pub(super) files: usize,
    pub(super) wrong: usize,
}

/// Everything, in a language.
pub(super) fn introduction(town: &Town, month: &Month<'_>, lang: Lang) -> String {
    let (desk, bank) =
        (format!("http://{}/desk", town.address), town.hospital.house.bank.address().unwrap_or_default());
    let mut told = format!(
        "{}\n\n{}\n{}\n\n{}\n",
        lang.pick(
            "Bệnh viện mẫu và trạm y tế mẫu tại Cần Thơ; không có người bệnh thật, dữ liệu hết khi dừng",
            "A hospital and a commune's health station in Cần Thơ; nobody in them is real, and their records end with this"
        ),
        staff(town, lang),
        pages(town, &desk, &bank, lang),
        waiting(town, &bank, lang),
    );
    if let Some(why) = &town.unsigned {
        let text = lang.pick(
            "Không tạo được khoá ký hồ sơ BHYT, nên hồ sơ không được gửi lên cổng",
            "No key could be made that claims are signed with, so that none is sent to the portal",
        );
        told.push_str(&format!("{text}: {why}\n\n"));
    } else {
        told.push_str(lang.pick(
            "Hồ sơ BHYT được ký bằng một khoá RSA tự tạo lúc khởi động, chỉ dùng cho bản trình diễn này.\n\n",
            "Claims are signed with an RSA key of this demonstration's own, made at its start and good for nothing else.\n\n",
        ));
    }
    told.push_str(&walk(town, month, (&desk, &bank), lang));
    told
}

fn staff(town: &Town, lang: Lang) -> String {
    let column = |vi, en| (lang.pick(vi, en), Align::Left);
    let mut table = Table::new(&[
        column("Cơ sở", "Facility"),
        column("Tên đăng nhập", "Name"),
        column("Vai trò", "Role"),
        column("Mật khẩu", "Password"),
    ]);
    for member in &town.staff {
        let cells = [member.facility, member.name, member.role.word(), &member.password];
        table.row(cells.map(str::to_owned).to_vec());
    }
    table.print(0)
}

fn pages(town: &Town, desk: &str, bank: &str, lang: Lang) -> String {
    let of_station = town.station.house.bank.address().unwrap_or_default();
    let mut table =
        Table::new(&[(lang.pick("Trang", "Page"), Align::Left), (lang.pick("Địa chỉ", "Address"), Align::Left)]);
    for (vi, en, address) in [
        ("Quầy thu", "The desk", desk.to_owned()),
        ("Ngân hàng của bệnh viện (mô phỏng)", "The hospital's bank (simulated)", bank.to_owned()),
        ("Ngân hàng của trạm (mô phỏng)", "The station's bank (simulated)", of_station),
        (
            "Cổng giám định BHYT (mô phỏng)",
            "The insurer's portal (simulated)",
            format!("{}/", town.gateways.portal.url()),
        ),
        ("Giao diện lập trình", "For programs", format!("http://{}/docs", town.address)),
    ] {
        table.row(vec![lang.pick(vi, en).to_owned(), address]);
    }
    table.print(0)
}

/// What the visitor may pay.
fn waiting(town: &Town, bank: &str, lang: Lang) -> String {
    let column = |vi, en, align| (lang.pick(vi, en), align);
    let mut table = Table::new(&[
        column("Hồ sơ", "Encounter", Align::Left),
        column("Phải trả", "To pay", Align::Right),
        column("Kênh", "Rail", Align::Left),
        column("Nơi trả (mô phỏng)", "Where to pay (simulated)", Align::Left),
    ]);
    for request in &town.asked {
        let place = match request["url"].as_str() {
            Some(url) => url.to_owned(),
            None => format!("{bank} \u{2190} {}", text(request, "qr")),
        };
        let [encounter, rail] = ["encounter", "rail"].map(|name| text(request, name).to_owned());
        table.row(vec![encounter, grouped(text(request, "amount")), rail, place]);
    }
    let title = lang.pick("Đang chờ thanh toán", "Waiting to be paid");
    format!("{title}\n\n{}", table.print(0))
}

fn walk(town: &Town, month: &Month<'_>, (desk, bank): (&str, &str), lang: Lang) -> String {
    let scans = Scans::of(&town.hospital.visits);
    let refunded = town.hospital.visits.iter().find(|visit| visit.course == Course::Surplus);
    let refunded = refunded.map_or("–", |visit| &visit.id);
    let token = town.staff.first().map_or("", |member| &member.token);
    let asked = town.asked.first().map_or("", |request| text(request, "encounter"));
    let api = format!("http://{}/v1/facilities/{HOSPITAL}/encounters/{asked}/account", town.address);
    let Month { folder, files, wrong } = month;
    let (folder, address) = (folder.display(), &town.address);
    let Scans { paper, card, name } = scans;
    match lang {
        Lang::Vi => format!(
            "Năm phút đầu tiên\n\n\
             1. Mở {desk}, đăng nhập: cơ sở {HOSPITAL}, tên an, mật khẩu ở bảng trên (trạm y tế: {STATION}, lan).\n\
             2. Quét vào ô tìm (F2), hoặc dán một trong ba dòng:\n   \
                CCCD  {paper}\n   thẻ   {card}\n   tên   {name}\n\
             3. Hồ sơ cho biết người bệnh phải trả bao nhiêu; mở một dòng dịch vụ để đọc vì sao và theo văn bản nào.\n\
             4. F6 tạo mã QR (kênh vietqr). Mở ngân hàng {bank}, dán mã, bấm trả; trang của quầy tự chuyển sang đã trả.\n\
             5. Hồ sơ {refunded} có tạm ứng thừa: yêu cầu hoàn tiền, đăng nhập lại bằng chi, duyệt (F9) và trả.\n\
             6. {files} hồ sơ BHYT của tháng trước, {wrong} hồ sơ có lỗi, nằm ở {folder}\n   \
                Đăng nhập bằng giang, mở http://{address}/claims/check và gửi các tệp đó, hoặc: vienphi claims check {folder}\n   \
                Biểu giá: http://{address}/tariff · tổng quan: http://{address}/overview, đăng nhập bằng dung.\n\
             7. Phần mềm khác đọc cùng những con số:\n   curl -H 'Authorization: Bearer {token}' {api}\n\n"
        ),
        Lang::En => format!(
            "The first five minutes\n\n\
             1. Open {desk} and sign in: facility {HOSPITAL}, name an, the password above (the station: {STATION}, lan).\n\
             2. Scan into the search field (F2), or paste one of three lines:\n   \
                CCCD  {paper}\n   card  {card}\n   name  {name}\n\
             3. The visit says what the patient has to pay; open a line to read why, and by which text of law.\n\
             4. F6 makes a QR code (rail vietqr). Open the bank {bank}, paste the code, pay; the desk's page turns to paid by itself.\n\
             5. Visit {refunded} has a deposit too much: ask for a refund, sign in as chi, approve it (F9) and pay it out.\n\
             6. {files} claims of last month, {wrong} of them wrong, are in {folder}\n   \
                Sign in as giang, open http://{address}/claims/check and send these files, or: vienphi claims check {folder}\n   \
                Tariffs: http://{address}/tariff · the overview: http://{address}/overview, signed in as dung.\n\
             7. Other programs read the same numbers:\n   curl -H 'Authorization: Bearer {token}' {api}\n\n"
        ),
    }
}

/// Three who can be looked for, each with something to pay.
struct Scans {
    paper: String,
    card: String,
    name: String,
}

impl Scans {
    fn of(visits: &[Visit]) -> Scans {
        let mut due = visits.iter().filter(|visit| visit.course == Course::Due && Course::Code.suits(visit.due));
        let has_paper = |visit: &&Visit| visit.patient()["id_number"].is_string();
        let has_card = |visit: &&Visit| visit.card().is_some_and(|card| card.len() == 15);
        let is_only = |visit: &&Visit| {
            let name = text(visit.patient(), "name");
            visits.iter().filter(|other| text(other.patient(), "name") == name).count() == 1
        };
        Scans {
            paper: due.by_ref().find(has_paper).map(|visit| paper(visit.patient())).unwrap_or_default(),
            card: due.by_ref().find(has_card).and_then(Visit::card).unwrap_or_default().to_owned(),
            name: due.find(is_only).map(|visit| text(visit.patient(), "name").to_owned()).unwrap_or_default(),
        }
    }
}

/// The code on an identity card: number, old number, name, birth, sex, address, day of issue.
fn paper(patient: &Value) -> String {
    let birth = Day::parse(text(patient, "birth_date")).unwrap_or(Day::from_count(0));
    let (year, month, day) = birth.calendar();
    let [number, name, address] = ["id_number", "name", "address"].map(|field| text(patient, field));
    format!("{number}||{name}|{day:02}{month:02}{year:04}|{}|{address}|01012021", sex(patient))
}
