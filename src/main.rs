//! The command line: `lossbench --help`. Exit status 0 means done, 1 a verdict that
//! differs, 2 wrong use or bad input.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::main() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("lossbench: {}", format!("{error:#}").replace(char::is_control, " "));
            ExitCode::from(2)
        }
    }
}
