//! `vienphi qr`: writes and reads the codes that bank apps scan.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};
use vienphi_vietqr::{self as vietqr, Fault, Instruction, Service};

use crate::output::{Ended, complain, say};

/// What is done with a code.
#[derive(Debug, Subcommand)]
pub enum QrCommand {
    /// Print the text of a VietQR code
    Encode(EncodeArgs),
    /// Print what a code says as JSON
    Decode(DecodeArgs),
}

/// What is asked for.
#[derive(Debug, Args)]
pub struct EncodeArgs {
    /// The bank's number at NAPAS, 6 digits
    #[arg(long, value_name = "BIN")]
    bin: String,
    /// The account: at most 19 letters or digits
    #[arg(long, value_name = "NUMBER")]
    account: String,
    /// The number is a card's
    #[arg(long)]
    card: bool,
    /// In đồng, below 500 million; without it the payer types it
    #[arg(long, value_name = "ĐỒNG")]
    amount: Option<u64>,
    /// The bill number: at most 25 printable ASCII characters
    #[arg(long, value_name = "NUMBER")]
    bill: Option<String>,
    /// What it is for: folded to ASCII and shortened to 25 characters, the bill number in it kept whole
    #[arg(long, value_name = "TEXT")]
    purpose: Option<String>,
    /// Write the picture too
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Print the picture as SVG instead of the text
    #[arg(long)]
    svg: bool,
}

/// What is read.
#[derive(Debug, Args)]
pub struct DecodeArgs {
    /// The text of the code, as a scanner types it
    #[arg(value_name = "STRING")]
    code: String,
}

/// Dots on each side of a dot of the code.
const DOT: u32 = 8;

/// Empty dots around a code: fewer, and cameras do not find it.
const QUIET: usize = 4;

/// Runs the command.
pub fn run(command: &QrCommand) -> Ended {
    let done = match command {
        QrCommand::Encode(args) => encode(args),
        QrCommand::Decode(args) => decode(&args.code),
    };
    match done {
        Ok(()) => Ended::Done,
        Err(reason) => {
            complain(&format!("error: {reason}"));
            Ended::BadInput
        }
    }
}

fn encode(args: &EncodeArgs) -> Result<(), String> {
    let instruction = Instruction {
        bin: &args.bin,
        account: &args.account,
        service: if args.card { Service::Card } else { Service::Account },
        amount: args.amount,
        bill: args.bill.as_deref(),
        purpose: args.purpose.as_deref(),
    };
    let code = vietqr::encode(&instruction).map_err(|Fault { field, reason }| format!("--{field} {reason}"))?;
    let picture = || QrCode::with_error_correction_level(&code, EcLevel::M).map_err(|error| error.to_string());
    if let Some(path) = &args.png {
        write_png(path, &picture()?).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if args.svg {
        let svg = picture()?.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
        say(&format!("{svg}\n"));
    } else {
        say(&format!("{code}\n"));
    }
    Ok(())
}

/// Writes beside the file and puts it in its place whole.
fn write_png(path: &Path, code: &QrCode) -> Result<(), Box<dyn std::error::Error>> {
    let dots = code.width() + 2 * QUIET;
    let side = u32::try_from(dots)? * DOT;
    let mut picture = vec![u8::MAX; (side as usize) * (side as usize)];
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (column, row) = (place % code.width() + QUIET, place / code.width() + QUIET);
            for line in row * DOT as usize..(row + 1) * DOT as usize {
                let begin = line * side as usize + column * DOT as usize;
                picture[begin..begin + DOT as usize].fill(0);
            }
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture)?;
    writer.finish()?;
    let mut name = path.file_name().ok_or("is no file's name")?.to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let mut file = std::fs::File::create(&part)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    Ok(std::fs::rename(&part, path)?)
}

fn decode(code: &str) -> Result<(), String> {
    let read =
        vietqr::decode(code).map_err(|Fault { field, reason }| format!("the code is malformed: {field} {reason}"))?;
    let told = serde_json::json!({
        "format": read.format.word(), "dynamic": read.is_dynamic, "bin": read.bin, "account": read.account,
        "service": read.service.map(Service::word), "amount": read.amount, "bill": read.bill, "purpose": read.purpose,
        "crc_ok": read.is_intact,
    });
    say(&format!("{told:#}\n"));
    Ok(())
}
