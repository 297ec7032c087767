//! From source to a package, for authors of plugins (`vienphi plugin new`, `build`) and for this tree (`cargo xtask
//! plugins`) alike.
//!
//! * [`project`]: a plugin's own folder, outside any tree of ours: written new, then built
//! * [`toolchain`]: which compiler builds for Wasm
//! * [`package`]: the package folder: manifest, component, prices and cases
//! * [`step`]: one external program, with a sentence for when it fails
//! * [`debian`]: packages of Debian's that are installed when missing

pub mod debian;
pub mod package;
pub mod project;
mod sdk;
pub mod step;
pub mod toolchain;

pub use project::Project;
pub use step::Failure;
pub use toolchain::Toolchain;
