// The rules that this tariff names: number, name, words and ground.
//
// They are national rules and bear the numbers and words of `sdk/guest/src/rules.rs`: a statement that is kept for
// years refers to them, so whoever applies a national rule must call it the same. Rules of your own start at 1000.

export const LISTED_PRICE = 1;
export const OWN_PRICE = 2;
export const REGIONAL_ANAESTHESIA = 3;
export const STOPPED_SERVICE = 4;
export const RATIO_OVERRIDE = 5;
export const SENT_OUT = 6;
export const EXAM_FIRST = 10;
export const EXAM_SECOND_TO_FOURTH = 11;
export const EXAM_FIFTH = 12;
export const EXAM_LATER = 13;
export const EXAM_REPEAT = 14;
export const EXAM_INPATIENT = 15;
export const EXAM_QUEUE_FULL = 16;
export const EXAM_PRIOR_VISIT = 17;
export const OPERATION_MAIN = 40;
export const OPERATION_SAME_TEAM = 41;
export const OPERATION_OTHER_TEAM = 42;
export const OPERATION_PROCEDURE = 43;
export const SUPPLIES_OF_A_SERVICE = 50;
export const TRANSPORT_BY_FUEL = 51;

// Texts of the law that several rules stand on.
const EXAMS = "TT 39/2024/TT-BYT (TT 35/2016 Điều 4b); READINGS 16";
const OPERATIONS = "QĐ 4750/QĐ-BYT Bảng 3 (TYLE_TT_DV); READINGS 21";

