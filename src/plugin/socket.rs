//! A socket that only this user, and the group that the host names, can reach.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use ring::rand::SecureRandom as _;
use tokio::net::{UnixListener, UnixStream};

use super::address::Address;
use super::handshake::Invitation;

/// The longest path that every system takes as a socket's address, without the final zero byte.
const LONGEST_PATH: usize = 103;
/// Where to go if the usual place for temporary files has too long a name.
const SHORT_BASES: [&str; 2] = ["/tmp", "/var/tmp"];
/// The socket's name in its directory.
const SOCKET: &str = "provider.sock";

/// A listening socket in a directory of its own, which goes with it.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: UnixListener,
    directory: PrivateDirectory,
}

impl Listener {
    /// Listens in a fresh directory under the place that `invitation` names, or where temporary files go.
    pub(crate) fn bind(invitation: &Invitation) -> io::Result<Self> {
        let directory = PrivateDirectory::create(invitation.socket_directory.as_deref(), &std::env::temp_dir())?;
        let path = directory.socket();
        let listener = UnixListener::bind(&path)?;
        match &invitation.socket_group {
            Some(group) => {
                let group = group_number(group)?;
                chown(&path, None, Some(group))?;
                fs::set_permissions(&path, fs::Permissions::from_mode(0o660))?;
                chown(&directory.path, None, Some(group))?;
                fs::set_permissions(&directory.path, fs::Permissions::from_mode(0o710))?;
            }
            None => fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?,
        }
        Ok(Self { listener, directory })
    }

    /// Where the socket is.
    pub(crate) fn address(&self) -> Address {
        Address::Unix(self.directory.socket())
    }

    /// Waits for a connection.
    pub(crate) async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}

/// A directory that nobody else can enter, removed with all that is in it when dropped.
#[derive(Debug)]
struct PrivateDirectory {
    path: PathBuf,
}

impl PrivateDirectory {
    /// Makes one under `wanted`, else under `temporary`; in a shorter place if the socket's path would be too long.
    fn create(wanted: Option<&Path>, temporary: &Path) -> io::Result<Self> {
        let name = fresh_name()?;
        let first = std::path::absolute(wanted.unwrap_or(temporary))?.join(&name);
        if wanted.is_some() && fits(&first.join(SOCKET)) {
            // A place that the host named and that doesn't work is a mistake to tell, not to work around.
            return Self::make(first);
        }
        let mut failure = io::Error::new(io::ErrorKind::InvalidFilename, "no path is short enough for a socket");
        for path in std::iter::once(first).chain(SHORT_BASES.map(|base| Path::new(base).join(&name))) {
            if fits(&path.join(SOCKET)) {
                match Self::make(path) {
                    Ok(directory) => return Ok(directory),
                    Err(error) => failure = error,
                }
            }
        }
        Err(failure)
    }

    fn make(path: PathBuf) -> io::Result<Self> {
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self { path })
    }

    fn socket(&self) -> PathBuf {
        self.path.join(SOCKET)
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        // It may be gone already, and nobody is left to tell.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A name that nobody can guess and hold beforehand.
fn fresh_name() -> io::Result<String> {
    let mut random = [0; 8];
    ring::rand::SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("no random numbers"))?;
    Ok(format!("infisical-{:016x}", u64::from_be_bytes(random)))
}

/// Whether `path` can be a socket's address and stand in the handshake line.
fn fits(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    bytes.len() <= LONGEST_PATH && path.to_str().is_some_and(|text| !text.contains(['|', '\n']))
}

/// The number of the group `name`, which may be that number already.
fn group_number(name: &str) -> io::Result<u32> {
    let unknown = || io::Error::new(io::ErrorKind::NotFound, format!("PLUGIN_UNIX_SOCKET_GROUP: no group {name:?}"));
    match name.parse() {
        Ok(number) => Ok(number),
        Err(_) => find_group(&fs::read_to_string("/etc/group")?, name).ok_or_else(unknown),
    }
}

fn find_group(groups: &str, name: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn the_directory_is_private_fresh_and_goes_with_its_owner() {
        let base = tempfile::tempdir().unwrap();
        let one = PrivateDirectory::create(Some(base.path()), Path::new("unused")).unwrap();
        let other = PrivateDirectory::create(Some(base.path()), Path::new("unused")).unwrap();
        assert_ne!(one.path, other.path);
        assert!(one.path.starts_with(base.path()));
        assert_eq!(fs::metadata(&one.path).unwrap().mode() & 0o777, 0o700);
        fs::write(one.socket(), "").unwrap();
        drop((one, other));
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_path_that_no_socket_can_have_is_replaced_by_a_short_one() {
        let base = tempfile::tempdir().unwrap();
        let long = base.path().join("x".repeat(LONGEST_PATH));
        let odd = base.path().join("a|b");
        for base in [&long, &odd] {
            fs::create_dir(base).unwrap();
            for (wanted, temporary) in [(Some(base.as_path()), Path::new("unused")), (None, base)] {
                let directory = PrivateDirectory::create(wanted, temporary).unwrap();
                assert!(fits(&directory.socket()), "{directory:?}");
                assert!(SHORT_BASES.iter().any(|base| directory.path.starts_with(base)));
            }
        }
    }

    #[test]
    fn a_wanted_place_that_does_not_work_is_an_error_a_default_one_is_not() {
        let base = tempfile::tempdir().unwrap();
        let missing = base.path().join("missing");
        assert!(PrivateDirectory::create(Some(&missing), base.path()).is_err());
        assert!(PrivateDirectory::create(None, &missing).is_ok());
    }

    #[tokio::test]
    async fn the_named_group_may_enter_and_nobody_else() {
        let base = tempfile::tempdir().unwrap();
        let own = fs::metadata(base.path()).unwrap().gid();
        let directory = Some(base.path().to_owned());
        let invitation = Invitation { socket_directory: directory.clone(), ..Invitation::none() };
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;

        let listener = Listener::bind(&invitation).unwrap();
        assert_eq!((mode(&listener.directory.path), mode(&listener.directory.socket())), (0o700, 0o600));

        let shared = Invitation { socket_group: Some(own.to_string()), ..invitation };
        let listener = Listener::bind(&shared).unwrap();
        assert_eq!((mode(&listener.directory.path), mode(&listener.directory.socket())), (0o710, 0o660));
        assert_eq!(fs::metadata(listener.directory.socket()).unwrap().gid(), own);
    }

    #[test]
    fn groups_are_found_by_name() {
        let groups = "root:x:0:\nstaff:x:50:ann,bob\nbroken\n";
        assert_eq!(find_group(groups, "staff"), Some(50));
        assert_eq!(find_group(groups, "ann"), None);
        assert_eq!(find_group(groups, "broken"), None);
        assert_eq!(group_number("1234").unwrap(), 1234);
    }
}
