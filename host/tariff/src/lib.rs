//! What things cost: price tables by code and day, and the package that brings one.
//!
//! * [`Table`]: the rows of one file, with R28 applied inside it
//! * [`Prices`]: the catalogues laid over a package's table (C5)
//! * [`percent`]: how much dearer something became
//! * [`Package`]: `plugin.toml`, component, table and digest

mod catalogue;
mod change;
mod package;
mod prices;
mod table;

pub use catalogue::{CATALOGUE_COLUMNS, read_catalogue};
pub use change::percent;
pub use package::{
    MANIFEST_FILE, Manifest, Package, PackageError, SIGNATURE_FILE, Status, Transition, is_plain_name, package_digest,
};
pub use prices::{Prices, Window};
pub use table::{INTERVENTION_COLUMN, Intervention, Note, PRICE_COLUMNS, Place, Report, Row, Table, read_table};
