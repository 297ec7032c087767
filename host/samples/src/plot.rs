//! What a visit is about.

use fastrand::Rng;

use crate::random::weighted;

/// The kind of visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plot {
    /// 01: an exam or several, with tests and drugs.
    Exam,
    /// 02: treated on several days without a bed.
    Treatment,
    /// 03: a stay in one ward or two.
    Ward,
    /// 03: a stay with an operation or several.
    Surgery,
    /// 03: a child born in the hospital.
    Newborn,
    /// 04: day beds.
    DayWard,
    /// 05: a long disease, with drugs for a month.
    LongTerm,
    /// 07: drugs picked up for an earlier visit.
    PickUp,
    /// 09: less than four hours.
    ShortStay,
}

/// What is particular about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Twist {
    /// Nothing.
    Plain,
    /// A hundredth below 15 % of L.
    JustBelow,
    /// 15 % of L to the hundredth.
    AtThreshold,
    /// A better card begins in the stay.
    TwoCards,
    /// The card expires in the stay.
    CardExpires,
    /// The co-payments of the year pass six L in this visit.
    ExemptionReached,
    /// The portal says that co-payments are over.
    Exempt,
    /// Somebody else pays a part.
    Supported,
    /// Supplies of one service near 45 L.
    DearSupplies,
    /// Brought or taken away by ambulance.
    Transport,
    /// A line that the insurer does not pay.
    OutOfScope,
    /// A service that was stopped.
    Stopped,
}

impl Plot {
    /// MA_LOAI_KCB.
    pub(crate) fn visit_type(self) -> &'static str {
        match self {
            Plot::Exam => "01",
            Plot::Treatment => "02",
            Plot::Ward | Plot::Surgery | Plot::Newborn => "03",
            Plot::DayWard => "04",
            Plot::LongTerm => "05",
            Plot::PickUp => "07",
            Plot::ShortStay => "09",
        }
    }

    /// Inpatient, as route rates mean it (READINGS 7).
    pub(crate) fn is_inpatient(self) -> bool {
        matches!(self, Plot::Ward | Plot::Surgery | Plot::Newborn | Plot::DayWard | Plot::ShortStay)
    }

    /// The stay has nights.
    pub(crate) fn is_stay(self) -> bool {
        matches!(self, Plot::Ward | Plot::Surgery | Plot::Newborn)
    }

    pub(crate) fn any(rng: &mut Rng) -> Plot {
        const PLOTS: [(Plot, u32); 9] = [
            (Plot::Exam, 40),
            (Plot::Treatment, 7),
            (Plot::Ward, 18),
            (Plot::Surgery, 12),
            (Plot::Newborn, 2),
            (Plot::DayWard, 5),
            (Plot::LongTerm, 8),
            (Plot::PickUp, 4),
            (Plot::ShortStay, 4),
        ];
        weighted(rng, &PLOTS, Plot::Exam)
    }
}

impl Twist {
    pub(crate) fn any(rng: &mut Rng, plot: Plot) -> Twist {
        const TWISTS: [(Twist, u32); 12] = [
            (Twist::Plain, 60),
            (Twist::JustBelow, 4),
            (Twist::AtThreshold, 4),
            (Twist::TwoCards, 5),
            (Twist::CardExpires, 4),
            (Twist::ExemptionReached, 4),
            (Twist::Exempt, 2),
            (Twist::Supported, 6),
            (Twist::DearSupplies, 3),
            (Twist::Transport, 3),
            (Twist::OutOfScope, 4),
            (Twist::Stopped, 2),
        ];
        let twist = weighted(rng, &TWISTS, Twist::Plain);
        if twist.fits(plot) { twist } else { Twist::Plain }
    }

    /// Whether such a visit may have it.
    fn fits(self, plot: Plot) -> bool {
        match self {
            Twist::Plain => true,
            Twist::Supported | Twist::OutOfScope => plot != Plot::PickUp,
            Twist::JustBelow | Twist::AtThreshold => plot == Plot::Exam,
            Twist::TwoCards => matches!(plot, Plot::Ward | Plot::Surgery),
            Twist::CardExpires => matches!(plot, Plot::Ward | Plot::Surgery | Plot::Treatment),
            Twist::ExemptionReached | Twist::Exempt => matches!(plot, Plot::Exam | Plot::Ward | Plot::Surgery),
            Twist::DearSupplies => plot == Plot::Surgery,
            Twist::Transport => matches!(plot, Plot::Ward | Plot::Surgery | Plot::ShortStay),
            Twist::Stopped => matches!(plot, Plot::Exam | Plot::Ward),
        }
    }
}
