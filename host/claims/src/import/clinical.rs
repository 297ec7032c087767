//! What an encounter has no words of its own for.

use serde_json::Value;

use super::Object;
use super::ids::Ids;
use crate::envelope::Claim;
use crate::schema::Schema;
use crate::table::Row;

/// Fields of table 1 that the encounter or its statement says.
const OF_VISIT: [&str; 40] = [
    "MA_LK",
    "STT",
    "MA_BN",
    "HO_TEN",
    "SO_CCCD",
    "NGAY_SINH",
    "GIOI_TINH",
    "DIA_CHI",
    "DIEN_THOAI",
    "MA_THE_BHYT",
    "MA_DKBD",
    "GT_THE_TU",
    "GT_THE_DEN",
    "NGAY_MIEN_CCT",
    "MA_BENH_CHINH",
    "MA_BENH_KT",
    "MA_DOITUONG_KCB",
    "NGAY_VAO",
    "NGAY_VAO_NOI_TRU",
    "NGAY_RA",
    "SO_NGAY_DTRI",
    "KET_QUA_DTRI",
    "MA_LOAI_RV",
    "NGAY_TTOAN",
    "T_THUOC",
    "T_VTYT",
    "T_TONGCHI_BV",
    "T_TONGCHI_BH",
    "T_BNTT",
    "T_BNCCT",
    "T_BHTT",
    "T_NGUONKHAC",
    "T_BHTT_GDV",
    "NAM_QT",
    "THANG_QT",
    "MA_LOAI_KCB",
    "MA_CSKCB",
    "MA_KHUVUC",
    "CAN_NANG_CON",
    "NAM_NAM_LIEN_TUC",
];

/// Fields of tables 2 and 3 that the encounter or its statement says.
const OF_LINE: [&str; 44] = [
    "MA_LK",
    "STT",
    "MA_THUOC",
    "MA_DICH_VU",
    "MA_VAT_TU",
    "MA_NHOM",
    "TEN_THUOC",
    "TEN_DICH_VU",
    "TEN_VAT_TU",
    "MA_XANG_DAU",
    "SO_DANG_KY",
    "TT_THAU",
    "PHAM_VI",
    "TYLE_TT_DV",
    "TYLE_TT_BH",
    "SO_LUONG",
    "DON_GIA",
    "DON_GIA_BV",
    "DON_GIA_BH",
    "THANH_TIEN_BV",
    "THANH_TIEN_BH",
    "T_TRANTT",
    "MUC_HUONG",
    "T_NGUONKHAC_NSNN",
    "T_NGUONKHAC_VTNN",
    "T_NGUONKHAC_VTTN",
    "T_NGUONKHAC_CL",
    "T_NGUONKHAC",
    "T_BNTT",
    "T_BNCCT",
    "T_BHTT",
    "MA_KHOA",
    "MA_GIUONG",
    "MA_BAC_SI",
    "NGAY_YL",
    "NGAY_TH_YL",
    "NGAY_KQ",
    "MA_PTTT",
    "VET_THUONG_TP",
    "PP_VO_CAM",
    "MA_MAY",
    "MA_HIEU_SP",
    "TAI_SU_DUNG",
    "NGUON_CTRA",
];

/// The rest of the file, in the format's own words. Tables of which no fields were seen are not in it.
pub(super) fn clinical(claim: &Claim, summary: Row<'_>, drugs: &[Row<'_>], services: &[Row<'_>], ids: &Ids) -> Object {
    let mut clinical = Object::new();
    let of_visit = rest(summary, &OF_VISIT);
    if !of_visit.is_empty() {
        clinical.insert("xml1".into(), Value::Object(of_visit));
    }
    let mut lines = Object::new();
    for (table, row) in drugs.iter().map(|row| (2, row)).chain(services.iter().map(|row| (3, row))) {
        let of_line = rest(*row, &OF_LINE);
        if !of_line.is_empty() {
            lines.insert(ids.id(table, row.index()), Value::Object(of_line));
        }
    }
    if !lines.is_empty() {
        clinical.insert("lines".into(), Value::Object(lines));
    }
    for table in claim.tables() {
        let Some(number) = table.number().filter(|number| !(1..=3).contains(number)) else { continue };
        let rows: Vec<Value> = table.rows().map(|row| Value::Object(rest(row, &["MA_LK"]))).collect();
        if !rows.is_empty() {
            clinical.insert(format!("xml{number}"), Value::Array(rows));
        }
    }
    clinical
}

/// The fields of a row that have something and are not among these.
fn rest(row: Row<'_>, known: &[&str]) -> Object {
    let Some(schema) = row.table().number().and_then(|number| Schema::every_day().table(number)) else {
        return Object::new();
    };
    let of_field = |(place, value): (usize, crate::table::Value<'_>)| {
        let name = &schema.fields().get(place)?.name;
        let is_rest = !value.text.is_empty() && !known.contains(&&**name);
        is_rest.then(|| (name.to_string(), Value::from(value.text)))
    };
    row.values().filter_map(of_field).collect()
}
