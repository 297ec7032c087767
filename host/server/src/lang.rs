//! The two languages of the command line.

use vienphi_domain::Words;

/// Which language people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Lang {
    /// Vietnamese
    #[default]
    Vi,
    /// English
    En,
}

impl Lang {
    /// One of two texts.
    pub fn pick<'t>(self, vi: &'t str, en: &'t str) -> &'t str {
        match self {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }

    /// The words in this language.
    pub fn words<'w>(self, words: &'w Words<'_>) -> &'w str {
        self.pick(&words.vi, &words.en)
    }
}
