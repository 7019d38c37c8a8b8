//! Starts real servers for one test each and ends them with it.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A server that ends, with its files, when it is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    process: Child,
    _directory: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT lets PostgreSQL give its shared memory back.
        let asked = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// Starts a Redis whose `default` user has this password; `None`, aloud, where there is no `redis-server`.
pub(crate) fn redis(password: &str) -> Option<Server> {
    let Some(program) = find("redis-server") else { return skip("redis-server is not installed") };
    Some(on_free_port(|port| {
        let directory = tempfile::tempdir().unwrap();
        let configuration = directory.path().join("redis.conf");
        let lines = format!(
            "bind 127.0.0.1\nport {port}\nsave \"\"\nappendonly no\ndir {}\nrequirepass {password}\n",
            directory.path().display()
        );
        std::fs::write(&configuration, lines).unwrap();
        let mut command = Command::new(&program);
        let mut process = command.arg(&configuration).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let log = process.stdout.take().unwrap();
        (Server { port, process, _directory: directory }, await_line(log, "Ready to accept connections"))
    }))
}

/// Starts a `PostgreSQL` with the superuser `postgres`, whose password this is, and password logins only; `None`,
/// aloud, where it is not installed or may not run.
pub(crate) fn postgres(password: &str) -> Option<Server> {
    let (Some(initdb), Some(program)) = (find("initdb"), find("postgres")) else {
        return skip("PostgreSQL is not installed");
    };
    let Some(user) = UnprivilegedUser::choose() else {
        return skip("PostgreSQL refuses to run as root and no other user can be taken on");
    };
    Some(on_free_port(|port| {
        let directory = tempfile::tempdir().unwrap();
        user.own(directory.path());
        let data = make_cluster(&user, &initdb, directory.path(), password);
        let mut process = user
            .command(&program)
            .arg("-D")
            .arg(&data)
            .args(["-F", "-h", "127.0.0.1", "-p", &port.to_string()])
            .arg("-k")
            .arg(directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = process.stderr.take().unwrap();
        (Server { port, process, _directory: directory }, await_line(log, "ready to accept connections"))
    }))
}

fn make_cluster(user: &UnprivilegedUser, initdb: &Path, directory: &Path, password: &str) -> PathBuf {
    let data = directory.join("data");
    let password_file = directory.join("password");
    std::fs::write(&password_file, password).unwrap();
    user.own(&password_file);
    let made = user
        .command(initdb)
        .args(["--username=postgres", "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C"])
        .arg(format!("--pwfile={}", password_file.display()))
        .arg(format!("--pgdata={}", data.display()))
        .output()
        .unwrap();
    assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
    data
}

/// Starts a server on a port that is free now; another process may take the port meanwhile, so it is tried again.
fn on_free_port(start: impl Fn(u16) -> (Server, bool)) -> Server {
    for _ in 0..5 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if let (server, true) = start(port) {
            return server;
        }
    }
    panic!("the server has ended five times before it was ready");
}

/// Who runs `PostgreSQL`: the present user, or `nobody` in the place of root, whom it refuses.
struct UnprivilegedUser {
    instead_of_root: Option<PathBuf>,
}

impl UnprivilegedUser {
    fn choose() -> Option<Self> {
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
        if !is_root {
            return Some(Self { instead_of_root: None });
        }
        let user = Self { instead_of_root: Some(find("setpriv")?) };
        // Others must be able to pass through the directories above as well.
        let directory = tempfile::tempdir().unwrap();
        user.own(directory.path());
        let works = user.command(Path::new("test")).arg("-w").arg(directory.path()).status();
        works.is_ok_and(|status| status.success()).then_some(user)
    }

    fn own(&self, path: &Path) {
        if self.instead_of_root.is_some() {
            let status = Command::new("chown").arg("65534:65534").arg(path).status().unwrap();
            assert!(status.success(), "chown {}", path.display());
        }
    }

    fn command(&self, program: &Path) -> Command {
        match &self.instead_of_root {
            None => Command::new(program),
            Some(setpriv) => {
                let mut command = Command::new(setpriv);
                command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
                command
            }
        }
    }
}

/// Finds a program on PATH or where Debian keeps the server programs of `PostgreSQL`.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let directories = std::env::split_paths(&path).chain(versions.map(|version| version.path().join("bin")));
    directories.map(|directory| directory.join(program)).find(|candidate| candidate.is_file())
}

fn skip(reason: &str) -> Option<Server> {
    // Straight to the stream: what the print macros say in a test that passes is swallowed.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
    None
}

/// Reads the log until it has a line with this text, then lets the rest flow away; `false` if the log ends before.
fn await_line(log: impl Read + Send + 'static, text: &str) -> bool {
    let mut lines = BufReader::new(log).lines();
    let found = lines.by_ref().map_while(Result::ok).any(|line| line.contains(text));
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    found
}
