//! A package store with its people and two packages, worked on by the real binary.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::checkout;
use crate::folder::Folder;

/// What an examination (02.03) costs in the first package.
pub const OLD: &str = "45000";
/// And in the second.
pub const NEW: &str = "50000";

/// A store, an author, two approvers and two packages of Cần Thơ: the second has another price of the examination.
pub struct Town {
    folder: Folder,
    binary: PathBuf,
}

impl Town {
    /// With a binary, in a folder of its own.
    pub fn new(name: &str, binary: &Path) -> Town {
        let town = Town { folder: Folder::new(name), binary: binary.to_owned() };
        let keys: Vec<String> = ["author", "an", "binh"]
            .map(|person| words(&town.succeeds(&["plugin", "key", &town.at(&format!("{person}.pem"))])))
            .into();
        let row = |name: &str, key: &str| format!("[[approver]]\nname = \"{name}\"\nkey = \"{}\"\n", key.trim());
        // The author may approve what others made.
        let list = row("An", &keys[1]) + &row("Bình", &keys[2]) + &row("Tác giả", &keys[0]);
        write(town.at("approvers.toml"), &list);
        for (folder, version, price) in [("v1", "1.0.0", OLD), ("v2", "2.0.0", NEW)] {
            write_package(Path::new(&town.at(folder)), version, price);
        }
        write(town.at("visit.json"), &visit("V1").to_string());
        write(town.at("visits.jsonl"), &format!("{}\n{}\n", visit("V1"), visit("V2")));
        town
    }

    /// A path in its folder, as an argument.
    pub fn at(&self, name: &str) -> String {
        self.folder.at(name)
    }

    /// The options that name its store.
    pub fn store(&self) -> [String; 4] {
        ["--plugin-store".into(), self.at("store"), "--approvers".into(), self.at("approvers.toml")]
    }

    /// Runs a command, on the store where it takes one. Answers the exit code and everything that was said.
    pub fn tries(&self, args: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(&self.binary);
        command.args(args).current_dir(checkout::root()).env("VIENPHI_CACHE", checkout::target().join("compiled"));
        if !matches!(args[1], "key" | "sign" | "diff" | "run") {
            command.args(self.store());
        }
        let output = command.output().expect("the binary is built");
        (output.status.code(), words(&output.stdout) + &words(&output.stderr))
    }

    /// Runs a command that must end well. Answers what it said.
    pub fn succeeds(&self, args: &[&str]) -> Vec<u8> {
        let (code, text) = self.tries(args);
        assert_eq!(code, Some(0), "{args:?}: {text}");
        text.into_bytes()
    }

    /// A command is refused with this exit code and these words.
    pub fn refuses(&self, code: i32, said: &str, args: &[&str]) {
        let (ended, text) = self.tries(args);
        let is_right = ended == Some(code) && text.contains(said);
        assert!(is_right, "{args:?}: exit {ended:?}, wanted {code} and {said:?}: {text}");
    }

    /// Signs a package and installs it. Answers its digest.
    pub fn installs(&self, package: &str) -> String {
        let package = self.at(package);
        self.succeeds(&["plugin", "sign", "--key", &self.at("author.pem"), &package]);
        let visits = self.at("visits.jsonl");
        let said = words(&self.succeeds(&["plugin", "install", &package, "--encounters", &visits]));
        let digest = said.lines().find_map(|line| line.strip_prefix("installed "));
        digest.unwrap_or_else(|| panic!("{said}")).to_owned()
    }

    /// Installs a package and has both approve it. Answers its digest.
    pub fn installs_approved(&self, package: &str) -> String {
        let digest = self.installs(package);
        for who in ["an", "binh"] {
            let (code, said) = self.approves(who, &digest);
            assert_eq!(code, Some(0), "{said}");
        }
        digest
    }

    /// Somebody approves a package.
    pub fn approves(&self, who: &str, digest: &str) -> (Option<i32>, String) {
        self.tries(&["plugin", "approve", "--key", &self.at(&format!("{who}.pem")), digest])
    }

    /// A package becomes active.
    pub fn activates(&self, digest: &str) {
        self.succeeds(&["plugin", "activate", "--key", &self.at("an.pem"), digest]);
    }

    /// The last activation is undone.
    pub fn rolls_back(&self) {
        self.succeeds(&["plugin", "rollback", "--key", &self.at("binh.pem"), "92"]);
    }

    /// The statement of its visit.
    pub fn statement(&self) -> Value {
        let text = self.succeeds(&["price", "--json", &self.at("visit.json")]);
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{error}: {}", words(&text)))
    }
}

/// Bytes as words.
pub fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn write(path: impl AsRef<Path>, text: &str) {
    std::fs::write(path.as_ref(), text).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()));
}

/// Cần Thơ's package with another version and price of the examination, and a case that shows it.
pub fn write_package(folder: &Path, version: &str, price: &str) {
    let real = checkout::plugins().join("tariff-can-tho");
    std::fs::create_dir_all(folder.join("cases")).expect("a folder");
    std::fs::copy(real.join("component.wasm"), folder.join("component.wasm")).expect("cargo xtask plugins was run");
    let read = |name: &str| std::fs::read_to_string(real.join(name)).expect("cargo xtask plugins was run");
    let manifest = read("plugin.toml").replace("version = \"0.1.0\"", &format!("version = \"{version}\""));
    write(folder.join("plugin.toml"), &manifest);
    let (old, new) = ("02.03,Khám Nội tổng hợp,45000,45000,", format!("02.03,Khám Nội tổng hợp,{price},{price},"));
    write(folder.join("prices.csv"), &read("prices.csv").replace(old, &new));
    write(folder.join("cases/visits.toml"), &case(price));
}

/// A worked case of the examination.
pub fn case(price: &str) -> String {
    format!(
        "[[case]]\nname = \"an examination without a card\"\nreading = 16\nfires = true\nground = \"R16\"\n\
         facility = \"92114\"\ncoverages = []\n\
         visit = {{ type = \"01\", subject = \"9\", arrived_at = \"2026-03-02T08:00\", discharged_at = \"2026-03-02T10:00\" }}\n\
         lines = \"\"\"\nid | kind | code | quantity | performed_at\n1 | exam | 02.03 | 1 | 2026-03-02T09:00\n\"\"\"\n\
         totals = {{ cash_due = \"{price}\" }}\n"
    )
}

/// One examination without a card.
pub fn visit(id: &str) -> Value {
    json!({
        "id": id, "facility": "92114", "patient": {"birth_date": "1961-04-02", "sex": "female"},
        "visit": {"type": "01", "subject": "9", "arrived_at": "2026-03-02T08:10", "discharged_at": "2026-03-02T11:00"},
        "lines": [{"id": "1", "kind": "exam", "code": "02.03", "quantity": 1, "performed_at": "2026-03-02T08:20"}],
    })
}
