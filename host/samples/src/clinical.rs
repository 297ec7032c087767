//! What the claim's tables ask for and pricing does not: `clinical` of the encounter.

use fastrand::Rng;
use serde_json::{Map, Value, json};
use vienphi_domain::Minute;
use vienphi_domain::time::DAY_MINUTES;

use crate::lines::{Make, after};
use crate::people::Person;
use crate::places::Service;
use crate::plot::Plot;
use crate::random::{often, pick, word};

/// A disease and what is said of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Diagnosis {
    pub(crate) code: &'static str,
    words: &'static str,
    reason: &'static str,
    pub(crate) others: &'static [&'static str],
}

const fn diagnosis_of(
    code: &'static str,
    words: &'static str,
    reason: &'static str,
    others: &'static [&'static str],
) -> Diagnosis {
    Diagnosis { code, words, reason, others }
}

const OF_CHILDREN: &[Diagnosis] = &[
    diagnosis_of("J18.9", "Viêm phổi", "Sốt, ho", &[]),
    diagnosis_of("A09", "Tiêu chảy cấp", "Tiêu chảy", &["E86"]),
    diagnosis_of("J03.9", "Viêm amidan cấp", "Sốt, đau họng", &[]),
];
const OF_ADULTS: &[Diagnosis] = &[
    diagnosis_of("J20.9", "Viêm phế quản cấp", "Ho, khạc đờm", &["I10"]),
    diagnosis_of("K29.7", "Viêm dạ dày", "Đau thượng vị", &["K21.9"]),
    diagnosis_of("M54.5", "Đau lưng dưới", "Đau lưng", &[]),
    diagnosis_of("I10", "Tăng huyết áp vô căn", "Đau đầu", &["E78.5"]),
    diagnosis_of("N39.0", "Nhiễm khuẩn tiết niệu", "Tiểu buốt", &[]),
    diagnosis_of("H10.9", "Viêm kết mạc", "Đỏ mắt", &[]),
];
const LONG: &[Diagnosis] = &[
    diagnosis_of("E11.9", "Đái tháo đường típ 2", "Khám định kỳ", &["I10", "E78.5"]),
    diagnosis_of("I10", "Tăng huyết áp vô căn", "Khám định kỳ", &["I25.9"]),
];
const SURGICAL: &[Diagnosis] = &[
    diagnosis_of("K35.8", "Viêm ruột thừa cấp", "Đau hố chậu phải", &[]),
    diagnosis_of("K40.9", "Thoát vị bẹn", "Khối vùng bẹn", &["I10"]),
];
const OBSTETRIC: &[Diagnosis] = &[diagnosis_of("O82.0", "Sinh mổ chủ động", "Thai đủ tháng", &["O34.2"])];
const NEWBORN: &[Diagnosis] = &[diagnosis_of("P07.1", "Trẻ nhẹ cân khi sinh", "Mới sinh", &[])];

pub(crate) fn diagnosis(make: &mut Make<'_>) -> Diagnosis {
    let among = match make.plot {
        Plot::Newborn => NEWBORN,
        Plot::LongTerm | Plot::PickUp => LONG,
        Plot::Surgery if make.department == "K27" => OBSTETRIC,
        Plot::Surgery => SURGICAL,
        _ if make.age < 16 => OF_CHILDREN,
        _ => OF_ADULTS,
    };
    pick(&mut make.rng, among).copied().unwrap_or(diagnosis_of("Z00.0", "Khám sức khỏe", "Khám", &[]))
}

