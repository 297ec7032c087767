//! Cards, their days, and the rates that follow from them.

use vienphi_domain::Day;
use vienphi_money::Amount;

use super::sheet::{At, VISIT, compact_day, moment};
use super::{Fault, Needs, fault};

/// A facility that no registry has.
const NOWHERE: &str = "99999";

pub(super) const FAULTS: &[Fault] = &[
    fault("no-card", "GDH-8", "Không có thẻ", "no card", |sheet| {
        sheet.common_card()?;
        sheet.of_visit("MA_THE_BHYT", "")
    }),
    fault(
        "registered-nowhere",
        "GDH-9",
        "Nơi đăng ký ban đầu không có thật",
        "registered at no facility",
        |sheet| {
            sheet.card()?;
            sheet.of_visit("MA_DKBD", NOWHERE)
        },
    )
    .needing(Needs::Facilities),
    fault("facility-nowhere", "GDH-10", "Cơ sở không có thật", "no such facility", |sheet| {
        NOWHERE.clone_into(&mut sheet.envelope.facility);
        sheet.of_visit("MA_CSKCB", NOWHERE)
    })
    .needing(Needs::Facilities),
    fault("card-short", "GDH-17", "Mã thẻ thiếu một chữ số", "a card lacks a digit", |sheet| {
        sheet.common_card()?;
        let card = sheet.visit("MA_THE_BHYT");
        sheet.of_visit("MA_THE_BHYT", card.get(..14)?)
    }),
    fault(
        "card-lists-differ",
        "GDH-20",
        "Một thẻ, hai nơi đăng ký",
        "one card, two registered facilities",
        |sheet| {
            sheet.card()?;
            let registered = sheet.visit("MA_DKBD");
            sheet.of_visit("MA_DKBD", format!("{registered};{registered}"))
        },
    ),
    fault(
        "card-ends-first",
        "VP-CARD-RANGE",
        "Thẻ hết hạn trước khi có giá trị",
        "a card ends before it begins",
        |sheet| {
            sheet.card()?;
            let day = day(&sheet.visit("GT_THE_TU"))?.plus_days(-1);
            sheet.of_visit("GT_THE_DEN", compact_day(day))
        },
    ),
    fault(
        "card-expired",
        "VP-CARD-DAY",
        "Thẻ hết hạn trước ngày vào",
        "the card expired before the arrival",
        |sheet| {
            sheet.is_rated()?;
            let last = sheet.moment(VISIT, "NGAY_VAO")?.day().plus_days(-1);
            sheet.of_visit("GT_THE_TU", compact_day(last.plus_days(-300)))?;
            sheet.of_visit("GT_THE_DEN", compact_day(last))
        },
    ),
    fault(
        "rate-high",
        "VP-RATE-HIGH",
        "MUC_HUONG 100 thay vì mức của thẻ",
        "MUC_HUONG 100 instead of the card's",
        |sheet| {
            sheet.is_rated()?;
            sheet.visit("NAM_NAM_LIEN_TUC").is_empty().then_some(())?;
            let at = sheet.find(&[2, 3], |sheet, at| sheet.is_plain(at) && sheet.text(at, "MUC_HUONG") != "100")?;
            sheet.remade(at, &[("MUC_HUONG", "100")])
        },
    ),
    fault(
        "rate-low",
        "VP-RATE-LOW",
        "MUC_HUONG thấp hơn mức được hưởng",
        "MUC_HUONG below the entitled one",
        |sheet| {
            sheet.is_rated()?;
            let at = sheet.find(&[2, 3], |sheet, at| sheet.is_plain(at) && sheet.text(at, "MUC_HUONG") == "80")?;
            sheet.remade(at, &[("MUC_HUONG", "60")])
        },
    ),
    fault("rate-empty", "VP-RATE-EMPTY", "MUC_HUONG để trống", "MUC_HUONG is empty", |sheet| {
        sheet.is_rated()?;
        let at = sheet.plain(&[2, 3])?;
        sheet.set(at, "MUC_HUONG", "")
    }),
    fault(
        "small-visit-missed",
        "VP-SMALL-VISIT",
        "Dưới 15 % mức tham chiếu mà không được 100 %",
        "below 15 % of L, yet not paid whole",
        |sheet| {
            sheet.is_rated()?;
            let card = sheet.common_card()?;
            let is_small = sheet.amount(VISIT, "T_TONGCHI_BH") < Amount::from_units(35_100_000);
            let is_usual = card.digit() == Some(4) && card.object() != Some("LH");
            (is_small && is_usual && sheet.is_on_route() && sheet.visit("NGAY_MIEN_CCT").is_empty()).then_some(())?;
            let at = sheet.plain(&[2, 3])?;
            sheet.remade(at, &[("MUC_HUONG", "80")])
        },
    ),
    fault(
        "l-changed-in-stay",
        "VP-L-BY-ARRIVAL",
        "Mức tham chiếu đổi trong đợt, kết quả khác",
        "L changed in the stay, with another result",
        |sheet| {
            // 15 % of L before and from 2026-07-01.
            let base = sheet.amount(VISIT, "T_TONGCHI_BH").units();
            let is_between = (35_100_000..37_950_000).contains(&base);
            let is_after = sheet.visit("NGAY_RA").as_str() >= "20260701";
            let is_usual = sheet.visit("MA_LOAI_KCB") == "01" && sheet.is_on_route();
            (is_between && is_after && is_usual).then_some(())?;
            sheet.of_visit("NGAY_VAO", "202606302300")
        },
    ),
    fault(
        "exemption-undated",
        "VP-EXEMPTION-DATE",
        "Miễn cùng chi trả mà không có ngày",
        "exempt without a date",
        |sheet| {
            sheet.is_rated()?;
            sheet.is_steady()?;
            let card = sheet.common_card()?;
            let is_exempt = !sheet.visit("NGAY_MIEN_CCT").is_empty() && sheet.is_on_route();
            (is_exempt && matches!(card.digit(), Some(3 | 4))).then_some(())?;
            let (five_years, arrived) = (sheet.visit("NAM_NAM_LIEN_TUC"), sheet.visit("NGAY_VAO"));
            (!five_years.is_empty() && five_years.as_str() <= arrived.get(..8)?).then_some(())?;
            sheet.find(&[2, 3], |sheet, at| sheet.is_plain(at) && sheet.text(at, "MUC_HUONG") == "100")?;
            sheet.of_visit("NGAY_MIEN_CCT", "")
        },
    ),
    fault(
        "card-not-used",
        "VP-NOT-INSURED",
        "Có thẻ mà dòng không được tính",
        "a card is valid, a line is not insured",
        |sheet| {
            sheet.is_rated()?;
            sheet.is_steady()?;
            let at: At = sheet.test()?;
            let whole = sheet.text(at, "THANH_TIEN_BV");
            for (field, text) in [
                ("THANH_TIEN_BH", "0"),
                ("T_BHTT", "0"),
                ("T_BNCCT", "0"),
                ("MUC_HUONG", "0"),
                ("T_BNTT", whole.as_str()),
            ] {
                sheet.set(at, field, text)?;
            }
            sheet.add_up()?;
            sheet.is_steady()
        },
    ),
];

fn day(text: &str) -> Option<Day> {
    moment(&format!("{text}0000")).map(|minute| minute.day())
}
