//! From units to parts: joining, rounding once, and dividing each amount; DESIGN of the numbers in `docs/MONEY.md`.

use vienphi_domain::encounter::{Encounter, OtherSources};
use vienphi_domain::statement::Split;
use vienphi_domain::{Day, Minute};
use vienphi_money::{Amount, Quantity, Rate, TooLarge, allocate};

use crate::cover::Covered;
use crate::insure::{Ceiling, Decided, SharedCap};

/// A decided part, or one day of it, with the card and rate of its day.
#[derive(Clone)]
pub(crate) struct Unit<'a> {
    /// Its place among the decided parts.
    pub(crate) decided: usize,
    pub(crate) from: Day,
    pub(crate) to: Day,
    /// Its time, for what is drawn down in order.
    pub(crate) minute: Minute,
    pub(crate) quantity: Quantity,
    pub(crate) card: Option<Covered<'a>>,
    /// None without a card.
    pub(crate) rate: Option<Rate>,
    /// What set the rate.
    pub(crate) rate_rule: &'static str,
    pub(crate) insured_ratio: Rate,
    /// The card lifts ratio and ceiling of supplies (R14).
    pub(crate) is_lifted: bool,
}

/// Units of one line that are paid alike, joined.
#[derive(Clone)]
pub(crate) struct Piece<'a> {
    pub(crate) unit: Unit<'a>,
    /// Further decided parts whose rules made it.
    pub(crate) also_decided: Vec<usize>,
    /// The most that could count as insured.
    pub(crate) ceiling: Option<Amount>,
    /// The ceiling cut it.
    pub(crate) is_cut: bool,
    /// Support to the facility.
    pub(crate) facility_support: Amount,
    pub(crate) split: Split,
}

/// Why amounts can not be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SplitError {
    /// A product or a sum does not fit.
    TooLarge,
    /// Sources pay more than the line costs.
    SourcesAboveAmount { most: Amount },
}

impl From<TooLarge> for SplitError {
    fn from(_: TooLarge) -> Self {
        SplitError::TooLarge
    }
}

/// A fault of a line, by the line's place.
pub(crate) type LineError = (usize, SplitError);

/// What is measured, and against what.
pub(crate) struct Measure<'m, 'a> {
    pub(crate) encounter: &'a Encounter,
    pub(crate) decided: &'m [Decided<'a>],
    pub(crate) caps: &'m [SharedCap],
}