/// A row of table 4 for a test.
pub(crate) fn result(rng: &mut Rng, service: &Service, group: u32, done: Minute) -> Value {
    let mut row = json!({
        "MA_DICH_VU": service.code,
        "NGAY_KQ": compact(done),
        "MA_BS_DOC_KQ": format!("9999{:02}/MAU-CCHN", rng.u32(1..40)),
    });
    if group == 1 {
        row["MA_CHI_SO"] = service.code.get(3..7).unwrap_or("0000").into();
        row["TEN_CHI_SO"] = (*service.name).into();
        row["GIA_TRI"] = format!("{}.{}", rng.u32(1..20), rng.u32(0..10)).into();
        row["DON_VI_DO"] = word(rng, &["mmol/L", "g/L", "U/L", "%"]).into();
    } else {
        row["MO_TA"] = format!("{}: hình ảnh trong giới hạn bình thường", service.name).into();
        row["KET_LUAN"] = word(rng, &["Không thấy bất thường", "Theo dõi thêm"]).into();
    }
    row
}

/// `clinical`: fields of table 1 and of lines, and tables 4 and 5.
pub(crate) fn told(make: &mut Make<'_>, person: &Person, diagnosis: &Diagnosis, discharge: u8) -> Value {
    let province = format!("{:0>3}", make.place.facility.province);
    let mut summary = json!({
        "MA_QUOCTICH": "000",
        "MA_DANTOC": word(&mut make.rng, &["01", "01", "01", "05", "06"]),
        "MA_NGHE_NGHIEP": "00000",
        "MATINH_CU_TRU": province.get(1..).unwrap_or_default(),
        "MAXA_CU_TRU": "99999",
        "LY_DO_VV": diagnosis.reason,
        "CHAN_DOAN_VAO": diagnosis.words,
        "CHAN_DOAN_RV": diagnosis.words,
        "PP_DIEU_TRI": word(&mut make.rng, &["Nội khoa", "Theo phác đồ", "Kháng sinh, giảm đau"]),
        "CAN_NANG": person.weight(&mut make.rng, make.arrived.day()),
        "MA_TTDV": "9999000001",
    });
    if often(&mut make.rng, 60) {
        summary["NHOM_MAU"] = word(&mut make.rng, &["A", "B", "AB", "O"]).into();
    }
    if make.plot.is_inpatient() {
        summary["LY_DO_VNT"] = format!("{}, cần theo dõi nội trú", diagnosis.reason).into();
        summary["MA_HSBA"] = format!("HSBA{:07}", make.rng.u32(..10_000_000)).into();
    }
    if make.plot == Plot::LongTerm {
        let next = after(make.ended, 28 * DAY_MINUTES).day();
        summary["NGAY_TAI_KHAM"] = compact(next.first_minute()).get(..8).unwrap_or_default().into();
    }
    if discharge == 2 {
        summary["MA_NOI_DEN"] = "92001".into();
    }
    let mut clinical = Map::new();
    clinical.insert("xml1".into(), summary);
    clinical.insert("lines".into(), Value::Object(std::mem::take(&mut make.extras)));
    if !make.results.is_empty() {
        clinical.insert("xml4".into(), Value::Array(std::mem::take(&mut make.results)));
    }
    if make.plot.is_inpatient() {
        clinical.insert("xml5".into(), course(make, diagnosis));
    }
    Value::Object(clinical)
}

/// A row of table 5 for each day of a stay.
fn course(make: &mut Make<'_>, diagnosis: &Diagnosis) -> Value {
    let (first, last) = (make.begun.day().count(), make.ended.day().count());
    let rows = (first..=last).map(|day| {
        let at = Minute::from_count(i64::from(day) * DAY_MINUTES + make.rng.i64(7 * 60..11 * 60));
        json!({
            "DIEN_BIEN_LS": format!("{}: {}", diagnosis.words, word(&mut make.rng, &["đỡ", "ổn định", "còn sốt nhẹ"])),
            "GIAI_DOAN_BENH": "Giai đoạn điều trị",
            "THOI_DIEM_DBLS": compact(at.clamp(make.begun, make.ended)),
            "NGUOI_THUC_HIEN": format!("9999{:02}/MAU-CCHN", make.rng.u32(1..40)),
        })
    });
    rows.collect()
}

/// `202603020810`.
fn compact(minute: Minute) -> String {
    minute.to_string().chars().filter(char::is_ascii_digit).take(12).collect()
}
