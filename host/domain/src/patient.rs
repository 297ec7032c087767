//! Who a patient is: the identity that is kept apart from bills, and the words it is found by.

use serde::{Deserialize, Serialize};

use crate::encounter::Sex;
use crate::json::Json;
use crate::reader::Node;
use crate::time::Day;
use vienphi_text::fold;

/// A patient's identity. It is written nowhere in clear but in an answer to somebody who may read it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The facility's own id of the patient (MA_BN).
    pub id: String,
    /// HO_TEN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// SO_CCCD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_number: Option<String>,
    /// NGAY_SINH.
    pub birth_date: String,
    /// GIOI_TINH in words.
    pub sex: String,
    /// DIA_CHI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// DIEN_THOAI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Card numbers seen in the patient's encounters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<String>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity { .. }")
    }
}

impl Identity {
    /// Reads the identity that a sender writes, an id aside, which it may leave to us.
    pub fn read(node: &Node<'_, '_>, id: Option<&str>) -> Option<Identity> {
        let node = node.private();
        let [own_id, name, id_number, birth_date, sex, address, phone, newborn] =
            node.fields(["id", "name", "id_number", "birth_date", "sex", "address", "phone", "newborn"])?;
        if let Some([mother_visit, weight_g]) = newborn.fields(["mother_visit", "weight_g"]) {
            mother_visit.text();
            weight_g.whole(100..=10_000);
        }
        let text = |node: &Node<'_, '_>| node.text().map(str::to_owned);
        let own_id = own_id.form(read_id, "must be 1 to 100 printable characters");
        let day: Option<Day> = birth_date.required().day();
        let sex = sex.required().choice(Sex::WORDS);
        let id_number = id_number.form(read_id_number, "must be the 12 digits of a CCCD, or 9 of an older paper");
        let phone = phone.form(read_phone, "must be a telephone number of 8 to 15 digits");
        let (name, address) = (text(&name), text(&address));
        Some(Identity {
            id: own_id.or_else(|| id.map(str::to_owned)).unwrap_or_default(),
            name,
            id_number,
            birth_date: day?.to_string(),
            sex: sex?.word().to_owned(),
            address,
            phone,
            cards: Vec::new(),
        })
    }

    /// The identity in an encounter that was read without faults; its id is the encounter's when it has none.
    pub fn of_encounter(document: &[u8], encounter: &str) -> Option<Identity> {
        let json = Json::parse(document).ok()?;
        let Json::Object(entries) = &json else { return None };
        let field = |wanted: &str| entries.iter().find(|(key, _)| key == wanted).map(|(_, value)| value);
        let text = |value: &Json<'_>, wanted: &str| match value {
            Json::Object(entries) => entries.iter().find(|(key, _)| key == wanted).and_then(|(_, value)| match value {
                Json::Text(text) if !text.is_empty() => Some(text.to_string()),
                _ => None,
            }),
            _ => None,
        };
        let patient = field("patient")?;
        let mut cards = Vec::new();
        if let Some(Json::List(coverages)) = field("coverages") {
            cards.extend(coverages.iter().filter_map(|coverage| text(coverage, "card")));
        }
        cards.sort();
        cards.dedup();
        Some(Identity {
            id: text(patient, "id").unwrap_or_else(|| encounter.to_owned()),
            name: text(patient, "name"),
            id_number: text(patient, "id_number"),
            birth_date: text(patient, "birth_date").unwrap_or_default(),
            sex: text(patient, "sex").unwrap_or_default(),
            address: text(patient, "address"),
            phone: text(patient, "phone"),
            cards,
        })
    }

    /// The words it is found by: numbers whole, a name word by word without marks, and its words two by two and three by three.
    pub fn words(&self) -> Vec<String> {
        let name = name_words(self.name.as_deref().unwrap_or_default());
        let mut words: Vec<String> = name.iter().map(|word| one(word)).collect();
        let joined = &name[..name.len().min(JOINED)];
        for (place, first) in joined.iter().enumerate() {
            for (between, second) in joined.iter().enumerate().skip(place + 1) {
                words.push(together(&[first, second]));
                words.extend(joined.iter().skip(between + 1).map(|third| together(&[first, second, third])));
            }
        }
        words.extend(self.id_number.as_deref().map(number_word));
        words.extend(self.phone.as_deref().map(number_word));
        for card in &self.cards {
            words.push(number_word(card));
            // The ten digits of the social-insurance number are all that newer cards show.
            if card.len() == 15 {
                words.push(number_word(&card[5..]));
            }
        }
        words.push(number_word(&self.id));
        words.sort();
        words.dedup();
        words
    }
}

/// Of a longer name only so many words are found together.
const JOINED: usize = 10;

