//! Signals. A terminal sends Ctrl-C to the whole group: the host hears it too and says what it means, so a plugin must
//! not die of it.

use std::io;

/// The signals, caught from the moment this is made.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    terminate: tokio::signal::windows::CtrlBreak,
}

#[cfg(unix)]
impl Signals {
    /// Catches them. A closed terminal is caught for good and means nothing: the end of the host tells more.
    pub(crate) fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let _ = signal(SignalKind::hangup())?;
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }
}

#[cfg(windows)]
impl Signals {
    /// Catches them.
    pub(crate) fn catch() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()?, terminate: tokio::signal::windows::ctrl_break()? })
    }
}

impl Signals {
    /// Resolves when somebody asks this very process to end.
    pub(crate) async fn terminated(&mut self) {
        self.terminate.recv().await;
    }

    /// Resolves when somebody asks this process to end, by Ctrl-C too.
    pub(crate) async fn interrupted(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
