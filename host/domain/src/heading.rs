//! The headings of the bill (bảng kê chi phí khám bệnh, chữa bệnh, form 01/KBCB) and the groups of cost (MA_NHOM) under each.
//!
//! The text of QĐ 697/QĐ-BYT of 2026 was not seen. It keeps twelve headings with their numbers; their words are those of the form that it follows
//! (QĐ 6556/QĐ-BYT, 2018). No heading names services that are paid by ratio (group 9): they are procedures, and stand with them, as in
//! hospitals' software.

/// A heading of the form.
#[derive(Debug, PartialEq, Eq)]
pub struct Heading {
    /// In Vietnamese, with its number.
    pub vi: &'static str,
    /// In English, with its number.
    pub en: &'static str,
    /// The headings beneath it, when it has such.
    pub beneath: &'static [Heading],
    groups: &'static [u8],
}

const fn heading(vi: &'static str, en: &'static str, groups: &'static [u8]) -> Heading {
    Heading { vi, en, beneath: &[], groups }
}

/// All of them, in the order of the form.
pub const HEADINGS: [Heading; 12] = [
    heading("1. Khám bệnh", "1. Examination", &[13]),
    Heading { vi: "2. Ngày giường", en: "2. Beds", beneath: &BEDS, groups: &[] },
    heading("3. Xét nghiệm", "3. Laboratory", &[1]),
    heading("4. Chẩn đoán hình ảnh", "4. Imaging", &[2]),
    heading("5. Thăm dò chức năng", "5. Functional tests", &[3]),
    heading("6. Thủ thuật, phẫu thuật", "6. Procedures and operations", &[8, 9, 18]),
    heading("7. Máu, chế phẩm máu, vận chuyển máu", "7. Blood and its products", &[7, 17]),
    heading("8. Thuốc, dịch truyền", "8. Drugs and infusions", &[4, 5, 6]),
    heading("9. Vật tư y tế", "9. Medical supplies", SUPPLIES),
    heading("10. Gói vật tư y tế", "10. Supplies of a service", &[]),
    heading("11. Vận chuyển người bệnh", "11. Transport of the patient", &[12]),
    heading("12. Dịch vụ khác", "12. Other services", &[19]),
];

const BEDS: [Heading; 3] = [
    heading("2.1. Ngày giường điều trị ban ngày", "2.1. Day beds", &[14]),
    heading("2.2. Ngày giường điều trị nội trú", "2.2. Inpatient beds", &[15]),
    heading("2.3. Ngày giường lưu", "2.3. Stay beds", &[16]),
];

const SUPPLIES: &[u8] = &[10, 11];

/// Of supplies that were used for one service (gói vật tư y tế), each service has a number beneath it.
const PACKAGES: usize = 9;

/// Where a line stands: a heading's place among [`HEADINGS`], and of which of those beneath it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Among [`HEADINGS`].
    pub heading: usize,
    /// Among those beneath; of packages the number of the package, from 0.
    pub beneath: Option<usize>,
}

impl Heading {
    /// Where a group of cost stands, with the number of its package if it is a supply of one. A group that the form has no heading for stands
    /// under the last, so that no line is left out of a bill.
    pub fn place(group: u8, package: Option<usize>) -> Place {
        if let Some(package) = package.filter(|_| SUPPLIES.contains(&group)) {
            return Place { heading: PACKAGES, beneath: Some(package) };
        }
        let all = HEADINGS.iter().enumerate();
        let mut found = all.filter_map(|(place, heading)| {
            let beneath = heading.beneath.iter().position(|beneath| beneath.groups.contains(&group));
            let is_here = beneath.is_some() || heading.groups.contains(&group);
            is_here.then_some(Place { heading: place, beneath })
        });
        found.next().unwrap_or(Place { heading: HEADINGS.len() - 1, beneath: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_of_cost_has_one_heading() {
        let all = || HEADINGS.iter().flat_map(|heading| std::iter::once(heading).chain(heading.beneath));
        for group in 1..=19_u8 {
            let under = all().filter(|heading| heading.groups.contains(&group)).count();
            assert_eq!(under, 1, "{group}");
        }
        for (number, heading) in HEADINGS.iter().enumerate() {
            let starts = format!("{}. ", number + 1);
            assert!(heading.vi.starts_with(&starts) && heading.en.starts_with(&starts), "{heading:?}");
        }
    }

    #[test]
    fn beds_stand_beneath_their_heading_and_supplies_of_a_service_in_its_package() {
        let place = |heading, beneath| Place { heading, beneath };
        assert_eq!(
            [13, 16, 9, 19, 99].map(|group| Heading::place(group, None)),
            [place(0, None), place(1, Some(2)), place(5, None), place(11, None), place(11, None)]
        );
        assert_eq!(Heading::place(10, None), place(8, None));
        assert_eq!(Heading::place(11, Some(3)), place(9, Some(3)));
        assert_eq!(Heading::place(4, Some(3)), place(7, None), "a drug is of no package");
    }
}
