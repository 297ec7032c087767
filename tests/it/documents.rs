//! What the documents for authors of plugins say is what the tree has.

use acceptance::checkout;

fn read(path: &str) -> String {
    std::fs::read_to_string(checkout::root().join(path)).unwrap()
}

#[test]
fn the_reference_has_every_limit_with_its_value() {
    let reference = read("docs/plugins/reference.md");
    let policy: toml::Table = toml::from_str(&read("policies/sandbox/tariff.toml")).unwrap();
    for (section, keys) in &policy {
        for (key, value) in keys.as_table().unwrap() {
            let rows = reference.lines().filter(|line| line.starts_with(&format!("| `{key}` |")));
            let values: Vec<String> = rows.map(|row| row.split('|').nth(2).unwrap().replace(' ', "")).collect();
            assert!(values.contains(&value.to_string()), "[{section}] {key} = {value}: {values:?}");
        }
    }
}

#[test]
fn the_reference_has_every_name_of_the_contract() {
    let reference = read("docs/plugins/reference.md");
    let contract = read("sdk/wit/0.2.0/tariff.wit");
    let mut names = 0;
    for line in contract.lines().map(str::trim).filter(|line| !line.starts_with("///")) {
        // Fields (`name: type,`) and types (`record name {`).
        let field = line.split_once(':').map(|(name, _)| name.trim()).filter(|name| !name.contains(' '));
        let of_type = ["record ", "enum ", "variant "].iter().find_map(|kind| line.strip_prefix(kind));
        let of_type = of_type.and_then(|rest| rest.split(' ').next());
        for name in field.into_iter().chain(of_type) {
            // A type may be spoken of by the list of it.
            let is_named = ["", "s"].iter().any(|ending| reference.contains(&format!("`{name}{ending}`")));
            assert!(is_named, "{name} is not in the reference");
            names += 1;
        }
    }
    assert!(names > 80, "only {names} names were looked for");
}

/// Every problem has its name on pages, in both languages.
#[test]
fn every_problem_is_named_on_pages() {
    let mut kinds = std::collections::BTreeSet::new();
    each_source(&["host"], |source| {
        let found = source.split("urn:vienphi:problem:").skip(1);
        let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '-';
        let names = found.map(|rest| rest.chars().take_while(|letter| is_name(*letter)).collect::<String>());
        kinds.extend(names.filter(|name| !name.is_empty()));
    });
    assert!(kinds.len() > 60, "only {} kinds were found", kinds.len());
    for texts in [read("host/web/texts/vi.ftl"), read("host/web/texts/en.ftl")] {
        for kind in &kinds {
            assert!(texts.contains(&format!("\nproblem-{kind} = ")), "{kind} has no name");
        }
    }
}

/// Each sentence that pages have in Vietnamese is one that the interface says: its longest piece stands in the sources.
#[test]
fn pages_translate_what_the_interface_says() {
    let mut sources = String::new();
    each_source(&["host", "sdk"], |source| sources += &source);
    // Long texts go on in the next line.
    let mut said = String::new();
    let mut pieces = sources.split("\\\n");
    said += pieces.next().unwrap();
    for piece in pieces {
        said += piece.trim_start();
    }
    let said = said.replace("\\\"", "\"");
    let sentences = read("host/web/texts/interface.vi");
    let mut count = 0;
    for line in sentences.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', ' '])) {
        // What was sent is named behind many of them.
        let longest = line.trim_end_matches(", not {}").split("{}").max_by_key(|piece| piece.len()).unwrap();
        assert!(said.contains(longest), "nothing says {longest:?} any more");
        count += 1;
    }
    assert!(count > 80, "only {count} sentences were looked for");
}

/// Every source below folders of the checkout.
fn each_source(folders: &[&str], mut with: impl FnMut(String)) {
    let mut folders: Vec<_> = folders.iter().map(|folder| checkout::root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                with(std::fs::read_to_string(&path).unwrap());
            }
        }
    }
}

#[test]
fn every_way_a_call_can_fail_is_in_the_list_of_errors() {
    let errors = read("docs/plugins/errors.md");
    let source = read("host/runtime/src/error.rs") + &read("host/runtime/src/answer.rs");
    let mut messages = 0;
    // `#[error("…")]`: the words between what is filled in must be there.
    for message in source.split("#[error(\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(words, _)| words) {
        let pieces: Vec<&str> = message.split(['{', '}']).step_by(2).filter(|piece| piece.len() > 8).collect();
        for piece in pieces {
            assert!(errors.contains(piece.trim()), "{message:?} is not in docs/plugins/errors.md ({piece:?})");
        }
        messages += 1;
    }
    assert!(messages > 15, "only {messages} messages were looked for");
    for guest in acceptance::guests::all().iter().filter(|guest| !guest.expected.error.is_empty()) {
        assert!(errors.contains(&format!("`{}`", guest.expected.error)), "{} is not listed", guest.expected.error);
    }
}
