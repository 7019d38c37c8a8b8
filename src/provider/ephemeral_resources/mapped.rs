//! The secrets that a rotation writes, read by their names, all from between the same two rotations.

use std::collections::{BTreeMap, BTreeSet};

use tokio_util::sync::CancellationToken;

use crate::infisical::{Client, Error, Place, SecretValue};

/// How often all secrets are read before it is told that they keep changing.
const MOST_ROUNDS: usize = 3;

/// Why the secrets can't be had.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A call failed.
    Call(Error),
    /// There is no secret of this name.
    Missing(String),
    /// The caller may know that the secret of this name exists, and not its value.
    Hidden(String),
    /// They were rotated each time while they were read.
    Restless,
}

/// Reads secrets of one folder by name.
pub(super) async fn read(
    client: &Client,
    stop: &CancellationToken,
    place: Place<'_>,
    names: &BTreeSet<&str>,
) -> Result<BTreeMap<String, SecretValue>, Trouble> {
    let one = |name: String| async move {
        let found = client.secret(stop, place, &name).await.map_err(Trouble::Call)?;
        match found {
            None => Err(Trouble::Missing(name)),
            Some(secret) if secret.is_hidden => Err(Trouble::Hidden(name)),
            Some(secret) => Ok(secret),
        }
    };
    together(names, one).await
}

/// Reads each of `names` by `one`, all of them as they were at one time.
///
/// A rotation writes all secrets at once. One that falls between two reads would leave an old user name with a new
/// password; so the first secret is looked at again in the end, and if it has another version, all are read anew.
async fn together<F: Future<Output = Result<SecretValue, Trouble>>>(
    names: &BTreeSet<&str>,
    one: impl Fn(String) -> F,
) -> Result<BTreeMap<String, SecretValue>, Trouble> {
    for _ in 0..MOST_ROUNDS {
        let mut secrets = BTreeMap::new();
        for name in names {
            secrets.insert((*name).to_owned(), one((*name).to_owned()).await?);
        }
        let Some((first, before)) = secrets.first_key_value().filter(|_| secrets.len() > 1) else {
            return Ok(secrets);
        };
        if one(first.clone()).await?.version == before.version {
            return Ok(secrets);
        }
        tracing::info!("the secrets were rotated while they were read: reading them again");
    }
    Err(Trouble::Restless)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Reads `a` and `b`, of which a rotation makes the next version before each of the reads in `rotations`.
    async fn read_during(rotations: &[usize]) -> (Result<Vec<i64>, Trouble>, usize) {
        let reads = Cell::new(0);
        let one = async |name: String| {
            reads.set(reads.get() + 1);
            let version = rotations.iter().filter(|before| **before <= reads.get()).count();
            Ok(SecretValue {
                name,
                version: i64::try_from(version).unwrap(),
                value: "".into(),
                is_hidden: false,
                rotation_id: None,
            })
        };
        let outcome = together(&["a", "b"].into(), one).await;
        (outcome.map(|secrets| secrets.values().map(|secret| secret.version).collect()), reads.get())
    }

    #[tokio::test]
    async fn a_rotation_between_two_reads_is_noticed() {
        for (rotations, versions, reads) in [
            (&[][..], [0, 0], 3),
            (&[2], [1, 1], 6),
            (&[3], [1, 1], 6),
            (&[2, 5], [2, 2], 9),
            // After the last look nothing matters any more.
            (&[4], [0, 0], 3),
        ] {
            let (outcome, count) = read_during(rotations).await;
            assert_eq!((outcome.unwrap().as_slice(), count), (&versions[..], reads), "{rotations:?}");
        }
        let (outcome, _) = read_during(&[2, 5, 8]).await;
        assert!(matches!(outcome, Err(Trouble::Restless)));
    }

    #[tokio::test]
    async fn one_secret_is_read_once_and_trouble_ends_it() {
        let reads = Cell::new(0);
        let one = async |name: String| {
            reads.set(reads.get() + 1);
            Err(Trouble::Missing(name))
        };
        assert!(matches!(together(&["a"].into(), one).await, Err(Trouble::Missing(name)) if name == "a"));
        assert_eq!(reads.get(), 1);
    }
}
