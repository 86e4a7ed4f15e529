//! The command line: `lossbench --help`. Exit status 0 means done, 2 wrong use or bad input.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lossbench: {}", format!("{error:#}").replace('\n', " "));
            ExitCode::from(2)
        }
    }
}
