//! What a file may cost to read.

/// Bounds within which a file is read. What goes beyond one is an error that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole file. Never more than 4 GiB, whatever stands here.
    pub file: usize,
    /// Bytes of one table when its base64 is decoded; refused by the length of the base64, before decoding.
    pub table: usize,
    /// Elements within elements. Never more than 1 000, whatever stands here.
    pub depth: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Bytes of the text of one element, the base64 of a table excepted.
    pub text: usize,
    /// `HOSO` of an envelope.
    pub claims: usize,
    /// `FILEHOSO` of a `HOSO`.
    pub tables: usize,
    /// Rows of a table.
    pub rows: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            file: 64 << 20,
            table: 32 << 20,
            depth: 64,
            attributes: 32,
            text: 4 << 20,
            claims: 10_000,
            tables: 64,
            rows: 100_000,
        }
    }
}
