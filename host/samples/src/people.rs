//! People who do not exist: names of common parts, numbers that nobody has.

use fastrand::Rng;
use serde_json::{Value, json};
use vienphi_domain::Day;

use crate::random::{often, word};

const FAMILY: [&str; 16] = [
    "Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Hoàng", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương",
    "Lý",
];
const MIDDLE_OF_MEN: [&str; 8] = ["Văn", "Hữu", "Đức", "Minh", "Quốc", "Thanh", "Công", "Ngọc"];
const MIDDLE_OF_WOMEN: [&str; 8] = ["Thị", "Ngọc", "Thanh", "Kim", "Thu", "Hồng", "Bích", "Mỹ"];
const GIVEN_OF_MEN: [&str; 12] =
    ["An", "Bình", "Cường", "Dũng", "Hải", "Hùng", "Khoa", "Long", "Nam", "Phúc", "Sơn", "Tuấn"];
const GIVEN_OF_WOMEN: [&str; 12] =
    ["Anh", "Bích", "Chi", "Dung", "Hà", "Hạnh", "Lan", "Mai", "Nga", "Oanh", "Phượng", "Trang"];

/// Somebody's name, the same for the same number. 38 of 100 are called Nguyễn, as in life.
pub fn name(number: u64) -> String {
    let mut rng = Rng::with_seed(number);
    let family = if often(&mut rng, 38) { "Nguyễn" } else { word(&mut rng, &FAMILY[1..]) };
    let (middle, given) = if rng.bool() { (MIDDLE_OF_WOMEN, GIVEN_OF_WOMEN) } else { (MIDDLE_OF_MEN, GIVEN_OF_MEN) };
    format!("{family} {} {}", word(&mut rng, &middle), word(&mut rng, &given))
}

/// A patient.
pub(crate) struct Person {
    name: String,
    pub(crate) is_woman: bool,
    pub(crate) birth: Day,
    /// The last ten characters of every card of theirs: the insurance number.
    pub(crate) insurance_number: String,
    id: String,
    identity: String,
    phone: String,
}

impl Person {
    /// Somebody of an age, in whole years, on a day.
    pub(crate) fn new(rng: &mut Rng, number: u64, age: i32, is_woman: bool, day: Day) -> Person {
        let (middle, given) = if is_woman {
            (word(rng, &MIDDLE_OF_WOMEN), word(rng, &GIVEN_OF_WOMEN))
        } else {
            (word(rng, &MIDDLE_OF_MEN), word(rng, &GIVEN_OF_MEN))
        };
        let (year, month, of_month) = day.calendar();
        // The birthday of that age was up to a year ago; the 29th of February is moved.
        let birthday = Day::of(year - age, month, of_month.min(28)).unwrap_or(day);
        let birth = birthday.plus_days(-rng.i32(0..360));
        // Digits of sex and century, as in identity papers; 999 is no province.
        let century = (birth.year() / 100 - 19).clamp(0, 4) * 2 + i32::from(is_woman);
        let tail = number % 1_000_000;
        Person {
            name: format!("{} {middle} {given}", word(rng, &FAMILY)),
            is_woman,
            birth,
            insurance_number: format!("9999{tail:06}"),
            id: format!("BN{number:08}"),
            identity: format!("999{century}{:02}{tail:06}", birth.year().rem_euclid(100)),
            phone: format!("0000{tail:06}"),
        }
    }

    /// A child born that day: no identity paper yet.
    pub(crate) fn born(rng: &mut Rng, number: u64, day: Day) -> Person {
        let is_woman = rng.bool();
        let mut person = Person::new(rng, number, 0, is_woman, day);
        person.birth = day;
        person.identity = String::new();
        person
    }

    /// `patient` of the encounter.
    pub(crate) fn told(&self, rng: &mut Rng) -> Value {
        let mut told = json!({
            "id": self.id,
            "name": self.name,
            "birth_date": self.birth.to_string(),
            "sex": if self.is_woman { "female" } else { "male" },
            "address": format!("Số {}, đường Mẫu, phường Mẫu", rng.u32(1..900)),
        });
        if !self.identity.is_empty() {
            told["id_number"] = self.identity.clone().into();
        }
        if often(rng, 80) {
            told["phone"] = self.phone.clone().into();
        }
        told
    }

    /// A weight in kilograms, two decimals, for an age.
    pub(crate) fn weight(&self, rng: &mut Rng, day: Day) -> String {
        let kilograms = match day.age_of(self.birth) {
            age @ 0..=15 => 4 + age * 3 + rng.i32(0..4),
            _ => rng.i32(42..85),
        };
        format!("{kilograms}.{:02}", rng.u32(..100))
    }
}
