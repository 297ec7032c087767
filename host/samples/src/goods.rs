//! Drugs and supplies with tender prices of their own; every name ends as no product's does.

/// A drug or a unit of blood.
pub(crate) struct Drug {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) strength: &'static str,
    pub(crate) unit: &'static str,
    /// DUONG_DUNG.
    pub(crate) way: &'static str,
    pub(crate) form: &'static str,
    /// The lowest price, in đồng; the highest is half as much again.
    pub(crate) price: u32,
    /// How many a day.
    pub(crate) daily: u32,
}

macro_rules! drugs {
    ($($code:literal $name:literal $strength:literal $unit:literal $way:literal $form:literal $price:literal $daily:literal;)*) => {
        &[$(Drug {
            code: $code, name: $name, strength: $strength, unit: $unit, way: $way, form: $form, price: $price, daily: $daily,
        }),*]
    };
}

/// MA_NHOM 4, in the list of the insurer.
pub(crate) const DRUGS: &[Drug] = drugs! {
    "40.2" "Paracetamol mẫu" "500 mg" "Viên" "1.01" "Viên nén" 320 3;
    "40.30" "Diclofenac mẫu" "50 mg" "Viên" "1.01" "Viên nén bao" 290 2;
    "40.154" "Amoxicilin mẫu" "500 mg" "Viên" "1.01" "Viên nang" 1150 3;
    "40.163" "Cefotaxim mẫu" "1 g" "Lọ" "2.10" "Bột pha tiêm" 7850 2;
    "40.169" "Ceftriaxon mẫu" "1 g" "Lọ" "2.10" "Bột pha tiêm" 9200 2;
    "40.212" "Metronidazol mẫu" "500 mg/100 ml" "Chai" "2.15" "Dung dịch truyền" 8100 2;
    "40.476" "Amlodipin mẫu" "5 mg" "Viên" "1.01" "Viên nén" 210 1;
    "40.491" "Losartan mẫu" "50 mg" "Viên" "1.01" "Viên nén bao" 480 1;
    "40.549" "Atorvastatin mẫu" "20 mg" "Viên" "1.01" "Viên nén bao" 620 1;
    "40.677" "Omeprazol mẫu" "20 mg" "Viên" "1.01" "Viên nang" 350 2;
    "40.807" "Metformin mẫu" "850 mg" "Viên" "1.01" "Viên nén bao" 540 2;
    "40.820" "Insulin mẫu" "100 IU/ml" "Lọ" "2.14" "Hỗn dịch tiêm" 61000 1;
    "40.980" "Salbutamol mẫu" "2,5 mg" "Ống" "5.05" "Dung dịch khí dung" 4300 3;
    "40.1011" "Glucose mẫu" "5 % 500 ml" "Chai" "2.15" "Dung dịch truyền" 7600 2;
    "40.1021" "Natri clorid mẫu" "0,9 % 500 ml" "Chai" "2.15" "Dung dịch truyền" 6300 3;
    "40.1028" "Ringer lactat mẫu" "500 ml" "Chai" "2.15" "Dung dịch truyền" 7100 2;
};

/// MA_NHOM 6: paid by a ratio.
pub(crate) const DRUGS_BY_RATIO: &[Drug] = drugs! {
    "40.990" "Dinh dưỡng truyền mẫu" "500 ml" "Chai" "2.15" "Nhũ tương truyền" 118000 1;
    "40.996" "Acid amin mẫu" "10 % 250 ml" "Chai" "2.15" "Dung dịch truyền" 72500 1;
};

/// MA_NHOM 7 and 17.
pub(crate) const BLOOD: &[Drug] = drugs! {
    "MAU.01" "Khối hồng cầu mẫu" "250 ml" "Đơn vị" "2.15" "Chế phẩm máu" 868000 1;
    "MAU.02" "Huyết tương tươi mẫu" "200 ml" "Đơn vị" "2.15" "Chế phẩm máu" 182000 1;
};

/// A supply: code, name, unit, the lowest price in đồng.
pub(crate) type Supply = (&'static str, &'static str, &'static str, u32);

/// MA_NHOM 10.
pub(crate) const SUPPLIES: &[Supply] = &[
    ("N01.01.010", "Bông y tế mẫu", "Gói", 1200),
    ("N02.01.040", "Băng dính mẫu", "Cuộn", 9800),
    ("N03.01.020", "Bơm tiêm mẫu 5 ml", "Cái", 610),
    ("N03.02.060", "Kim luồn tĩnh mạch mẫu", "Cái", 2450),
    ("N03.05.010", "Dây truyền dịch mẫu", "Bộ", 3150),
    ("N05.02.030", "Chỉ khâu tiêu mẫu", "Sợi", 38500),
    ("N04.01.050", "Ống thông tiểu mẫu", "Cái", 7900),
];

/// Dear ones, of operations.
pub(crate) const IMPLANTS: &[Supply] = &[
    ("N07.01.240", "Ghim khâu máy mẫu", "Cái", 1_850_000),
    ("N07.04.050", "Lưới điều trị thoát vị mẫu", "Miếng", 3_400_000),
    ("N06.04.050", "Bộ dụng cụ thay thế mẫu", "Bộ", 31_000_000),
];
