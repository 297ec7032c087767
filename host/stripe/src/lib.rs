//! Stripe as a payment rail: the payer's browser goes to Stripe and pays there; Stripe tells of it; what it does not tell is
//! asked; money goes back by request.
//!
//! It is a part of the product and no plugin, and it is asked as one: it has neither key nor socket. Requests and answers are
//! async-stripe's, without its client: the host sends, retries and keeps what is asked, as it does for every rail. For
//! payers with foreign cards, of a hospital that has an account with Stripe abroad: Stripe opens none in Vietnam.
//!
//! Source: docs.stripe.com, the pages on Checkout, refunds, webhooks, idempotent requests and currencies. VND has no smaller
//! unit there. A browser that comes back says nothing that is believed.

mod answers;
mod events;
mod operations;
mod signature;
#[cfg(test)]
mod tests;

use stripe_shared::version::VERSION;
use vienphi_domain::Digest;
use vienphi_runtime::PluginError;
use vienphi_runtime::rail::{
    Algorithm, Check, Confidence, Context, Direction, Event, Explanation, Incoming, Input, KeySlot, Manifest, Note,
    Operation, Progress, Rail, Reply, Retry, SettingSlot, Settlement, Step, Verdict,
};

/// The name that policies and facilities call this rail by.
pub const NAME: &str = "stripe";

/// The key that Stripe is asked with (`sk_…`, or a restricted `rk_…`).
const SECRET: &str = "secret-key";

/// The secret of the address that Stripe tells (`whsec_…`).
const WEBHOOK: &str = "webhook-secret";

/// The setting that tells the hospital's own money of an account's other money.
const SITE: &str = "site";

/// Where questions go, and where payers go.
const API: &str = "api";
const PAGE: &str = "checkout";

/// Stripe.
pub struct Stripe {
    digest: Digest,
    manifest: Manifest,
}

impl Stripe {
    /// The rail.
    pub fn new() -> Stripe {
        let version = env!("CARGO_PKG_VERSION");
        // No component answers here: what does is this code, and the version of Stripe's interface that it speaks.
        let digest = Digest::of_pieces([(NAME, version.as_bytes()), ("api", VERSION.as_str().as_bytes())]);
        Stripe { digest, manifest: manifest(version) }
    }
}

impl Default for Stripe {
    fn default() -> Stripe {
        Stripe::new()
    }
}

impl Rail for Stripe {
    fn name(&self) -> &str {
        NAME
    }

