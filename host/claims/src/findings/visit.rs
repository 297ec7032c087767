//! Table 1 of a claim, read once.

use std::sync::LazyLock;

use vienphi_domain::{Card, Day, Minute};
use vienphi_money::Amount;

use super::Given;
use super::lines::{place, text};
use super::rules::{RULES, Subject, has};
use crate::clock;
use crate::envelope::Claim;
use crate::schema::Schema;
use crate::table::Row;

/// What table 1 says of the visit. Texts are empty, and times `None`, where it says nothing or nothing readable.
pub(super) struct Visit<'c> {
    pub(super) given: Given<'c>,
    /// `None` when the claim has no table 1, or one without rows.
    pub(super) row: Option<Row<'c>>,
    pub(super) episode: &'c str,
    /// `MA_THE_BHYT` as it stands.
    pub(super) cards_text: &'c str,
    pub(super) cards: Vec<CardDays<'c>>,
    /// `NGAY_SINH`, the first day it may be.
    pub(super) birth: Option<Day>,
    pub(super) arrived: Option<Minute>,
    pub(super) admitted: Option<Minute>,
    pub(super) discharged: Option<Minute>,
    /// The day of discharge; of arrival, of receipt or the end of time when there is none.
    pub(super) end: Day,
    /// `MA_LOAI_KCB`.
    pub(super) kind: &'c str,
    /// `MA_DOITUONG_KCB`.
    pub(super) subject_code: &'c str,
    pub(super) subject: Option<&'static Subject>,
    pub(super) facility: &'c str,
    pub(super) department: &'c str,
    /// `NGAY_MIEN_CCT`.
    pub(super) exempt_from: Option<Day>,
    /// `NAM_NAM_LIEN_TUC`.
    pub(super) five_years_on: Option<Day>,
}

/// A card and the days on which it is valid.
#[derive(Clone, Copy)]
pub(super) struct CardDays<'c> {
    pub(super) number: &'c str,
    /// Open where it is not given; `None` when the two lists do not fit the cards.
    pub(super) days: Option<(Day, Day)>,
}

/// Places of the fields of table 1.
pub(super) struct Places {
    pub(super) episode: usize,
    pub(super) name: usize,
    pub(super) cards: usize,
    pub(super) registered: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) exempt: usize,
    pub(super) disease: usize,
    pub(super) other_diseases: usize,
    pub(super) subject: usize,
    pub(super) birth: usize,
    pub(super) arrived: usize,
    pub(super) admitted: usize,
    pub(super) discharged: usize,
    pub(super) days: usize,
    pub(super) result: usize,
    pub(super) ending: usize,
    pub(super) paid: usize,
    pub(super) year: usize,
    pub(super) month: usize,
    pub(super) kind: usize,
    pub(super) department: usize,
    pub(super) facility: usize,
    pub(super) five_years: usize,
    pub(super) patient: usize,
}

/// Where the fields of table 1 stand.
pub(super) static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let of = |name| place(Schema::every_day().table(1), name);
    Places {
        episode: of("MA_LK"),
        name: of("HO_TEN"),
        cards: of("MA_THE_BHYT"),
        registered: of("MA_DKBD"),
        from: of("GT_THE_TU"),
        to: of("GT_THE_DEN"),
        exempt: of("NGAY_MIEN_CCT"),
        disease: of("MA_BENH_CHINH"),
        other_diseases: of("MA_BENH_KT"),
        subject: of("MA_DOITUONG_KCB"),
        birth: of("NGAY_SINH"),
        arrived: of("NGAY_VAO"),
        admitted: of("NGAY_VAO_NOI_TRU"),
        discharged: of("NGAY_RA"),
        days: of("SO_NGAY_DTRI"),
        result: of("KET_QUA_DTRI"),
        ending: of("MA_LOAI_RV"),
        paid: of("NGAY_TTOAN"),
        year: of("NAM_QT"),
        month: of("THANG_QT"),
        kind: of("MA_LOAI_KCB"),
        department: of("MA_KHOA"),
        facility: of("MA_CSKCB"),
        five_years: of("NAM_NAM_LIEN_TUC"),
        patient: of("MA_BN"),
    }
});

