//! Every word of the pages, in Vietnamese and English (Fluent), checked at start: both languages say the same things.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lang {
    /// Vietnamese, when nothing else was asked for.
    Vi,
    /// English.
    En,
}

impl Lang {
    /// As `lang` of a page and as the cookie has it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Lang::Vi => "vi",
            Lang::En => "en",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Lang> {
        match word {
            "vi" => Some(Lang::Vi),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// The other one.
    pub(crate) fn other(self) -> Lang {
        match self {
            Lang::Vi => Lang::En,
            Lang::En => Lang::Vi,
        }
    }

    /// One of two texts.
    pub(crate) fn pick<'t>(self, vi: &'t str, en: &'t str) -> &'t str {
        match self {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }

    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        static VI: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle("vi", SOURCES[0]));
        static EN: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle("en", SOURCES[1]));
        match self {
            Lang::Vi => &VI,
            Lang::En => &EN,
        }
    }

    /// A text by its name; the name itself where there is none, which a test rules out.
    pub(crate) fn t(self, name: &str) -> String {
        self.with(name, &[])
    }

    /// A text about something.
    pub(crate) fn about(self, name: &str, about: impl std::fmt::Display) -> String {
        self.with(name, &[("about", about.to_string())])
    }

    fn with(self, name: &str, values: &[(&str, String)]) -> String {
        let bundle = self.bundle();
        let Some(pattern) = bundle.get_message(name).and_then(|message| message.value()) else {
            return name.to_owned();
        };
        let mut given = FluentArgs::new();
        for (name, value) in values {
            given.set(*name, FluentValue::from(value.as_str()));
        }
        bundle.format_pattern(pattern, Some(&given), &mut Vec::new()).into_owned()
    }

    /// A word of the interface, such as `settlement`, as people call it; the word itself when a later program made it.
    pub(crate) fn word_of(self, kind: &str, word: impl std::fmt::Display) -> String {
        let name = format!("{kind}-{word}");
        let text = self.t(&name);
        if text == name { word.to_string() } else { text }
    }
}

const SOURCES: [&str; 2] = [include_str!("../../texts/vi.ftl"), include_str!("../../texts/en.ftl")];

fn bundle(language: &str, source: &str) -> FluentBundle<FluentResource> {
    let language = language.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Marks of direction around what is put in would be copied with it.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    if let Err(errors) = bundle.add_resource(resource) {
        tracing::error!(?errors, "texts of the pages are given twice");
    }
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(source: &str) -> BTreeSet<&str> {
        source.lines().filter_map(|line| line.split_once(" =")).map(|(name, _)| name).collect()
    }

    #[test]
    fn both_languages_say_the_same_things() {
        for source in SOURCES {
            assert!(FluentResource::try_new(source.to_owned()).is_ok());
            // Of a text that is given twice the first is shown.
            assert_eq!(source.lines().filter(|line| line.contains(" =")).count(), names(source).len());
        }
        assert_eq!(names(SOURCES[0]), names(SOURCES[1]));
        for name in names(SOURCES[0]) {
            assert_ne!(Lang::Vi.t(name), name);
            assert_ne!(Lang::En.t(name), name);
        }
    }

    /// `t("name")` and `about("name"` of the templates and of the code.
    #[test]
    fn every_text_that_is_shown_is_there() {
        let known = names(SOURCES[0]);
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let folders = ["templates", "src/pages"].map(|folder| root.join(folder));
        let mut paths: Vec<std::path::PathBuf> = folders.into();
        let mut seen = 0;
        while let Some(path) = paths.pop() {
            if path.is_dir() {
                paths.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for begin in [".t(\"", ".about(\""] {
                for piece in text.split(begin).skip(1) {
                    let name = piece.split('"').next().unwrap();
                    seen += 1;
                    assert!(known.contains(name), "{}: {name}", path.display());
                }
            }
        }
        assert!(seen > 50, "{seen}");
    }
}
