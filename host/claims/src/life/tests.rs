//! Every pair of state and event, and what no way leads to.

use super::*;

/// What becomes of each state by the events, in the order of their words; `-` where nothing does.
const TABLE: [(&str, &str); 10] = [
    ("draft", "checked draft - - - - - - - - withdrawn replaced"),
    ("checked", "checked draft signed sending - - - - - - withdrawn replaced"),
    ("signed", "- - - sending - - - - - - withdrawn replaced"),
    ("sending", "- - - - sent - - - - - withdrawn replaced"),
    ("sent", "- - - - - sending received refused unknown - - -"),
    ("received", "- - - - - - - - - - withdrawn replaced"),
    ("refused", "- - - - - - - - - - withdrawn replaced"),
    ("unknown", "- - - - - - received refused unknown sending - -"),
    ("withdrawn", "- - - - - - - - - - - -"),
    ("replaced", "- - - - - - - - - - - -"),
];

#[test]
fn every_pair_of_state_and_event_is_decided() {
    assert_eq!(TABLE.map(|(word, _)| word), State::WORDS.map(|(word, _)| word));
    for ((word, row), (_, state)) in TABLE.iter().zip(State::WORDS) {
        let expected: Vec<&str> = row.split(' ').collect();
        let found: Vec<&str> =
            Event::WORDS.iter().map(|(_, event)| state.after(*event).map_or("-", ClaimState::word)).collect();
        assert_eq!(found, expected, "{word}");
        assert_eq!(State::parse(word), Some(state));
    }
    for (word, event) in Event::WORDS {
        assert_eq!((event.word(), Event::parse(word)), (word, Some(event)));
    }
    assert_eq!((State::parse("gone"), Event::parse("gone")), (None, None));
}

/// A file that may be with the portal leaves again only after somebody said that it is not there, or that it was not taken.
#[test]
fn nothing_is_sent_twice_without_a_word_in_between() {
    let mut ways = vec![(State::Sent, 0)];
    while let Some((state, steps)) = ways.pop() {
        for (_, event) in Event::WORDS {
            if matches!(event, Event::Absent | Event::NotTaken) {
                continue;
            }
            match state.after(event) {
                Some(State::Sending) => panic!("{state:?} by {event:?}"),
                Some(next) if steps < 10 => ways.push((next, steps + 1)),
                _ => {}
            }
        }
    }
}
