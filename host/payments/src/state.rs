//! Requests, attempts, and what money does to them. States only move forward, and money is never dropped: what does not pay a
//! request exactly waits for a person.

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState {
    /// Waits for its money.
    Open,
    /// Its money came.
    Paid,
    /// Money came that is not what was asked for; it waits as unapplied credit, and the request for its own.
    Mismatch,
    /// Too late.
    Expired,
    /// Taken back.
    Cancelled,
}

/// What became of a way to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptState {
    /// Kept, and nothing asked of the rail yet.
    Created,
    /// The patient was shown how.
    Instructed,
    /// The rail works on it.
    Pending,
    /// The rail was asked and did not answer: only a query tells.
    Unknown,
    /// Money came.
    Succeeded,
    /// It did not.
    Failed,
    /// Too late.
    Expired,
    /// Taken back.
    Cancelled,
    /// Other money came than was asked for.
    Mismatch,
}

macro_rules! words {
    ($type:ty { $($state:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// Its word.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$state => $word),+ }
            }

            /// By its word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$state),)+ _ => None }
            }

            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$state),+];
        }
    };
}

words!(RequestState {
    Open = "open", Paid = "paid", Mismatch = "mismatch", Expired = "expired", Cancelled = "cancelled",
});

words!(AttemptState {
    Created = "created", Instructed = "instructed", Pending = "pending", Unknown = "unknown", Succeeded = "succeeded",
    Failed = "failed", Expired = "expired", Cancelled = "cancelled", Mismatch = "mismatch",
});

impl AttemptState {
    /// May the state follow this one? Later news of an earlier state changes nothing, and nothing undoes success: money that
    /// goes back is a refund of its own.
    pub fn may_become(self, next: AttemptState) -> bool {
        use AttemptState::{Cancelled, Created, Expired, Failed, Instructed, Mismatch, Pending, Succeeded, Unknown};
        match (self, next) {
            (Succeeded, _) => false,
            // Money that came after all ends everything else.
            (_, Succeeded | Mismatch) => true,
            (Failed | Expired | Cancelled | Mismatch, _) => false,
            (Created, Instructed | Pending | Unknown | Failed | Expired | Cancelled) => true,
            (Instructed, Pending | Unknown | Failed | Expired | Cancelled) => true,
            (Pending, Unknown | Failed | Expired | Cancelled) => true,
            // A query found out.
            (Unknown, Pending | Failed | Expired | Cancelled) => true,
            (Created | Instructed | Pending | Unknown, _) => false,
        }
    }
}

/// What became of money that goes back by a rail. Asking for it and approving it come before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    /// It is to be asked for.
    Submitted,
    /// The rail was asked and did not answer: only a query tells.
    Unknown,
    /// The rail works on it.
    Pending,
    /// The money went back.
    Succeeded,
    /// It did not.
    Failed,
    /// It went back, and came again: the patient's bank did not take it.
    Reversed,
}

words!(RefundState {
    Submitted = "submitted", Unknown = "unknown", Pending = "pending", Succeeded = "succeeded", Failed = "failed",
    Reversed = "reversed",
});

impl RefundState {
    /// May the state follow this one? Success is not the end: a refund may come back.
    pub fn may_become(self, next: RefundState) -> bool {
        use RefundState::{Failed, Pending, Reversed, Submitted, Succeeded, Unknown};
        match (self, next) {
            (Submitted, Unknown | Pending | Succeeded | Failed) => true,
            (Unknown, Pending | Succeeded | Failed) => true,
            (Pending, Unknown | Succeeded | Failed) => true,
            (Succeeded, Reversed) => true,
            (Submitted | Unknown | Pending | Succeeded | Failed | Reversed, _) => false,
        }
    }
}

/// A request, as money finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// What is asked for, in đồng.
    pub amount: u64,
    /// What became of it.
    pub state: RequestState,
    /// Its time has passed when the money moves.
    pub is_late: bool,
}

/// What becomes of money that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It pays the request.
    Pays,
    /// It waits as unapplied credit: why.
    Waits(Why),
}

/// Why money waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Less than was asked for.
    Short,
    /// More than was asked for.
    Over,
    /// The request was paid before.
    Double,
    /// The request had ended.
    Late,
    /// It names no request.
    Nobody,
    /// Not đồng.
    Currency,
    /// Somebody has typed the bank's number in as other money.
    Conflict,
    /// No receipt could be made.
    Refused,
}

words!(Why {
    Short = "short", Over = "over", Double = "double", Late = "late", Nobody = "nobody", Currency = "currency",
    Conflict = "conflict", Refused = "refused",
});

impl Request {
    /// What becomes of so much money.
    pub fn take(&self, amount: u64, currency: &str) -> Fate {
        let waits = match self.state {
            _ if currency != "VND" => Why::Currency,
            RequestState::Paid => Why::Double,
            RequestState::Cancelled | RequestState::Expired => Why::Late,
            RequestState::Open | RequestState::Mismatch if self.is_late => Why::Late,
            RequestState::Open | RequestState::Mismatch if amount < self.amount => Why::Short,
            RequestState::Open | RequestState::Mismatch if amount > self.amount => Why::Over,
            RequestState::Open | RequestState::Mismatch => return Fate::Pays,
        };
        Fate::Waits(waits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_money_in_time_pays() {
        let open = Request { amount: 50_000, state: RequestState::Open, is_late: false };
        assert_eq!(open.take(50_000, "VND"), Fate::Pays);
        assert_eq!(open.take(49_999, "VND"), Fate::Waits(Why::Short));
        assert_eq!(open.take(50_001, "VND"), Fate::Waits(Why::Over));
        assert_eq!(open.take(50_000, "USD"), Fate::Waits(Why::Currency));
        assert_eq!(Request { is_late: true, ..open }.take(50_000, "VND"), Fate::Waits(Why::Late));
        for (state, why) in [(RequestState::Paid, Why::Double), (RequestState::Cancelled, Why::Late)] {
            assert_eq!(Request { state, ..open }.take(50_000, "VND"), Fate::Waits(why));
        }
        // After a wrong amount the right one still pays.
        assert_eq!(Request { state: RequestState::Mismatch, ..open }.take(50_000, "VND"), Fate::Pays);
    }

    /// Whatever is told in whatever order, success is the end of it, and nothing goes round in a circle but asking.
    #[test]
    fn states_only_move_forward() {
        use AttemptState::{Pending, Succeeded, Unknown};
        for from in AttemptState::ALL {
            assert!(!Succeeded.may_become(*from));
            assert!(!from.may_become(AttemptState::Created));
            assert_eq!(from.may_become(Succeeded), *from != Succeeded);
            for to in AttemptState::ALL {
                let is_question = matches!((from, to), (Pending, Unknown) | (Unknown, Pending));
                let is_mismatch = (*from, *to) == (AttemptState::Mismatch, AttemptState::Mismatch);
                assert!(
                    !(from.may_become(*to) && to.may_become(*from)) || is_question || is_mismatch,
                    "{from:?} {to:?}"
                );
            }
        }
    }

    #[test]
    fn words_are_read_back() {
        for state in AttemptState::ALL {
            assert_eq!(AttemptState::parse(state.word()), Some(*state));
        }
        for state in RequestState::ALL {
            assert_eq!(RequestState::parse(state.word()), Some(*state));
        }
    }
}
