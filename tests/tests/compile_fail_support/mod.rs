//! Runs compile-fail cases without colour codes if the output does not go to a terminal.

use std::io::IsTerminal;
use std::process::Command;

/// Runs the `cases`. `test` is the name of the test that calls this function.
///
/// trybuild prints colour codes unless `NO_COLOR` is set. A variable cannot be set safely in a process with several threads, so
/// the test runs once more, in a process of its own.
pub fn run(test: &str, cases: &str) {
    if std::env::var_os("NO_COLOR").is_none() && !std::io::stderr().is_terminal() {
        let program = std::env::current_exe().expect("the path of this program");
        let again =
            Command::new(program).args(["--exact", test, "--nocapture"]).env("NO_COLOR", "1").status();
        assert!(again.expect("this test runs again").success(), "see the output above");
        return;
    }
    trybuild::TestCases::new().compile_fail(cases);
}
