//! The headings of the bill (bảng kê chi phí khám bệnh, chữa bệnh, form 01/KBCB) and the groups of cost (MA_NHOM) under each.
//!
//! The text of QĐ 697/QĐ-BYT of 2026 was not seen; the headings are those of the form that it follows (QĐ 6556/QĐ-BYT, 2018).

/// A heading of the form.
#[derive(Debug, PartialEq, Eq)]
pub struct Heading {
    /// In Vietnamese, with its number.
    pub vi: &'static str,
    /// In English, with its number.
    pub en: &'static str,
    groups: &'static [u8],
}

const fn heading(vi: &'static str, en: &'static str, groups: &'static [u8]) -> Heading {
    Heading { vi, en, groups }
}

/// All of them, in the order of the form.
pub const HEADINGS: [Heading; 14] = [
    heading("1. Khám bệnh", "1. Examination", &[13]),
    heading("2.1. Ngày giường điều trị ban ngày", "2.1. Day beds", &[14]),
    heading("2.2. Ngày giường điều trị nội trú", "2.2. Inpatient beds", &[15]),
    heading("2.3. Ngày giường lưu", "2.3. Stay beds", &[16]),
    heading("3. Xét nghiệm", "3. Laboratory", &[1]),
    heading("4. Chẩn đoán hình ảnh", "4. Imaging", &[2]),
    heading("5. Thăm dò chức năng", "5. Functional tests", &[3]),
    heading("6. Thủ thuật, phẫu thuật", "6. Procedures and operations", &[8, 18]),
    heading("7. Máu, chế phẩm máu, vận chuyển máu", "7. Blood and its products", &[7, 17]),
    heading("8. Thuốc, dịch truyền", "8. Drugs and infusions", &[4, 5, 6]),
    heading("9. Vật tư y tế", "9. Medical supplies", &[10, 11]),
    heading("10. Dịch vụ kỹ thuật thanh toán theo tỷ lệ", "10. Services paid by ratio", &[9]),
    heading("11. Vận chuyển người bệnh", "11. Transport of the patient", &[12]),
    heading("12. Dịch vụ khác", "12. Other services", &[19]),
];

impl Heading {
    /// Where a group of cost stands among [`HEADINGS`]; one that the form has no heading for stands under the last, so that no line is
    /// left out of a bill.
    pub fn place(group: u8) -> usize {
        HEADINGS.iter().position(|heading| heading.groups.contains(&group)).unwrap_or(HEADINGS.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_of_cost_has_one_heading() {
        for group in 1..=19_u8 {
            let under = HEADINGS.iter().filter(|heading| heading.groups.contains(&group)).count();
            assert_eq!(under, 1, "{group}");
        }
        assert_eq!((Heading::place(13), Heading::place(19), Heading::place(99)), (0, 13, 13));
    }
}