impl<'a> Measure<'_, 'a> {
    /// Joins units that are paid alike (C27), or not, and finds what counts as insured of each.
    /// Units come line by line.
    pub(crate) fn measure(&self, units: &[Unit<'a>], join: bool) -> Result<Vec<Piece<'a>>, LineError> {
        let mut pieces: Vec<Piece<'a>> = Vec::with_capacity(units.len());
        let mut line_start = 0;
        for unit in units {
            let line = self.line_of(unit);
            if pieces.last().is_some_and(|last| self.line_of(&last.unit) != line) {
                line_start = pieces.len();
            }
            let alike = |piece: &&mut Piece<'a>| self.is_alike(&piece.unit, unit);
            match pieces[line_start..].iter_mut().find(alike).filter(|_| join) {
                Some(piece) => {
                    let sum = piece.unit.quantity.checked_add(unit.quantity);
                    piece.unit.quantity = sum.ok_or((line, SplitError::TooLarge))?;
                    piece.unit.from = piece.unit.from.min(unit.from);
                    piece.unit.to = piece.unit.to.max(unit.to);
                    if unit.decided != piece.unit.decided && !piece.also_decided.contains(&unit.decided) {
                        piece.also_decided.push(unit.decided);
                    }
                }
                None => pieces.push(Piece {
                    unit: unit.clone(),
                    also_decided: Vec::new(),
                    ceiling: None,
                    is_cut: false,
                    facility_support: Amount::ZERO,
                    split: Split::default(),
                }),
            }
        }
        for piece in &mut pieces {
            self.multiply(piece).map_err(|error| (self.line_of(&piece.unit), error.into()))?;
        }
        if join {
            self.check_sources(&mut pieces)?;
        }
        self.take_facility_support(&mut pieces)?;
        self.apply_ceilings(&mut pieces)?;
        Ok(pieces)
    }

    fn line_of(&self, unit: &Unit<'_>) -> usize {
        self.decided[unit.decided].line
    }

    fn is_alike(&self, one: &Unit<'_>, other: &Unit<'_>) -> bool {
        let (a, b) = (&self.decided[one.decided], &self.decided[other.decided]);
        a.price == b.price
            && a.service_ratio == b.service_ratio
            && a.ceiling == b.ceiling
            && one.insured_ratio == other.insured_ratio
            && one.rate == other.rate
            && one.is_lifted == other.is_lifted
            && self.card_of(one) == self.card_of(other)
    }

    /// The number: a card renewed under its number is the same card.
    fn card_of(&self, unit: &Unit<'_>) -> Option<&str> {
        unit.card.map(|card| self.encounter.coverages[card.place].card.as_str())
    }

    /// BV, and BH before support and ceilings; nothing is insured without a card.
    fn multiply(&self, piece: &mut Piece<'_>) -> Result<(), TooLarge> {
        let decided = &self.decided[piece.unit.decided];
        let ratio = decided.service_ratio;
        piece.split.hospital = Amount::of(piece.unit.quantity, decided.price.unit, &[ratio])?;
        if piece.unit.card.is_some() {
            let rates = [ratio, piece.unit.insured_ratio];
            piece.split.insured = Amount::of(piece.unit.quantity, decided.price.insured, &rates)?;
        }
        Ok(())
    }

    /// The sources of a line are together at most its BV (C26). Single bed days may round to less than their line.
    fn check_sources(&self, pieces: &mut [Piece<'a>]) -> Result<(), LineError> {
        for_each_line(self, pieces, |line, sources, pieces| {
            let too_large = |_| (line, SplitError::TooLarge);
            let mut most = Amount::ZERO;
            for piece in pieces.iter() {
                most = most.plus(piece.split.hospital).map_err(too_large)?;
            }
            let facility_and_individual = sources.facility.plus(sources.individual).map_err(too_large)?;
            if facility_and_individual.plus(sources.arv).map_err(too_large)? > most {
                return Err((line, SplitError::SourcesAboveAmount { most }));
            }
            Ok(())
        })
    }

    /// Support to the facility comes off before anything is insured (R30, C26).
    fn take_facility_support(&self, pieces: &mut [Piece<'a>]) -> Result<(), LineError> {
        for_each_line(self, pieces, |line, sources, pieces| {
            if sources.facility == Amount::ZERO {
                return Ok(());
            }
            let shares = share_by_hospital(line, sources.facility, pieces)?;
            for (piece, support) in pieces.iter_mut().zip(shares) {
                piece.facility_support = support;
                let (hospital, insured) = (piece.split.hospital, piece.split.insured);
                let left = hospital.minus(support).map_err(|_| (line, SplitError::TooLarge))?;
                let price = &self.decided[piece.unit.decided].price;
                piece.split.insured = if insured == Amount::ZERO {
                    Amount::ZERO
                } else if price.unit == price.insured {
                    left.share(piece.unit.insured_ratio).map_err(|_| (line, SplitError::TooLarge))?
                } else {
                    left.proportion(insured, hospital).map_err(|_| (line, SplitError::TooLarge))?
                };
            }
            Ok(())
        })
    }

    /// Ceilings of parts, and shared caps drawn down by time, then id.
    fn apply_ceilings(&self, pieces: &mut [Piece<'_>]) -> Result<(), LineError> {
        let mut capped: Vec<usize> = (0..pieces.len())
            .filter(|place| self.decided[pieces[*place].unit.decided].ceiling != Ceiling::None)
            .collect();
        if capped.is_empty() {
            return Ok(());
        }
        capped.sort_by_key(|place| (pieces[*place].unit.minute, *place));
        let mut left: Vec<Amount> = self.caps.iter().map(|cap| cap.amount).collect();
        for place in capped {
            let piece = &mut pieces[place];
            let line = self.line_of(&piece.unit);
            let (most, shared) = match self.decided[piece.unit.decided].ceiling {
                Ceiling::None => continue,
                Ceiling::Amount(amount) => (amount, None),
                Ceiling::Shared(cap) => {
                    if self.caps[cap].lifts_for_cards && piece.unit.is_lifted {
                        continue;
                    }
                    (left[cap], Some(cap))
                }
            };
            piece.ceiling = Some(most);
            if piece.split.insured > most {
                piece.split.insured = most;
                piece.is_cut = true;
            }
            if let Some(cap) = shared {
                left[cap] = most.minus(piece.split.insured).map_err(|_| (line, SplitError::TooLarge))?;
            }
        }
        Ok(())
    }

    /// Divides each piece between the insurer and the patient, then takes other sources off (R30).
    pub(crate) fn divide(&self, pieces: &mut [Piece<'a>]) -> Result<(), LineError> {
        for piece in pieces.iter_mut() {
            divide_one(piece).map_err(|error| (self.line_of(&piece.unit), error.into()))?;
        }
        for_each_line(self, pieces, |line, sources, pieces| {
            if sources.individual == Amount::ZERO && sources.arv == Amount::ZERO {
                return Ok(());
            }
            let individual = share_by_hospital(line, sources.individual, pieces)?;
            let arv = share_by_hospital(line, sources.arv, pieces)?;
            for ((piece, individual), arv) in pieces.iter_mut().zip(individual).zip(arv) {
                take_sources(&mut piece.split, individual, arv).map_err(|error| (line, error.into()))?;
            }
            Ok(())
        })
    }
}

/// Calls `act` with the pieces of each line, one line after the other, and the line's other sources.
fn for_each_line<'a>(
    measure: &Measure<'_, 'a>,
    pieces: &mut [Piece<'a>],
    mut act: impl FnMut(usize, &OtherSources, &mut [Piece<'a>]) -> Result<(), LineError>,
) -> Result<(), LineError> {
    for pieces in pieces.chunk_by_mut(|a, b| measure.line_of(&a.unit) == measure.line_of(&b.unit)) {
        let line = measure.line_of(&pieces[0].unit);
        let sources = &measure.encounter.lines[line].other_sources;
        if !sources.is_empty() {
            act(line, sources, pieces)?;
        }
    }
    Ok(())
}

/// Shares a source among the parts of a line by BV, at most all of it.
fn share_by_hospital(line: usize, amount: Amount, pieces: &[Piece<'_>]) -> Result<Vec<Amount>, LineError> {
    let hospital: Vec<Amount> = pieces.iter().map(|piece| piece.split.hospital).collect();
    let most = hospital.iter().try_fold(Amount::ZERO, |sum, part| sum.checked_add(*part));
    let most = most.ok_or((line, SplitError::TooLarge))?;
    Ok(allocate(amount.min(most), &hospital))
}

fn divide_one(piece: &mut Piece<'_>) -> Result<(), TooLarge> {
    let split = &mut piece.split;
    split.insurer = match piece.unit.rate {
        Some(rate) => split.insured.share(rate)?,
        None => Amount::ZERO,
    };
    split.copayment = split.insured.minus(split.insurer)?;
    split.own = split.hospital.minus(piece.facility_support)?.minus(split.insured)?;
    split.other_sources = piece.facility_support;
    Ok(())
}

/// Support to the person: own, co-payment, insurer; then the co-payment of antiretroviral treatment.
fn take_sources(split: &mut Split, individual: Amount, arv: Amount) -> Result<(), TooLarge> {
    let mut left = individual;
    for payer in [&mut split.own, &mut split.copayment, &mut split.insurer] {
        let taken = left.min(*payer);
        *payer = payer.minus(taken)?;
        left = left.minus(taken)?;
    }
    let arv = arv.min(split.copayment);
    split.copayment = split.copayment.minus(arv)?;
    split.other_sources = split.other_sources.plus(individual.minus(left)?)?.plus(arv)?;
    Ok(())
}