// The host shows a note of a rule as loudly as its severity says.
export const RULES = [
  {
    id: LISTED_PRICE,
    name: "listed-price",
    severity: "none",
    vietnamese: "Giá theo danh mục được phê duyệt, có hiệu lực vào ngày áp giá",
    english: "Price of the approved list in force on the price day",
    ground: "Luật 15/2023/QH15 Điều 110; READINGS 1, 24",
  },
  {
    id: OWN_PRICE,
    name: "own-price",
    severity: "none",
    vietnamese: "Giá trúng thầu hoặc giá mua do cơ sở kê khai",
    english: "The tender or purchase price the facility declares",
    ground: "QĐ 4750/QĐ-BYT Bảng 2, 3 (DON_GIA); READINGS 1",
  },
  {
    id: REGIONAL_ANAESTHESIA,
    name: "regional-anaesthesia",
    severity: "none",
    vietnamese: "Giá riêng khi gây tê (mã _GT)",
    english: "Its own price under local or regional anaesthesia (_GT code)",
    ground: "QĐ 4750/QĐ-BYT Bảng 3; READINGS 22",
  },
  {
    id: STOPPED_SERVICE,
    name: "stopped-service",
    severity: "none",
    vietnamese: "Dịch vụ phải ngừng: giá dịch vụ 0, vẫn tính thuốc và vật tư đã dùng",
    english: "A stopped service has price 0; its drugs and supplies are still paid",
    ground: "QĐ 4750/QĐ-BYT Bảng 3 (_TB); READINGS 22",
  },
  {
    id: RATIO_OVERRIDE,
    name: "ratio-override",
    severity: "warn",
    vietnamese: "Tỷ lệ thanh toán dịch vụ do cơ sở kê khai thay cho tỷ lệ theo quy định",
    english: "The sender's own service ratio is used in place of the rule's",
    ground: "READINGS 22",
  },
  {
    id: SENT_OUT,
    name: "sent-out",
    severity: "none",
    vietnamese: "Mẫu gửi cơ sở khác (mã .K.): theo dòng giá của mã gốc khi không có dòng riêng",
    english: "Sample sent to another facility (.K. code): the base code's row when it has none of its own",
    ground: "QĐ 4750/QĐ-BYT Bảng 3; READINGS 22",
  },
  {
    id: EXAM_FIRST,
    name: "exam-first",
    severity: "none",
    vietnamese: "Lần khám đầu: 100 %",
    english: "First examination of the visit: 100 %",
    ground: EXAMS,
  },
  {
    id: EXAM_SECOND_TO_FOURTH,
    name: "exam-second-to-fourth",
    severity: "none",
    vietnamese: "Khám chuyên khoa khác, lần thứ 2 đến thứ 4: 30 %",
    english: "Another specialty, second to fourth examination: 30 %",
    ground: EXAMS,
  },
  {
    id: EXAM_FIFTH,
    name: "exam-fifth",
    severity: "none",
    vietnamese: "Khám chuyên khoa khác, lần thứ 5: 10 %",
    english: "Another specialty, fifth examination: 10 %",
    ground: EXAMS,
  },
  {
    id: EXAM_LATER,
    name: "exam-later",
    severity: "none",
    vietnamese: "Từ lần khám thứ 6: không thanh toán",
    english: "From the sixth examination: not paid",
    ground: EXAMS,
  },
  {
    id: EXAM_REPEAT,
    name: "exam-repeat",
    severity: "warn",
    vietnamese: "Khám lại cùng chuyên khoa trong một lượt, hoặc trong ngày tại cơ sở: không thanh toán",
    english: "The same specialty again in one visit, or in the day at the facility: not paid",
    ground: EXAMS,
  },
  {
    id: EXAM_INPATIENT,
    name: "exam-inpatient",
    severity: "warn",
    vietnamese: "Người bệnh nội trú chỉ thanh toán một lần khám",
    english: "An inpatient visit has one examination",
    ground: EXAMS,
  },
  {
    id: EXAM_QUEUE_FULL,
    name: "exam-queue-full",
    severity: "none",
    vietnamese: "Bàn khám quá 65 lượt trong ngày: 50 %",
    english: "Beyond 65 examinations at one table that day: 50 %",
    ground: EXAMS,
  },
  {
    id: EXAM_PRIOR_VISIT,
    name: "exam-prior-visit",
    severity: "inform",
    vietnamese: "Tiếp tục thứ tự khám của lượt trước cùng ngày tại cơ sở (cách hiểu chưa được văn bản xác nhận)",
    english: "Continues the sequence of an earlier visit of the day (a reading no text seen confirms)",
    ground: "READINGS 16 [U]",
  },
  {
    id: OPERATION_MAIN,
    name: "operation-main",
    severity: "none",
    vietnamese: "Phẫu thuật chính (giá cao nhất): 100 %",
    english: "The main (dearest) operation: 100 %",
    ground: OPERATIONS,
  },
  {
    id: OPERATION_SAME_TEAM,
    name: "operation-same-team",
    severity: "none",
    vietnamese: "Phẫu thuật tiếp theo, cùng kíp: 50 %",
    english: "A further operation by the same team: 50 %",
    ground: OPERATIONS,
  },
  {
    id: OPERATION_OTHER_TEAM,
    name: "operation-other-team",
    severity: "none",
    vietnamese: "Phẫu thuật tiếp theo, khác kíp: 80 %",
    english: "A further operation by another team: 80 %",
    ground: OPERATIONS,
  },
  {
    id: OPERATION_PROCEDURE,
    name: "operation-procedure",
    severity: "none",
    vietnamese: "Thủ thuật kèm theo phẫu thuật: 80 %",
    english: "An extra procedure inside an operation: 80 %",
    ground: OPERATIONS,
  },
  {
    id: SUPPLIES_OF_A_SERVICE,
    name: "supplies-of-a-service",
    severity: "none",
    vietnamese: "Vật tư của một lần dùng dịch vụ: tổng không quá 45 tháng mức tham chiếu",
    english: "Supplies of one service: together at most 45 × the reference amount",
    ground: "TT 04/2017/TT-BYT, TT 24/2025/TT-BYT; READINGS 23",
  },
  {
    id: TRANSPORT_BY_FUEL,
    name: "transport-by-fuel",
    severity: "none",
    vietnamese: "Vận chuyển tính theo nhiên liệu: không nhân mức hưởng, chỉ khi đúng tuyến",
    english: "Transport by fuel: not reduced by the card's rate, only on route",
    ground: "READINGS 29 [U]",
  },
];
