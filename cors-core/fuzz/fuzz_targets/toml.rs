//! Fuzzes the deserialization of TOML. A policy that is read has to be valid, and equal to itself after it is written and
//! read again. The message for a refused policy has to have a bounded length.
#![no_main]

use cors_core::{Builder, CompiledPolicy, Policy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let read = toml::from_str::<Policy>(text);
    match toml::from_str::<Builder>(text).map(Builder::build) {
        Ok(Ok(policy)) => {
            assert_eq!(read.as_ref().ok(), Some(&policy));
            let written = toml::to_string(&policy).expect("every policy is written");
            assert_eq!(toml::from_str::<Policy>(&written).as_ref(), Ok(&policy), "{written}");
            CompiledPolicy::new(&policy).expect("a policy from a file compiles");
            assert!(!policy.to_string().is_empty());
        }
        Ok(Err(violations)) => {
            assert!(!violations.is_empty());
            let error = read.expect_err("an invalid policy is not read");
            assert_eq!(error.message(), violations.to_string());
            assert!(error.message().len() < 300_000);
        }
        Err(error) => assert_eq!(
            read.expect_err("a builder that is not read is no policy either").message(),
            error.message()
        ),
    }
});