    fn digest(&self) -> &Digest {
        &self.digest
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn begin(&self, context: &Context) -> Result<Progress, PluginError> {
        Ok(operations::begin(context).unwrap_or_else(failed))
    }

    fn resume(&self, context: &Context, state: &[u8], input: &Input) -> Result<Progress, PluginError> {
        Ok(answers::resume(context, state, input).unwrap_or_else(failed))
    }

    fn checks(&self, incoming: &Incoming) -> Result<Result<Vec<Vec<Check>>, String>, PluginError> {
        Ok(signature::checks(incoming))
    }

    fn accept(&self, incoming: &Incoming) -> Result<Result<Vec<Event>, String>, PluginError> {
        Ok(events::read_events(incoming))
    }

    /// Stripe tells again, for three days, whatever is not answered 2xx.
    fn reply(&self, _incoming: &Incoming, verdict: Verdict) -> Result<Reply, PluginError> {
        let status = match verdict {
            Verdict::Accepted | Verdict::Duplicate | Verdict::AmountMismatch => 200,
            Verdict::BadSignature => 400,
            Verdict::UnknownOrder | Verdict::Temporary => 503,
        };
        Ok(Reply { status, content_type: "application/json".into(), body: "{}".into() })
    }

    fn parse_settlement(
        &self,
        _chunk: &[u8],
        _carry: &[u8],
        _last: bool,
    ) -> Result<Result<Settlement, String>, PluginError> {
        Ok(Err("Stripe's payouts are not read".into()))
    }

    fn explain(&self, raw_code: &str) -> Result<Explanation, PluginError> {
        Ok(explained(raw_code))
    }
}

fn failed(why: String) -> Progress {
    Progress { step: Step::Failed(why), state: Vec::new() }
}

fn manifest(version: &str) -> Manifest {
    let note = |what: &str, confidence, source: &str| Note { what: what.into(), confidence, source: source.into() };
    let key = |name: &str, algorithm, direction| KeySlot { name: name.into(), algorithm, direction };
    Manifest {
        name: NAME.into(),
        version: version.into(),
        instructs: true,
        confirms: true,
        operations: vec![Operation::Create, Operation::Query, Operation::Refund, Operation::QueryRefund],
        minimum: 15_000,
        maximum: 99_999_999,
        reference_length: 100,
        reference_alphabet: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".into(),
        keys: vec![
            key(SECRET, Algorithm::Secret, Direction::Sign),
            key(WEBHOOK, Algorithm::HmacSha256, Direction::Verify),
        ],
        settings: vec![
            SettingSlot {
                name: "return-url".into(),
                required: true,
                what: "where the payer's browser goes afterwards; that settles nothing".into(),
            },
            SettingSlot {
                name: SITE.into(),
                required: true,
                what: "the facility's name at Stripe: what is paid to others of the same account is not its money"
                    .into(),
            },
        ],
        endpoints: vec![API.into(), PAGE.into()],
        tells_failures: true,
        notes: vec![
            note("Stripe-Signature, and its age of 300 seconds", Confidence::Documented, "stripe-node, stripe-python"),
            note("VND has no smaller unit", Confidence::Documented, "docs.stripe.com/currencies"),
            note("the same idempotency key: the same answer", Confidence::Documented, "docs.stripe.com/api"),
            note("keys are kept for 24 hours at least", Confidence::Documented, "docs.stripe.com/api"),
            note(
                "what is not answered 2xx is told again for three days",
                Confidence::Likely,
                "docs.stripe.com/webhooks",
            ),
            note("a dispute takes the money until it is decided", Confidence::Documented, "docs.stripe.com/disputes"),
            note("a refund that succeeded may fail later", Confidence::Likely, "docs.stripe.com/refunds"),
            note(
                "limits of 15 000 (0.50 US dollars) to 99 999 999 đồng",
                Confidence::Likely,
                "docs.stripe.com/currencies",
            ),
            note("no account for a company in Vietnam", Confidence::Likely, "stripe.com/global"),
        ],
    }
}

fn explained(raw_code: &str) -> Explanation {
    let (vi, en, retry) = match raw_code {
        "paid" | "succeeded" => ("Đã thanh toán", "Paid", Retry::Never),
        "expired" | "checkout.session.expired" => {
            ("Đã hết hạn chờ thanh toán", "The time to pay has passed", Retry::Later)
        }
        "checkout.session.async_payment_failed" | "card_declined" => {
            ("Ngân hàng phát hành từ chối thẻ", "The card's bank refused", Retry::OtherMeans)
        }
        "amount_too_small" => {
            ("Số tiền nhỏ hơn mức tối thiểu của Stripe", "Below Stripe's least amount", Retry::OtherMeans)
        }
        "charge.dispute.funds_withdrawn" => (
            "Ngân hàng phát hành thẻ đòi lại tiền (tranh chấp)",
            "Taken back by the card's bank: a dispute",
            Retry::Never,
        ),
        "charge.dispute.funds_reinstated" => {
            ("Tiền tranh chấp được trả lại", "The disputed money came again", Retry::Never)
        }
        "charge_already_refunded" => ("Đã hoàn tiền trước đó", "Given back before", Retry::Never),
        "HTTP 401" | "api_key_expired" => {
            ("Khoá bí mật của Stripe không đúng", "Stripe does not take the key", Retry::Never)
        }
        "HTTP 429" | "HTTP 500" | "HTTP 502" | "HTTP 503" => ("Stripe đang bận", "Stripe is busy", Retry::Later),
        _ => ("Giao dịch không thành công", "Not paid", Retry::OtherMeans),
    };
    Explanation { vi: vi.into(), en: en.into(), retry }
}
