//! A token of SoftHSM. It is told by its environment where its tokens are, so the test runs in a process of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, CertificateType, ObjectClass};
use cryptoki::session::UserType;
use vienphi_signing::{KeyName, Pkcs11Signer, Profile, SignError, Signer, TokenName, sign, verify};

use crate::documents::ENVELOPE;
use crate::identity::{Folder, hospital, now, profile, run, stranger};
use crate::xmlsec;

const PIN: &str = "246810";

fn module() -> PathBuf {
    let folders = ["/usr/lib/softhsm", "/usr/lib/x86_64-linux-gnu/softhsm", "/usr/lib/aarch64-linux-gnu/softhsm"];
    let module = folders.iter().map(|folder| Path::new(folder).join("libsofthsm2.so")).find(|path| path.exists());
    module.expect("softhsm2 is installed")
}

#[test]
fn a_token_signs_again_after_it_was_lost() {
    if env::var_os("SOFTHSM2_CONF").is_some() {
        return with_tokens();
    }
    let folder = Folder::new();
    fs::create_dir(folder.path("tokens")).unwrap();
    let tokens = folder.path("tokens");
    let configuration =
        folder.write("softhsm2.conf", format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()));
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "token::a_token_signs_again_after_it_was_lost", "--nocapture"])
        .env("SOFTHSM2_CONF", configuration)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The module, whether or not a signer has begun with it.
fn initialized() -> Pkcs11 {
    let context = Pkcs11::new(module()).unwrap();
    let _ = context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
    context
}

fn with_tokens() {
    for label in ["benh vien", "hai", "hai"] {
        run(
            "softhsm2-util",
            &[&"--init-token", &"--free", &"--label", &label, &"--pin", &PIN, &"--so-pin", &"13579135"],
        );
    }
    for (identity, label, id) in [(hospital(), "ky", "a1"), (stranger(), "khac", "b2"), (stranger(), "khac", "b3")] {
        let folder = identity.unpacked();
        let key = folder.path("key.pem");
        run(
            "softhsm2-util",
            &[&"--import", &key, &"--token", &"benh vien", &"--label", &label, &"--id", &id, &"--pin", &PIN],
        );
    }
    let open =
        |token: &str, key: KeyName, pin: &str| Pkcs11Signer::open(&module(), TokenName::Label(token.into()), key, pin);
    let label = |label: &str| KeyName::Label(label.into());
    assert_eq!(open("benh vien", label("ky"), PIN).err(), Some(SignError::NoCertificate));
    let context = initialized();
    let slots = context.get_slots_with_initialized_token().unwrap();
    let is_ours = |slot: &&cryptoki::slot::Slot| context.get_token_info(**slot).unwrap().label() == "benh vien";
    let slot = *slots.iter().find(is_ours).unwrap();
    {
        let session = context.open_rw_session(slot).unwrap();
        session.login(UserType::User, Some(&PIN.into())).unwrap();
        session
            .create_object(&[
                Attribute::Class(ObjectClass::CERTIFICATE),
                Attribute::CertificateType(CertificateType::X_509),
                Attribute::Token(true),
                Attribute::Id(vec![0xa1]),
                Attribute::Subject(vec![0x30, 0x00]),
                Attribute::Value(hospital().certificate()),
            ])
            .unwrap();
        session.logout().unwrap();
    }

    assert_eq!(open("benh vien", label("khac"), PIN).err(), Some(SignError::ManyKeys(2)));
    assert_eq!(open("benh vien", KeyName::Id(vec![0xb2]), PIN).err(), Some(SignError::NoCertificate));
    assert_eq!(open("benh vien", label("x"), PIN).err(), Some(SignError::NoKey));
    assert_eq!(open("x", label("ky"), PIN).err(), Some(SignError::NoToken("\"x\"".into())));
    assert_eq!(open("hai", label("ky"), PIN).err(), Some(SignError::ManyTokens(2)));
    assert!(matches!(
        Pkcs11Signer::open(Path::new("no/module.so"), TokenName::Slot(0), label("ky"), PIN),
        Err(SignError::Token(_))
    ));

    let by_slot = Pkcs11Signer::open(&module(), TokenName::Slot(slot.id()), KeyName::Id(vec![0xa1]), PIN).unwrap();
    let signer = open("benh vien", label("ky"), PIN).unwrap();
    assert_eq!(signer.certificate(), hospital().certificate());
    assert!(!format!("{signer:?}").contains(PIN));
    let verified = |signer: &Pkcs11Signer, profile: &Profile| {
        let signed = sign(ENVELOPE.as_bytes(), profile, signer).unwrap();
        assert!(verify(&signed, profile, &hospital().trust(), now()).is_ok());
        signed
    };
    let signed = verified(&signer, &profile());
    // The same key signs the same, in whatever it is kept.
    assert_eq!(signed, sign(ENVELOPE.as_bytes(), &profile(), &hospital().signer()).unwrap());
    xmlsec::accepts(&[signed], hospital());

    // All sessions are gone, and the module knows of nothing.
    context.finalize().unwrap();
    verified(&signer, &profile());
    verified(&by_slot, &profile());
    initialized().finalize().unwrap();
    verified(&by_slot, &profile());

    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| verified(&signer, &profile()));
        }
    });

    // The PIN was changed meanwhile: it is told once and no more, or the token would lock itself.
    let context = initialized();
    {
        let session = context.open_rw_session(slot).unwrap();
        session.set_pin(&PIN.into(), &"135790".into()).unwrap();
    }
    context.finalize().unwrap();
    for _ in 0..20 {
        assert_eq!(signer.sign_sha256(b"x"), Err(SignError::Pin));
    }
    assert!(open("benh vien", label("ky"), "135790").is_ok());
    assert_eq!(open("benh vien", label("ky"), PIN).err(), Some(SignError::Pin));
}
