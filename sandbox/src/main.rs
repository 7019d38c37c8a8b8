//! The program `infisical-sandbox`: reads the command line, serves, tells how to reach it, and ends in good order.
#![expect(clippy::print_stderr, reason = "a program for people")]

mod arguments;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use infisical_sandbox::issuers::ThirdParties;
use infisical_sandbox::persistence::{self, Kept};
use infisical_sandbox::rate_limit::RateLimits;
use infisical_sandbox::{Options, Running, Sandbox, StartError, seed, validation};

use arguments::{Command, HELP, Settings};

/// A wrong command line or a file that cannot be used.
const MISUSE: u8 = 2;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let outcome = match arguments::parse(arguments, |name| std::env::var(name).ok()) {
        Ok(Command::Help) => say(HELP),
        Ok(Command::Version) => say(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Command::Serve(settings)) => serve(&settings),
        Err(mistake) => Err(Failure { code: MISUSE, message: format!("{mistake}\nTry infisical-sandbox --help.") }),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("infisical-sandbox: {}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}

/// Why the program ends with an error.
struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    fn new(code: u8, cause: &impl ToString) -> Self {
        Self { code, message: cause.to_string() }
    }
}

fn say(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        // Whoever reads may have had enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(1, &error)),
        _ => Ok(()),
    }
}

fn serve(settings: &Settings) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| Failure::new(1, &error))?;
    // Signals that arrive from now on are kept until somebody waits for them.
    let ended = runtime.block_on(async { ended() }).map_err(|error| Failure::new(1, &error))?;
    let running = start(settings)?;
    runtime.block_on(check_servers(settings))?;
    if let Some(path) = &settings.state {
        // It proves, before anything is promised, that the file can be written.
        persistence::save(running.core(), path).map_err(|error| Failure::new(MISUSE, &error))?;
    }
    say(&greeting(&running, settings))?;
    runtime.block_on(async {
        let Some(path) = &settings.state else { return ended.await };
        let complain = |error| eprintln!("infisical-sandbox: {error}");
        tokio::select! {
            () = ended => {}
            () = persistence::keep_saved(running.core(), path, complain) => {}
        }
    });
    let core = running.core().clone();
    running.shutdown();
    match &settings.state {
        Some(path) => persistence::save(&core, path).map_err(|error| Failure::new(1, &error)),
        None => Ok(()),
    }
}

fn start(settings: &Settings) -> Result<Running, Failure> {
    if let Some(folder) = &settings.kinds {
        let mistake =
            |error: String| Failure { code: MISUSE, message: format!("--kinds {}: {error}", folder.display()) };
        let documents = documents(folder).map_err(|error| mistake(error.to_string()))?;
        validation::add_kinds(documents).map_err(mistake)?;
    }
    let kept = match &settings.state {
        Some(path) => Kept::load(path).map_err(|error| Failure::new(MISUSE, &error))?,
        None => None,
    };
    let mut options = Options {
        listen: settings.listen,
        rate_limits: settings.rate_limits.then(RateLimits::default),
        ..Options::default()
    };
    let mut issued = Vec::new();
    if let Some(kept) = kept {
        options.clock = kept.clock();
        options.state = kept.state;
        issued = kept.issued;
    }
    let now = options.clock.now();
    if settings.seed {
        seed::plant(&mut options.state, now);
    }
    for (app, credentials) in &settings.servers {
        seed::connect(&mut options.state, app, credentials.clone(), now);
    }
    let running = Sandbox::start(options).map_err(|error| {
        let hint = if matches!(error, StartError::Listen { .. }) { "; --listen takes another address" } else { "" };
        Failure { code: 1, message: format!("{error}{hint}") }
    })?;
    running.core().third_parties.restore(issued);
    Ok(running)
}

/// The documents of a folder, by the names of their files without the ending.
fn documents(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut documents = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if let (Some(slug), Some("json")) = (path.file_stem(), path.extension().and_then(OsStr::to_str)) {
            documents.insert(slug.to_string_lossy().into_owned(), fs::read_to_string(&path)?);
        }
    }
    Ok(documents)
}

async fn check_servers(settings: &Settings) -> Result<(), Failure> {
    for (app, credentials) in &settings.servers {
        let checked = ThirdParties::default().check_connection(app, credentials).await;
        checked.map_err(|error| Failure { code: 1, message: format!("--{app}: {error}") })?;
    }
    Ok(())
}

/// What a person, or the program that started this one, needs to know: lines that a shell can read.
fn greeting(running: &Running, settings: &Settings) -> String {
    let url = running.url();
    let mut lines = vec![
        format!("# infisical-sandbox {} serves {url} until Ctrl-C", env!("CARGO_PKG_VERSION")),
        format!("export INFISICAL_HOST={url}"),
    ];
    if settings.seed {
        lines.extend([
            format!("export INFISICAL_UNIVERSAL_AUTH_CLIENT_ID={}", seed::CLIENT_ID),
            format!("export INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET={}", seed::CLIENT_SECRET),
            format!("# project \"{}\": {}", seed::PROJECT_SLUG, seed::PROJECT_ID),
            format!("# environments: {}", seed::ENVIRONMENTS.map(|(_, slug, _)| slug).join(", ")),
            format!("# folders: {}", seed::FOLDERS.join(", ")),
        ]);
        for app in ["redis", "postgres"] {
            let server = if settings.servers.iter().any(|(name, _)| *name == app) { "real" } else { "simulated" };
            lines.push(format!(
                "# app connection \"demo-{app}\" ({server}): {}",
                seed::connection_id(app).unwrap_or("")
            ));
        }
        lines.push(format!("# all {} app connections and more: {url}/_sandbox/demo", seed::CONNECTIONS.len()));
    } else {
        lines.push("# it is empty: --seed makes a demo project".to_owned());
    }
    if !running.address().ip().is_loopback() {
        lines.push("# careful: others can reach this address, and the secrets of the demo are no secrets".to_owned());
    }
    lines.join("\n") + "\n"
}

/// Ends when the process is asked to end.
#[cfg(unix)]
fn ended() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends when the process is asked to end.
#[cfg(not(unix))]
fn ended() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without signals only the end of the process is left.
        let _ = tokio::signal::ctrl_c().await;
    })
}
