//! The reader of TOML: a policy that was read can be written and read again, and is equal; messages have a bounded length.
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
            let error = read.expect_err("what is invalid is not read");
            assert_eq!(error.message(), violations.to_string());
            assert!(error.message().len() < 300_000);
        }
        Err(error) => assert_eq!(read.expect_err("what is not read is no policy").message(), error.message()),
    }
});
