//! How many envelopes of 60 KB a core signs and verifies in a second.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs, process};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vienphi_domain::{Digest, Moment};
use vienphi_signing::{Pkcs12Signer, Profile, SignError, Signer, Trust, sign, verify};

/// A claim with twelve tables of five thousand bytes.
fn envelope() -> Vec<u8> {
    let tables: String = (1..=12)
        .map(|table| {
            let content = "PFRPTkdfSE9QPg==".repeat(310);
            format!("<FILEHOSO><LOAIHOSO>XML{table}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>\r\n")
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<GIAMDINHHS><THONGTINDONVI><MACSKCB>92114</MACSKCB></THONGTINDONVI>\
         <THONGTINHOSO><NGAYLAP>20260302</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO><HOSO>{tables}</HOSO></DANHSACHHOSO>\
         </THONGTINHOSO><CHUKYDONVI></CHUKYDONVI></GIAMDINHHS>"
    )
    .into_bytes()
}

/// Gives the first signature again, so that what is left is all but the key's work.
struct Remembering {
    signer: Pkcs12Signer,
    signature: OnceLock<Vec<u8>>,
}

impl Signer for Remembering {
    fn certificate(&self) -> &[u8] {
        self.signer.certificate()
    }

    fn sign_sha256(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        if let Some(signature) = self.signature.get() {
            return Ok(signature.clone());
        }
        let signature = self.signer.sign_sha256(message)?;
        Ok(self.signature.get_or_init(|| signature).clone())
    }
}

fn key_file() -> Vec<u8> {
    let folder = env::temp_dir().join(format!("vienphi-signing-bench-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let request = "req -x509 -nodes -newkey rsa:2048 -days 30 -subj /CN=Mau -keyout key.pem -out certificate.pem";
    openssl(&request.split(' ').collect::<Vec<_>>());
    let export = "pkcs12 -export -inkey key.pem -in certificate.pem -passout pass:mau -out key.p12";
    openssl(&export.split(' ').collect::<Vec<_>>());
    let file = fs::read(folder.join(Path::new("key.p12"))).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    file
}

fn signing(criterion: &mut Criterion) {
    let profile = Profile::read(include_str!("../../../policies/claims/signature.toml")).unwrap();
    let file = key_file();
    let signer = Pkcs12Signer::open(&file, "mau").unwrap();
    let remembering = Remembering { signer: Pkcs12Signer::open(&file, "mau").unwrap(), signature: OnceLock::new() };
    let trust = Trust::only([Digest::of(signer.certificate())], []).unwrap();
    let envelope = envelope();
    let signed = sign(&envelope, &profile, &signer).unwrap();
    let at = verify(&signed, &profile, &Trust::Any, Moment::from_count(0)).map_or_else(
        |refused| match refused {
            vienphi_signing::Refused::NotYetValid(at) => at,
            other => panic!("{other}"),
        },
        |signed| signed.not_before,
    );

    let mut group = criterion.benchmark_group("signing");
    group.throughput(Throughput::Elements(1));
    group.bench_function("sign", |bencher| bencher.iter(|| sign(black_box(&envelope), &profile, &signer).unwrap()));
    group.bench_function("sign without the key", |bencher| {
        bencher.iter(|| sign(black_box(&envelope), &profile, &remembering).unwrap());
    });
    group.bench_function("verify", |bencher| {
        bencher.iter(|| verify(black_box(&signed), &profile, &trust, at).unwrap());
    });
    group.finish();
}

criterion_group!(benches, signing);
criterion_main!(benches);
