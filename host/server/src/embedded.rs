//! Files built into the binary: policies, tariff packages and the sample day.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
