//! Service and bed codes as they really look: `02.03`, `18.0119.0028`, `27.208b.0459_GT`, `K03.NO1`,
//! `23.0121.1548.K.92000`. One that has no such form still prices: only its text is looked up.

/// A service, bed, drug or supply code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Code(Box<str>);

/// The suffix of a service code (QĐ 4750/QĐ-BYT, Bảng 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// No suffix.
    Plain,
    /// `_GT`: under local or regional anaesthesia.
    RegionalAnaesthesia,
    /// `_TB`: stopped.
    Stopped,
    /// `_BS`: supplementary.
    Supplementary,
    /// `.K.WWWWW`: the sample was sent to facility WWWWW.
    SentOut,
}

/// What a bed code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bed {
    /// `Kxx.NOn`, n from 1 to 4.
    Internal(u8),
    /// `Kxx.NGn`, n from 1 to 4.
    Surgical(u8),
    /// Any other code on a bed line: a day bed.
    Day,
}

impl Code {
    /// The longest code the claim format carries (MA_THUOC, MA_VAT_TU: 255).
    pub const LONGEST: usize = 255;

    /// A code: 1 to 255 printable characters without spaces at its ends.
    pub fn parse(text: &str) -> Option<Code> {
        let printable = !text.chars().any(char::is_control);
        (!text.is_empty() && text.len() <= Self::LONGEST && text.trim() == text && printable).then(|| Code(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The suffix.
    pub fn form(&self) -> Form {
        if self.base_of_sent_out().is_some() {
            return Form::SentOut;
        }
        match self.0.rsplit_once('_') {
            Some((_, "GT")) => Form::RegionalAnaesthesia,
            Some((_, "TB")) => Form::Stopped,
            Some((_, "BS")) => Form::Supplementary,
            _ => Form::Plain,
        }
    }

    /// `23.0121.1548` of `23.0121.1548.K.92000`.
    pub fn base_of_sent_out(&self) -> Option<&str> {
        let base = self.0.len().checked_sub(".K.WWWWW".len()).filter(|end| *end > 0)?;
        (self.0.get(base..base + 3)? == ".K.").then(|| &self.0[..base])
    }

    /// 18 of `18.0119.0028`: the chapter, which names the specialty; 0 when there is none.
    pub fn specialty(&self) -> u32 {
        match self.0.split_once('.') {
            Some((chapter, _)) if chapter.len() == 2 => chapter.parse().unwrap_or(0),
            _ => 0,
        }
    }

    /// 28 of `18.0119.0028_GT`: the price group; 0 when there is none.
    pub fn price_group(&self) -> u32 {
        let Some(group) = self.0.split('.').nth(2) else { return 0 };
        let group = group.split('_').next().unwrap_or(group);
        if group.len() == 4 { group.parse().unwrap_or(0) } else { 0 }
    }

    /// What the code says on a bed line (R20).
    pub fn bed(&self) -> Bed {
        match self.0.as_bytes() {
            [b'K', d1, d2, b'.', b'N', letter, level @ b'1'..=b'4'] if d1.is_ascii_digit() && d2.is_ascii_digit() => {
                match letter {
                    b'O' => Bed::Internal(level - b'0'),
                    b'G' => Bed::Surgical(level - b'0'),
                    _ => Bed::Day,
                }
            }
            _ => Bed::Day,
        }
    }

    /// `K03` of `K03.NO1`: the department.
    pub fn department(&self) -> Option<&str> {
        let department = self.0.split('.').next()?;
        match department.as_bytes() {
            [b'K', d1, d2] if d1.is_ascii_digit() && d2.is_ascii_digit() => Some(department),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_codes_are_taken_apart() {
        let rows = [
            ("02.03", Form::Plain, 2, 0),
            ("18.0119.0028", Form::Plain, 18, 28),
            ("10.0506.0459_GT", Form::RegionalAnaesthesia, 10, 459),
            ("27.208b.0459_GT", Form::RegionalAnaesthesia, 27, 459),
            ("10.9002.0504_BS", Form::Supplementary, 10, 504),
            ("10.0506.0459_TB", Form::Stopped, 10, 459),
            ("23.0121.1548.K.92000", Form::SentOut, 23, 1548),
            ("VC.12345", Form::Plain, 0, 0),
            ("not a code", Form::Plain, 0, 0),
        ];
        for (text, form, specialty, price_group) in rows {
            let code = Code::parse(text).unwrap();
            assert_eq!((code.form(), code.specialty(), code.price_group()), (form, specialty, price_group), "{text}");
        }
    }

    #[test]
    fn bed_codes_name_their_level_and_department() {
        let rows = [
            ("K03.NO1", Bed::Internal(1), Some("K03")),
            ("K19.NG4", Bed::Surgical(4), Some("K19")),
            ("K03.NO5", Bed::Day, Some("K03")),
            ("K03.BN", Bed::Day, Some("K03")),
            ("BN.01", Bed::Day, None),
        ];
        for (text, bed, department) in rows {
            let code = Code::parse(text).unwrap();
            assert_eq!((code.bed(), code.department()), (bed, department), "{text}");
        }
    }
}
