//! Amounts of a line that do not follow from what it says.

use vienphi_money::{Amount, Price};

use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "drug-amount",
        "GDH-47",
        "THANH_TIEN_BV của thuốc thừa 1000 đồng",
        "a drug's THANH_TIEN_BV has 1000 đồng too much",
        |sheet| {
            let at = sheet.plain(&[2])?;
            sheet.more(at, "THANH_TIEN_BV", 100_000)
        },
    ),
    fault(
        "drug-insured-amount",
        "GDH-47",
        "THANH_TIEN_BH của thuốc thiếu 500 đồng",
        "a drug's THANH_TIEN_BH has 500 đồng too little",
        |sheet| {
            let at = sheet.plain(&[2])?;
            sheet.is_steady()?;
            sheet.more(at, "THANH_TIEN_BH", -50_000)
        },
    ),
    fault(
        "service-amount",
        "GDH-52",
        "THANH_TIEN_BV của dịch vụ thừa 1000 đồng",
        "a service's THANH_TIEN_BV has 1000 đồng too much",
        |sheet| {
            let at = sheet.plain(&[3])?;
            sheet.more(at, "THANH_TIEN_BV", 100_000)
        },
    ),
    fault(
        "drug-insurer",
        "GDH-48",
        "T_BHTT của thuốc thừa 5 đồng",
        "a drug's T_BHTT has 5 đồng too much",
        |sheet| {
            let at = sheet.plain(&[2])?;
            sheet.is_rated()?;
            sheet.more(at, "T_BHTT", 500)
        },
    ),
    fault(
        "service-insurer",
        "GDH-53",
        "T_BHTT của dịch vụ thiếu 5 đồng",
        "a service's T_BHTT has 5 đồng too little",
        |sheet| {
            let at = sheet.plain(&[3])?;
            sheet.is_rated()?;
            sheet.more(at, "T_BHTT", -500)
        },
    ),
    fault("rounded-wrong", "VP-LINE-ROUNDING", "T_BHTT lệch 0,01 đồng", "T_BHTT is a hundredth off", |sheet| {
        let at = sheet.plain(&[2, 3])?;
        sheet.is_rated()?;
        sheet.more(at, "T_BHTT", 1)
    }),
    fault("copayment-off", "VP-COPAYMENT", "T_BNCCT thừa 10 đồng", "T_BNCCT has 10 đồng too much", |sheet| {
        let at = sheet.plain(&[2, 3])?;
        sheet.more(at, "T_BNCCT", 1000)
    }),
    fault("own-off", "VP-OWN", "T_BNTT thừa 10 đồng", "T_BNTT has 10 đồng too much", |sheet| {
        let at = sheet.plain(&[2, 3])?;
        sheet.more(at, "T_BNTT", 1000)
    }),
    fault("above-ceiling", "VP-CEILING", "THANH_TIEN_BH vượt T_TRANTT", "THANH_TIEN_BH is above T_TRANTT", |sheet| {
        let at = sheet.test()?;
        let ceiling = sheet.amount(at, "THANH_TIEN_BH").minus(Amount::from_units(100_000)).ok()?;
        (ceiling > Amount::ZERO).then_some(())?;
        sheet.set(at, "T_TRANTT", ceiling.to_string())
    }),
    fault(
        "insured-price-above",
        "VP-INSURED-PRICE",
        "DON_GIA_BH cao hơn DON_GIA_BV",
        "DON_GIA_BH is above DON_GIA_BV",
        |sheet| {
            let at = sheet.test()?;
            sheet.is_steady()?;
            let price = Price::parse(&sheet.text(at, "DON_GIA_BV")).ok()?;
            let above = Price::from_units(price.units().checked_add(6_500_000)?).to_string();
            sheet.remade(at, &[("DON_GIA_BH", &above)])
        },
    ),
    fault("quantity-negative", "VP-NEGATIVE", "SO_LUONG nhỏ hơn 0", "SO_LUONG is below 0", |sheet| {
        let at = sheet.plain(&[2])?;
        let quantity = sheet.text(at, "SO_LUONG");
        sheet.set(at, "SO_LUONG", format!("-{quantity}"))
    }),
    fault(
        "transport-by-card",
        "VP-TRANSPORT",
        "Vận chuyển trừ theo mức hưởng của thẻ",
        "transport is reduced by the card's rate",
        |sheet| {
            let at = sheet.find(&[3], |sheet, at| {
                let insurer = sheet.amount(at, "T_BHTT");
                sheet.text(at, "MA_NHOM") == "12"
                    && insurer > Amount::ZERO
                    && insurer == sheet.amount(at, "THANH_TIEN_BH")
            })?;
            sheet.is_rated()?;
            sheet.remade(at, &[("MUC_HUONG", "80")])
        },
    ),
    fault("outside-scope", "VP-SCOPE-2", "PHAM_VI 2 nhưng vẫn đề nghị", "PHAM_VI 2, yet claimed", |sheet| {
        let at = sheet.plain(&[2, 3])?;
        sheet.set(at, "PHAM_VI", "2")
    }),
    fault(
        "scope-of-armed-forces",
        "VP-SCOPE-3",
        "PHAM_VI 3 với thẻ thường",
        "PHAM_VI 3 under a common card",
        |sheet| {
            sheet.common_card()?;
            let at = sheet.plain(&[2, 3])?;
            sheet.set(at, "PHAM_VI", "3")
        },
    ),
];
