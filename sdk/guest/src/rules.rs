//! The registry of national rules: number, name, words and ground.
//!
//! Numbers are forever: a statement kept for years refers to them. A province's own rules start at 1000.

use crate::draft::has_own_price;
use crate::types::{Form, Line, Rule, Severity};

macro_rules! rules {
    ($($(#[$doc:meta])* $constant:ident = $id:literal, $name:literal, $severity:ident,
        $vietnamese:literal, $english:literal, $ground:literal;)*) => {
        $(#[doc = concat!($english, "\n\nGround: ", $ground, ".")] pub const $constant: u32 = $id;)*

        /// Every national rule.
        pub fn national() -> Vec<Rule> {
            vec![$(Rule {
                id: $id,
                name: $name.into(),
                vietnamese: $vietnamese.into(),
                english: $english.into(),
                ground: $ground.into(),
                severity: Severity::$severity,
            }),*]
        }
    };
}

rules! {
    LISTED_PRICE = 1, "listed-price", None,
        "Giá theo danh mục được phê duyệt, có hiệu lực vào ngày áp giá",
        "Price of the approved list in force on the price day",
        "Luật 15/2023/QH15 Điều 110; READINGS 1, 24";
    OWN_PRICE = 2, "own-price", None,
        "Giá trúng thầu hoặc giá mua do cơ sở kê khai",
        "The tender or purchase price the facility declares",
        "QĐ 4750/QĐ-BYT Bảng 2, 3 (DON_GIA); READINGS 1";
    REGIONAL_ANAESTHESIA = 3, "regional-anaesthesia", None,
        "Giá riêng khi gây tê (mã _GT)",
        "Its own price under local or regional anaesthesia (_GT code)",
        "QĐ 4750/QĐ-BYT Bảng 3; READINGS 22";
    STOPPED_SERVICE = 4, "stopped-service", None,
        "Dịch vụ phải ngừng: giá dịch vụ 0, vẫn tính thuốc và vật tư đã dùng",
        "A stopped service has price 0; its drugs and supplies are still paid",
        "QĐ 4750/QĐ-BYT Bảng 3 (_TB); READINGS 22";
    RATIO_OVERRIDE = 5, "ratio-override", Warn,
        "Tỷ lệ thanh toán dịch vụ do cơ sở kê khai thay cho tỷ lệ theo quy định",
        "The sender's own service ratio is used in place of the rule's",
        "READINGS 22";
    SENT_OUT = 6, "sent-out", None,
        "Mẫu gửi cơ sở khác (mã .K.): theo dòng giá của mã gốc khi không có dòng riêng",
        "Sample sent to another facility (.K. code): the base code's row when it has none of its own",
        "QĐ 4750/QĐ-BYT Bảng 3; READINGS 22";

    EXAM_FIRST = 10, "exam-first", None,
        "Lần khám đầu: 100 %",
        "First examination of the visit: 100 %",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4b); READINGS 16";
    EXAM_SECOND_TO_FOURTH = 11, "exam-second-to-fourth", None,
        "Khám chuyên khoa khác, lần thứ 2 đến thứ 4: 30 %",
        "Another specialty, second to fourth examination: 30 %",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4b); READINGS 16";
    EXAM_FIFTH = 12, "exam-fifth", None,
        "Khám chuyên khoa khác, lần thứ 5: 10 %",
        "Another specialty, fifth examination: 10 %",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4b); READINGS 16";
    EXAM_LATER = 13, "exam-later", None,
        "Từ lần khám thứ 6: không thanh toán",
        "From the sixth examination: not paid",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4b); READINGS 16";
    EXAM_REPEAT = 14, "exam-repeat", Warn,
        "Khám lại cùng chuyên khoa trong một lượt, hoặc trong ngày tại cơ sở: không thanh toán",
        "The same specialty again in one visit, or in the day at the facility: not paid",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4b); READINGS 16";
    EXAM_INPATIENT = 15, "exam-inpatient", Warn,
        "Người bệnh nội trú chỉ thanh toán một lần khám",
        "An inpatient visit has one examination",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4b); READINGS 16";
    EXAM_QUEUE_FULL = 16, "exam-queue-full", None,
        "Bàn khám quá 65 lượt trong ngày: 50 %",
        "Beyond 65 examinations at one table that day: 50 %",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4b); READINGS 16";
    EXAM_PRIOR_VISIT = 17, "exam-prior-visit", Inform,
        "Tiếp tục thứ tự khám của lượt trước cùng ngày tại cơ sở (cách hiểu chưa được văn bản xác nhận)",
        "Continues the sequence of an earlier visit of the day (a reading no text seen confirms)",
        "READINGS 16 [U]";

    BED_DAYS = 20, "bed-days", None,
        "Ngày giường = ngày ra − ngày vào",
        "Bed days: day of discharge less day of admission",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4c); READINGS 17";
    BED_SPECIAL_ENDING = 21, "bed-special-ending", None,
        "Ngày giường = ngày ra − ngày vào + 1 (tử vong, nặng xin về, chuyển viện theo quy định)",
        "Bed days: one more, for a special ending",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4c); READINGS 17";
    BED_UNDER_24_HOURS = 22, "bed-under-24-hours", None,
        "Trên 4 giờ đến dưới 24 giờ: 1 ngày",
        "Over 4 and under 24 hours: one day",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4c); READINGS 17";
    BED_UNDER_4_HOURS = 23, "bed-under-4-hours", None,
        "Từ 4 giờ trở xuống: không tính ngày giường",
        "Four hours or less: no bed day",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4c); READINGS 17";
    BED_NOT_COUNTED = 24, "bed-not-counted", None,
        "Giường không có ngày được tính trong đợt điều trị",
        "No counted day of the stay falls to this bed",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4c); READINGS 17, 18";
    BED_TWO_DEPARTMENTS = 25, "bed-two-departments", None,
        "Hai khoa trong một ngày: mỗi khoa 0,5 ngày",
        "Two departments in one day: half a day each",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4c); READINGS 18";
    BED_THREE_DEPARTMENTS = 26, "bed-three-departments", None,
        "Từ ba khoa trong một ngày: 0,5 ngày của giá cao nhất và 0,5 ngày của giá thấp nhất trong các khoa nằm trên 4 giờ",
        "Three or more departments: half of the dearest and half of the cheapest stayed in over 4 hours",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4c); READINGS 18";
    BED_SHORT_STAYS = 27, "bed-short-stays", Warn,
        "Từ ba khoa nhưng dưới hai khoa nằm trên 4 giờ: 1 ngày của khoa nằm lâu nhất",
        "Three or more departments, fewer than two over 4 hours: one day of the longest",
        "READINGS 18";
    BED_DAY_UNCOVERED = 28, "bed-day-uncovered", Warn,
        "Ngày điều trị không có giường: không thanh toán",
        "A counted day without a bed: not paid",
        "READINGS 18";
    BED_SURGICAL_LEVEL = 29, "bed-surgical-level", None,
        "Giường ngoại khoa theo loại phẫu thuật, từ ngày mổ đến ngày thứ 10 sau mổ",
        "Surgical bed by the class of the operation, up to the tenth day after it",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4c); READINGS 19";
    BED_INTERNAL_LEVEL = 30, "bed-internal-level", None,
        "Ngoài thời gian sau mổ: giường nội khoa của khoa",
        "Outside the days after an operation: the department's internal bed",
        "TT 39/2024/TT-BYT (TT 35/2016 Điều 4c); READINGS 19";
    BED_SHARED_BY_2 = 31, "bed-shared-by-2", None,
        "Nằm ghép 2 người: 50 %",
        "Shared by two: 50 %",
        "QĐ 4750/QĐ-BYT Bảng 3 (TYLE_TT_DV); READINGS 20";
    BED_SHARED_BY_3 = 32, "bed-shared-by-3", None,
        "Nằm ghép từ 3 người: 33 %",
        "Shared by three or more: 33 %",
        "QĐ 4750/QĐ-BYT Bảng 3 (TYLE_TT_DV); READINGS 20";
    DAY_BED_30 = 33, "day-bed-30", None,
        "Giường ban ngày không có giá riêng: 30 % giá giường nội trú",
        "A day bed without its own price: 30 % of the inpatient bed",
        "TT 39/2024/TT-BYT; READINGS 20";

    OPERATION_MAIN = 40, "operation-main", None,
        "Phẫu thuật chính (giá cao nhất): 100 %",
        "The main (dearest) operation: 100 %",
        "QĐ 4750/QĐ-BYT Bảng 3 (TYLE_TT_DV); READINGS 21";
    OPERATION_SAME_TEAM = 41, "operation-same-team", None,
        "Phẫu thuật tiếp theo, cùng kíp: 50 %",
        "A further operation by the same team: 50 %",
        "QĐ 4750/QĐ-BYT Bảng 3 (TYLE_TT_DV); READINGS 21";
    OPERATION_OTHER_TEAM = 42, "operation-other-team", None,
        "Phẫu thuật tiếp theo, khác kíp: 80 %",
        "A further operation by another team: 80 %",
        "QĐ 4750/QĐ-BYT Bảng 3 (TYLE_TT_DV); READINGS 21";
    OPERATION_PROCEDURE = 43, "operation-procedure", None,
        "Thủ thuật kèm theo phẫu thuật: 80 %",
        "An extra procedure inside an operation: 80 %",
        "QĐ 4750/QĐ-BYT Bảng 3 (TYLE_TT_DV); READINGS 21";

    SUPPLIES_OF_A_SERVICE = 50, "supplies-of-a-service", None,
        "Vật tư của một lần dùng dịch vụ: tổng không quá 45 tháng mức tham chiếu",
        "Supplies of one service: together at most 45 × the reference amount",
        "TT 04/2017/TT-BYT, TT 24/2025/TT-BYT; READINGS 23";
    TRANSPORT_BY_FUEL = 51, "transport-by-fuel", None,
        "Vận chuyển tính theo nhiên liệu: không nhân mức hưởng, chỉ khi đúng tuyến",
        "Transport by fuel: not reduced by the card's rate, only on route",
        "READINGS 29 [U]";
}

/// The rule that gave a line its price.
pub fn base(line: &Line) -> u32 {
    if line.stopped {
        STOPPED_SERVICE
    } else if has_own_price(line) {
        OWN_PRICE
    } else {
        match line.form {
            Form::RegionalAnaesthesia => REGIONAL_ANAESTHESIA,
            Form::SentOut => SENT_OUT,
            Form::Plain | Form::Stopped | Form::Supplementary => LISTED_PRICE,
        }
    }
}
