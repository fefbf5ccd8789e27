use std::process::ExitCode;

fn main() -> ExitCode {
    shipwake::cli::main(chrono::Utc::now())
}
