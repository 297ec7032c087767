//! Keys and certificates, made by OpenSSL in a folder that goes with them.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{self, Command};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

use vienphi_domain::Moment;
use vienphi_signing::{Pkcs12Signer, Profile, Trust};

/// What the key files are opened with.
pub(crate) const PASSWORD: &str = "mật khẩu 1";

/// A folder that is removed when it is no longer needed.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("vienphi-signing-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a program that must succeed.
pub(crate) fn run(program: &str, arguments: &[&dyn AsRef<OsStr>]) {
    let mut command = Command::new(program);
    command.args(arguments.iter().map(|argument| argument.as_ref()));
    let output = command.output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A key and its certificate. They are kept here and not in files, since what lives as long as the process is never dropped.
pub(crate) struct Identity {
    /// In PEM.
    key: Vec<u8>,
    /// In PEM.
    certificate: Vec<u8>,
    der: Vec<u8>,
}

impl Identity {
    /// One that vouches for itself, for 30 days.
    pub(crate) fn new(name: &str, key: &str) -> Identity {
        let folder = Folder::new();
        let subject = format!("/C=VN/O=Bệnh viện Mẫu, số 1/CN={name}");
        let (private, certificate) = (folder.path("key.pem"), folder.path("certificate.pem"));
        let mut arguments: Vec<&dyn AsRef<OsStr>> =
            vec![&"req", &"-x509", &"-nodes", &"-utf8", &"-days", &"30", &"-subj", &subject];
        let words: Vec<&str> = key.split(' ').collect();
        for word in &words {
            arguments.push(word);
        }
        arguments.extend([&"-keyout" as &dyn AsRef<OsStr>, &private, &"-out", &certificate]);
        run("openssl", &arguments);
        Identity::in_folder(&folder)
    }

    /// The one whose `key.pem` and `certificate.pem` stand in a folder.
    pub(crate) fn in_folder(folder: &Folder) -> Identity {
        let (key, certificate, der) =
            (folder.path("key.pem"), folder.path("certificate.pem"), folder.path("certificate.der"));
        run("openssl", &[&"x509", &"-in", &certificate, &"-outform", &"DER", &"-out", &der]);
        let [key, certificate, der] = [key, certificate, der].map(|path| fs::read(path).unwrap());
        Identity { key, certificate, der }
    }

    /// `key.pem` and `certificate.pem` in a folder.
    pub(crate) fn unpacked(&self) -> Folder {
        let folder = Folder::new();
        folder.write("key.pem", &self.key);
        folder.write("certificate.pem", &self.certificate);
        folder
    }

    pub(crate) fn certificate(&self) -> Vec<u8> {
        self.der.clone()
    }

    pub(crate) fn fingerprint(&self) -> vienphi_domain::Digest {
        vienphi_domain::Digest::of(&self.certificate())
    }

    /// The key file, protected as OpenSSL does with these arguments.
    pub(crate) fn key_file(&self, more: &[&str]) -> Vec<u8> {
        let folder = self.unpacked();
        let (private, certificate, file) =
            (folder.path("key.pem"), folder.path("certificate.pem"), folder.path("key.p12"));
        let password = format!("pass:{PASSWORD}");
        let mut arguments: Vec<&dyn AsRef<OsStr>> = vec![
            &"pkcs12",
            &"-export",
            &"-inkey",
            &private,
            &"-in",
            &certificate,
            &"-passout",
            &password,
            &"-out",
            &file,
        ];
        for word in more {
            arguments.push(word);
        }
        run("openssl", &arguments);
        fs::read(file).unwrap()
    }

    pub(crate) fn signer(&self) -> Pkcs12Signer {
        Pkcs12Signer::open(&self.key_file(&[]), PASSWORD).unwrap()
    }

    /// Trust in it alone.
    pub(crate) fn trust(&self) -> Trust {
        Trust::only([self.fingerprint()], []).unwrap()
    }
}

/// An RSA key as `openssl req` is asked for one.
pub(crate) const RSA: &str = "-newkey rsa:2048";

/// The hospital, whose key many tests use.
pub(crate) fn hospital() -> &'static Identity {
    static HOSPITAL: OnceLock<Identity> = OnceLock::new();
    HOSPITAL.get_or_init(|| Identity::new("Bệnh viện Mẫu", RSA))
}

/// The hospital's key.
pub(crate) fn hospital_signer() -> &'static Pkcs12Signer {
    static SIGNER: OnceLock<Pkcs12Signer> = OnceLock::new();
    SIGNER.get_or_init(|| hospital().signer())
}

/// Somebody else.
pub(crate) fn stranger() -> &'static Identity {
    static STRANGER: OnceLock<Identity> = OnceLock::new();
    STRANGER.get_or_init(|| Identity::new("Bệnh viện Mẫu", RSA))
}

pub(crate) fn profile() -> Profile {
    Profile::read(PROFILE).unwrap()
}

/// The file of policies.
pub(crate) const PROFILE: &str = include_str!("../../../../policies/claims/signature.toml");

/// All profiles that differ in what is computed.
pub(crate) fn profiles() -> Vec<Profile> {
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let all = "key_info = [\"certificate\", \"issuer-serial\", \"subject\"]";
    [
        PROFILE.to_owned(),
        PROFILE.replace(exclusive, inclusive),
        PROFILE.replace(&format!(", \"{exclusive}\"]"), "]").replace("key_info = [\"certificate\"]", all),
        PROFILE.replacen(&format!("\"{exclusive}\"\n"), &format!("\"{inclusive}\"\n"), 1),
    ]
    .iter()
    .map(|text| Profile::read(text).unwrap())
    .collect()
}

pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Moment::from_count(i64::try_from(since.as_micros()).unwrap())
}

pub(crate) fn days_from_now(days: i64) -> Moment {
    Moment::from_count(now().count() + days * 24 * 3600 * 1_000_000)
}