impl<'c> Visit<'c> {
    pub(super) fn read(claim: &'c Claim, given: &Given<'c>) -> Visit<'c> {
        let row = claim.table(1).and_then(|table| table.row(0));
        let of = |place: usize| row.map_or("", |row| text(row, place));
        let places = &*PLACES;
        let arrived = clock::moment(of(places.arrived));
        let discharged = clock::moment(of(places.discharged));
        let last = discharged.or(arrived).map(Minute::day).or(given.received_on);
        let cards_text = of(places.cards);
        let subject_code = of(places.subject);
        Visit {
            given: *given,
            row,
            episode: of(places.episode),
            cards_text,
            cards: cards(cards_text, of(places.from), of(places.to)),
            birth: birth(of(places.birth)),
            arrived,
            admitted: clock::moment(of(places.admitted)),
            discharged,
            end: last.unwrap_or(Day::END_OF_TIME),
            kind: of(places.kind),
            subject_code,
            subject: RULES.subject(subject_code),
            facility: of(places.facility),
            department: of(places.department),
            exempt_from: any_day(of(places.exempt)),
            five_years_on: any_day(of(places.five_years)),
        }
    }

    /// A field of table 1; empty when it is not there.
    pub(super) fn text(&self, place: usize) -> &'c str {
        self.row.map_or("", |row| text(row, place))
    }

    /// An amount of table 1; `None` when it is empty or none.
    pub(super) fn amount(&self, place: usize) -> Option<Amount> {
        Amount::parse(self.text(place)).ok()
    }

    /// Inpatient, as route rates and the exam rule mean it (READINGS 7, 16).
    pub(super) fn is_inpatient(&self) -> bool {
        has(&RULES.shares.visit_types.inpatient, self.kind)
    }

    /// Whether a card of one of these objects is among its cards.
    pub(super) fn has_object(&self, objects: &[Box<str>]) -> bool {
        self.cards.iter().any(|card| card.number.get(..2).is_some_and(|object| has(objects, object)))
    }

    /// Whether a card of army, police or cipher may be among its cards, or one of another level that pays scope 3.
    pub(super) fn pays_scope_3(&self) -> bool {
        self.has_level(|level| level.pays_scope_3)
    }

    /// Whether a card may lift the ceiling of supplies.
    pub(super) fn lifts_ceiling(&self) -> bool {
        self.has_level(|level| level.lifts_ratio_and_ceiling)
    }

    /// A number without object may be of any level: the portal alone can say.
    fn has_level(&self, is_it: impl Fn(&super::rules::Level) -> bool) -> bool {
        let has = |digit: u8| RULES.levels.iter().any(|level| level.digit == digit && is_it(level));
        let mut cards = self.cards.iter().filter_map(|card| Card::parse(card.number));
        cards.any(|card| card.digit().is_none_or(has))
    }
}

/// The cards with their days. Lists of other lengths than the cards leave the days unknown.
fn cards<'c>(numbers: &'c str, from: &'c str, to: &'c str) -> Vec<CardDays<'c>> {
    if numbers.is_empty() {
        return Vec::new();
    }
    let count = numbers.split(';').count();
    let fits = |list: &str| list.split(';').count() == count;
    let mut ends = to.split(';');
    let mut starts = from.split(';');
    let of_list = numbers.split(';').map(|number| {
        let (start, end) = (starts.next().unwrap_or_default(), ends.next().unwrap_or_default());
        let day = |text: &str, open: Day| if text.is_empty() { Some(open) } else { clock::day(text) };
        let days = day(start, Day::BEGINNING).zip(day(end, Day::END_OF_TIME));
        CardDays { number: number.trim(), days: days.filter(|_| fits(from) && fits(to)) }
    });
    of_list.collect()
}

/// A day, or the day of a moment.
fn any_day(text: &str) -> Option<Day> {
    clock::day(text).or_else(|| clock::moment(text).map(Minute::day))
}

/// The first day that a birth may be; month and day may be 0.
fn birth(text: &str) -> Option<Day> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
    let year = i32::try_from(number(0..4)?).ok()?;
    Day::of(year, number(4..6)?.max(1), number(6..8)?.max(1))
}
