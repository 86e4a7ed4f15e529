//! The command line: `lossbench --help`. Exit status 0 means done, 1 a verdict that
//! differs, 2 wrong use or bad input.

#![forbid(unsafe_code)]
// A print panics where its reader has gone, and with it the run.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::main() {
        Ok(code) => code,
        Err(error) => {
            cli::say(&format!("lossbench: {}", lossbench::fault::one_line(&format!("{error:#}"))));
            ExitCode::from(2)
        }
    }
}
