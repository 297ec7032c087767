//! The host's own rules: name, words and ground. The tariff's rules come from its plugin.

/// A rule in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostRule {
    /// A stable name.
    pub name: &'static str,
    /// In Vietnamese.
    pub vietnamese: &'static str,
    /// In English.
    pub english: &'static str,
    /// The text of law or reading.
    pub ground: &'static str,
}

macro_rules! rules {
    ($($constant:ident = $name:literal, $vietnamese:literal, $english:literal, $ground:literal;)*) => {
        $(#[doc = $english] pub const $constant: &str = $name;)*

        /// Every rule of the host.
        pub const ALL: &[HostRule] = &[$(HostRule {
            name: $name, vietnamese: $vietnamese, english: $english, ground: $ground,
        }),*];
    };
}

rules! {
    CARD_AND_ROUTE = "card-and-route",
        "Mức hưởng = mức hưởng của thẻ × tỷ lệ theo tuyến",
        "Benefit rate: the card's level × the route's rate",
        "Luật BHYT Điều 22; QĐ 3276/QĐ-BYT; READINGS 7";
    PRIMARY_TIER = "primary-tier",
        "Khám chữa bệnh tại cấp ban đầu: 100 %",
        "Treated at the primary tier: 100 %",
        "Luật BHYT Điều 22; READINGS 14";
    SMALL_VISIT = "small-visit",
        "Chi phí một lần dưới 15 % mức tham chiếu: 100 %",
        "The visit costs less than 15 % of the reference amount: 100 %",
        "Luật BHYT Điều 22 khoản 1; READINGS 5, 6";
    EXEMPT = "copayment-exempt",
        "Miễn cùng chi trả: đủ 5 năm liên tục và cùng chi trả trong năm quá 6 lần mức tham chiếu",
        "Exempt from co-payment: five continuous years and over six reference amounts paid this year",
        "Luật BHYT Điều 22 khoản 1; NĐ 188/2025/NĐ-CP Điều 18; READINGS 13";
    ORIGINAL_VISIT = "original-visit",
        "Theo mức hưởng của lần khám ban đầu",
        "At the rate of the visit it continues",
        "QĐ 3276/QĐ-BYT; READINGS 27";
    NO_CARD = "no-card",
        "Không có thẻ còn giá trị vào ngày này: người bệnh tự trả",
        "No card covers this day: the patient's own",
        "READINGS 7, 10";
    CARD_EXPIRED = "card-expired",
        "Thẻ hết hạn trong đợt điều trị: vẫn được hưởng tối đa 15 ngày",
        "The card expired during treatment: covered for at most 15 days more",
        "NĐ 188/2025/NĐ-CP Điều 50 khoản 4; READINGS 9";
    OUT_OF_SCOPE = "out-of-scope",
        "Ngoài phạm vi hưởng: người bệnh tự trả",
        "Out of scope: the patient's own",
        "QĐ 4750/QĐ-BYT (PHAM_VI); READINGS 14";
    LIFTED = "card-lifts-ratio-and-ceiling",
        "Thẻ mã quyền lợi 1, 5: không áp tỷ lệ và trần của thuốc, vật tư",
        "A card of digit 1 or 5: no insured ratio on drugs and supplies and no ceiling",
        "READINGS 14";
    CEILING_REACHED = "ceiling-reached",
        "Đã đến mức tối đa được tính bảo hiểm: phần vượt do người bệnh trả",
        "The most that counts as insured is reached: the excess is the patient's",
        "READINGS 16, 23";
    WHOLE_ON_ROUTE = "whole-on-route",
        "Không nhân mức hưởng của thẻ",
        "Not reduced by the card's rate",
        "READINGS 29";
    DIRECT_CAP = "direct-payment-cap",
        "Cơ sở không ký hợp đồng: quỹ trả tối đa theo mức thanh toán trực tiếp",
        "Facility without a contract: the insurer pays up to the direct-payment cap",
        "NĐ 188/2025/NĐ-CP Điều 57; READINGS 15";
    FACILITY_SUPPORT = "facility-support",
        "Nguồn hỗ trợ cho cơ sở được trừ trước",
        "Support to the facility is taken off first",
        "QĐ 130/QĐ-BYT Bảng 3 (T_NGUONKHAC); READINGS 30";
    INDIVIDUAL_SUPPORT = "individual-support",
        "Nguồn hỗ trợ cho người bệnh: trừ vào tự trả, cùng chi trả, rồi quỹ",
        "Support to the person: off their own part, the co-payment, then the insurer's",
        "QĐ 130/QĐ-BYT Bảng 3 (T_NGUONKHAC); READINGS 30";
    ARV_SUPPORT = "arv-support",
        "Nguồn chi trả thay phần cùng chi trả thuốc ARV",
        "A source pays the co-payment of antiretroviral treatment",
        "QĐ 130/QĐ-BYT Bảng 3 (T_NGUONKHAC); READINGS 30";
    PRIVATE_WITHOUT_ROW = "private-without-row",
        "Cơ sở tư nhân chưa có giá BHYT cho mã này: quỹ không thanh toán",
        "A private facility without an accepted price for the code: the insurer pays nothing",
        "NĐ 96/2023/NĐ-CP Điều 119 khoản 8; NĐ 188/2025/NĐ-CP Điều 47; READINGS 25";
    SAMPLE_PRICE = "sample-price",
        "Giá mẫu (sample): chưa tìm thấy nghị quyết",
        "A sample price: no resolution was found",
        "docs/SOURCES.md";
}
