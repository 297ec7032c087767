//! What is somebody's own, and is shown to nobody by accident.

use std::fmt;

/// A text that names, or may name, a person: its `Debug` says how long it is and nothing more.
///
/// The portal's own words are such texts, too: its notes repeat name and birth date.
#[derive(Clone, PartialEq, Eq)]
pub struct Private(Box<str>);

impl Private {
    /// Keeps a text.
    pub fn new(text: &str) -> Private {
        Private(text.into())
    }

    /// The text, for whoever may see it: never for a log, an error or a URL.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Private;

    #[test]
    fn it_is_not_shown() {
        let private = Private::new("Trần Thị Mẫu");
        assert_eq!(format!("{private:?}"), "<18 bytes>");
        assert_eq!(private.expose(), "Trần Thị Mẫu");
    }
}
