//! What becomes of a visit's money and of its claim: every state that a desk knows, each a few times.

/// What becomes of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// The patient lies in the hospital: nothing was paid yet.
    Open,
    /// The same, with a deposit.
    OpenWithDeposit,
    /// The same, with a transfer that was accepted on proof and that the bank has not confirmed.
    OpenWithPromise,
    /// It has ended, and the patient owes nothing.
    Free,
    /// It has ended, and what is due is not paid.
    Due,
    /// It was paid so.
    Cash,
    Card,
    Transfer,
    /// Partly before the visit ended.
    Deposit,
    /// By a code that the patient scanned.
    Code,
    /// More notes than were due: the rest is a deposit.
    Surplus,
    /// The receipt was undone.
    Reversed,
    /// A transfer for a code, of less or more than was asked for.
    Short,
    Over,
    /// A transfer that names the visit and no request.
    Credit,
    /// A request for payment, and what became of it.
    Asked(&'static str),
    Expired,
    Cancelled,
    Unknown,
    /// What was left of deposits goes back.
    RefundAsked,
    RefundApproved,
    RefundPaid,
    WriteOffAsked,
    WrittenOff,
    ReopenAsked,
    /// Opened again, changed, and priced anew.
    Repriced,
}

/// What becomes of a visit's claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClaimCourse {
    /// A check finds what keeps it from being sent.
    Draft,
    /// Fit to be sent.
    Checked,
    Received,
    /// The portal says that it comes too late.
    Refused,
    /// Its answer is lost.
    Unknown,
    Withdrawn,
}

/// What is wanted of the visits of a facility.
pub(super) struct Mix {
    /// Of those who lie there.
    pub(super) open: &'static [(Course, usize)],
    /// Of visits with something to pay: the first ones.
    pub(super) rare: &'static [(Course, usize)],
    /// Of all others with something to pay, in turn.
    pub(super) usual: &'static [Course],
    pub(super) claims: &'static [(ClaimCourse, usize)],
}

/// The ways to pay that wait for the visitor, one visit each; all of them are simulated.
pub(super) const RAILS: [&str; 3] = ["vietqr", "vnpay", "stripe"];

/// What is worth a request for payment, in đồng; gateways take no less, and nobody shows more by a code.
const WORTH_ASKING: std::ops::Range<i64> = 30_000..20_000_000;

pub(super) const OF_HOSPITAL: Mix = Mix {
    open: &[(Course::OpenWithDeposit, 10), (Course::OpenWithPromise, 3), (Course::Open, 9)],
    rare: &[
        (Course::Asked("vietqr"), 2),
        (Course::Asked("vnpay"), 1),
        (Course::Asked("stripe"), 1),
        (Course::Unknown, 1),
        (Course::Due, 4),
        (Course::Short, 2),
        (Course::Over, 2),
        (Course::Expired, 2),
        (Course::Cancelled, 2),
        (Course::Credit, 2),
        (Course::RefundAsked, 2),
        (Course::RefundApproved, 2),
        (Course::RefundPaid, 2),
        (Course::WriteOffAsked, 2),
        (Course::WrittenOff, 2),
        (Course::ReopenAsked, 1),
        (Course::Repriced, 2),
        (Course::Reversed, 1),
        (Course::Surplus, 3),
        (Course::Card, 1),
        (Course::Transfer, 1),
        (Course::Deposit, 1),
    ],
    usual: &[
        Course::Cash,
        Course::Code,
        Course::Card,
        Course::Cash,
        Course::Due,
        Course::Transfer,
        Course::Code,
        Course::Deposit,
        Course::Cash,
        Course::Due,
    ],
    claims: &[
        (ClaimCourse::Draft, 3),
        (ClaimCourse::Refused, 2),
        (ClaimCourse::Unknown, 1),
        (ClaimCourse::Withdrawn, 2),
        (ClaimCourse::Checked, 5),
        (ClaimCourse::Received, 24),
    ],
};

pub(super) const OF_STATION: Mix = Mix {
    open: &[],
    rare: &[(Course::Asked("vietqr"), 1), (Course::Due, 1), (Course::Code, 1), (Course::Short, 1)],
    usual: &[Course::Cash, Course::Code, Course::Cash, Course::Due],
    claims: &[(ClaimCourse::Checked, 1), (ClaimCourse::Received, 4)],
};

impl Course {
    /// Does it suit a visit of which so much is due, in đồng?
    pub(super) fn suits(self, due: i64) -> bool {
        let is_asked = matches!(
            self,
            Course::Asked(_)
                | Course::Unknown
                | Course::Code
                | Course::Short
                | Course::Over
                | Course::Expired
                | Course::Cancelled
        );
        !is_asked || WORTH_ASKING.contains(&due)
    }

    /// Such visits are claimed: nothing more becomes of their money.
    pub(super) fn is_settled(self) -> bool {
        matches!(self, Course::Free | Course::Cash | Course::Card | Course::Code)
    }

    pub(super) fn is_open(self) -> bool {
        matches!(self, Course::Open | Course::OpenWithDeposit | Course::OpenWithPromise)
    }
}

/// Courses that are wanted so often, handed out one by one.
pub(super) struct Wanted<C>(Vec<(C, usize)>);

impl<C: Copy> Wanted<C> {
    pub(super) fn of(courses: &[(C, usize)]) -> Wanted<C> {
        Wanted(courses.to_vec())
    }

    /// The next that suits, if any is still wanted.
    pub(super) fn next(&mut self, suits: impl Fn(C) -> bool) -> Option<C> {
        let (course, left) = self.0.iter_mut().find(|(course, left)| *left > 0 && suits(*course))?;
        *left -= 1;
        Some(*course)
    }
}