/// What to look for when somebody types `query`, all of which must be there: a number, a word of a name, two of its words, or its words
/// three by three.
///
/// A third of all people are called Nguyễn and as many Thị: what finds somebody quickly among a million is that she is called Lan, too.
pub fn search_words(query: &str) -> Vec<String> {
    if query.bytes().any(|byte| byte.is_ascii_digit()) {
        return vec![number_word(query)];
    }
    let mut words = name_words(query);
    words.truncate(JOINED);
    match words.as_slice() {
        [] => Vec::new(),
        [only] => vec![one(only)],
        [first, second] => vec![together(&[first, second])],
        _ => words.windows(3).map(|three| together(&three.iter().collect::<Vec<_>>())).collect(),
    }
}

/// The words of a name without marks, each once, in their order.
fn name_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in fold(name).split_whitespace() {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

fn one(word: &str) -> String {
    format!("n:{word}")
}

/// Words of a name, in whichever order they are typed.
fn together(words: &[&String]) -> String {
    let mut words: Vec<&str> = words.iter().map(|word| word.as_str()).collect();
    words.sort_unstable();
    format!("p:{}", words.join(" "))
}

/// A number without the spaces, dots and dashes that people put into it; a telephone number as dialled at home.
fn number_word(number: &str) -> String {
    let kept: String = number.chars().filter(|letter| !matches!(letter, ' ' | '.' | '-' | '(' | ')')).collect();
    let kept = kept.strip_prefix("+84").map_or(kept.clone(), |rest| format!("0{rest}"));
    format!("i:{}", kept.to_uppercase())
}

fn read_id(text: &str) -> Option<String> {
    let printable = !text.chars().any(char::is_control);
    (printable && (1..=100).contains(&text.chars().count())).then(|| text.to_owned())
}

fn read_id_number(text: &str) -> Option<String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    (digits && matches!(text.len(), 9 | 12)).then(|| text.to_owned())
}

fn read_phone(text: &str) -> Option<String> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let known =
        text.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '+' | ' ' | '.' | '-' | '(' | ')'));
    (known && (8..=15).contains(&digits)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Faults;

    #[test]
    fn a_patient_is_found_by_card_number_phone_and_name() {
        let document = r#"{"id":"L1","patient":{"name":"Nguyễn Văn Mẫu","id_number":"092061000001","phone":"+84 912 345 678",
            "birth_date":"1961-04-02","sex":"female"},"coverages":[{"card":"DN4920000000001"}]}"#;
        let words = Identity::of_encounter(document.as_bytes(), "L1").unwrap().words();
        for query in [
            "nguyen mau",
            "mau van nguyen",
            "Nguyễn Văn Mẫu",
            "mau mau",
            "VĂN",
            "0912345678",
            "092061000001",
            "DN4920000000001",
            "0000000001",
            "dn4920000000001",
        ] {
            assert!(search_words(query).iter().all(|word| words.contains(word)), "{query} {words:?}");
        }
        for other in ["nguyen binh", "nguyen van binh", "binh van nguyen", "binh"] {
            assert!(!search_words(other).iter().all(|word| words.contains(word)), "{other}");
        }
        assert!(search_words(" ").is_empty());
    }

    #[test]
    fn any_words_of_a_name_find_it_and_no_other_does() {
        let words = Identity { name: Some("Trần Thị Ngọc Lan Hương".into()), ..Identity::default() }.words();
        let finds = |query: &str| search_words(query).iter().all(|word| words.contains(word));
        for query in
            ["lan", "huong tran", "lan ngoc tran", "tran huong ngoc lan", "Hương Lan Ngọc Thị Trần", "thi thi lan"]
        {
            assert!(finds(query), "{query}");
        }
        for query in ["hoa", "lan hoa", "tran thi hoa", "hoa tran thi lan", "tran thi ngoc lan huong hoa"] {
            assert!(!finds(query), "{query}");
        }
        // A whole name of three words is one thing to look for, however many are called by any two of them.
        assert_eq!(search_words("Nguyễn Thị Lan"), ["p:lan nguyen thi"]);
    }

    #[test]
    fn nothing_of_it_is_printed_by_accident() {
        let identity = Identity { name: Some("Nguyễn".into()), ..Identity::default() };
        assert_eq!(format!("{identity:?}"), "Identity { .. }");
    }

    #[test]
    fn every_fault_is_named_and_no_number_repeated() {
        let json = Json::parse(br#"{"id_number":"12x","birth_date":"1961-04-31","sex":"f","phone":"1"}"#).unwrap();
        let faults = Faults::default();
        assert!(Identity::read(&Node::root(&json, &faults), None).is_none());
        let faults = faults.into_list();
        assert_eq!(faults.len(), 4, "{faults:?}");
        assert!(faults.iter().all(|fault| !fault.message.contains("12x")));
    }
}
