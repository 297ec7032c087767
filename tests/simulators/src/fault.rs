//! What goes wrong, on demand.

/// A failure of a provider, or of the way to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// All is well.
    None,
    /// The money moves, and is told of so many seconds later.
    Late(u64),
    /// It is told twice.
    Twice,
    /// A failure that came before is told after the success.
    OutOfOrder,
    /// It is never told.
    Never,
    /// Another amount was paid.
    OtherAmount(u64),
    /// What tells of it is signed with another secret.
    WrongSignature,
    /// The payment or refund is made, and its answer never comes.
    SilentAfterDoing,
    /// The payment or refund is refused.
    Refused,
}

impl Fault {
    /// By its word, as the page sends it.
    pub fn parse(word: &str) -> Option<Fault> {
        Some(match word.split_once(' ').unwrap_or((word, "")) {
            ("" | "none", _) => Fault::None,
            ("late", seconds) => Fault::Late(seconds.parse().unwrap_or(20)),
            ("twice", _) => Fault::Twice,
            ("out-of-order", _) => Fault::OutOfOrder,
            ("never", _) => Fault::Never,
            ("other-amount", amount) => Fault::OtherAmount(amount.parse().ok()?),
            ("wrong-signature", _) => Fault::WrongSignature,
            ("silent", _) => Fault::SilentAfterDoing,
            ("refused", _) => Fault::Refused,
            _ => return None,
        })
    }

    /// Every one, with its word and what it does, for the page.
    pub const WORDS: [(&str, &str); 9] = [
        ("none", "Bình thường"),
        ("late 20", "Báo muộn 20 giây"),
        ("twice", "Báo hai lần"),
        ("out-of-order", "Báo sai thứ tự"),
        ("never", "Không báo"),
        ("other-amount 1000", "Chuyển 1 000 đ"),
        ("wrong-signature", "Chữ ký sai"),
        ("silent", "Trừ tiền rồi mất kết nối"),
        ("refused", "Ngân hàng từ chối"),
    ];
}
