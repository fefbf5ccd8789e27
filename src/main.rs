use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
fn main() -> ExitCode {
    shipwake::cli::main(chrono::Utc::now())
}
