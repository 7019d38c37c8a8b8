//! What many measurements of the same thing come down to.

use std::time::Duration;

/// Durations of the same thing, measured again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sample {
    sorted: Vec<Duration>,
}

impl Sample {
    /// The duration that half of the measurements don't exceed.
    pub(super) fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// The shortest duration: what other work on the machine has disturbed least.
    pub(super) fn fastest(&self) -> Duration {
        self.percentile(0)
    }

    /// The smallest measured duration that so many of a hundred measurements don't exceed; zero if nothing was measured.
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.sorted.len() * percent).div_ceil(100);
        self.sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

impl FromIterator<Duration> for Sample {
    fn from_iter<I: IntoIterator<Item = Duration>>(durations: I) -> Self {
        let mut sorted: Vec<Duration> = durations.into_iter().collect();
        sorted.sort_unstable();
        Self { sorted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(milliseconds: impl IntoIterator<Item = u64>) -> Sample {
        milliseconds.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_measured_values() {
        let hundred = sample((1..=100).rev());
        assert_eq!(hundred.median(), Duration::from_millis(50));
        assert_eq!(hundred.percentile(99), Duration::from_millis(99));
        assert_eq!(hundred.percentile(100), Duration::from_millis(100));
        assert_eq!(hundred.fastest(), Duration::from_millis(1));
    }

    #[test]
    fn few_measurements_have_percentiles_too() {
        assert_eq!(sample([7]).percentile(99), Duration::from_millis(7));
        assert_eq!(sample([9, 1, 5]).median(), Duration::from_millis(5));
        assert_eq!(sample([4, 2]).median(), Duration::from_millis(2));
        assert_eq!(sample([]).median(), Duration::ZERO);
    }
}
