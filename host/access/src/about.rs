//! What is asked about, and what was decided.

/// What is asked about: the facility of the path, and whatever is known of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About<'a> {
    /// MA_CSKCB of the facility whose record it is.
    pub facility: &'a str,
    /// The name of the actor who made it or asked for it.
    pub made_by: Option<&'a str>,
    /// Was it made in a shift that is still open?
    pub in_open_shift: bool,
    /// Of an approval: `refund`, `write-off`, `reopen`, `shift-difference`, `repricing`, `rail` or `portal`.
    pub kind: Option<&'a str>,
}

impl<'a> About<'a> {
    /// A facility, and no record in particular.
    pub fn facility(facility: &'a str) -> About<'a> {
        About { facility, made_by: None, in_open_shift: false, kind: None }
    }
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// May it be done?
    pub is_allowed: bool,
    /// The ids of the policies that decided, in alphabetical order, for the log and the answer. None when it is denied
    /// because no policy permits it.
    pub reasons: Vec<String>,
}
