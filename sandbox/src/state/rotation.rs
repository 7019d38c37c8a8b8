//! Rotations as they are stored.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use crate::clock::Moment;

/// A secret rotation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    /// UUID.
    pub id: String,
    /// Unique in its folder across all kinds.
    pub name: String,
    /// Free text; a blank stays a blank.
    pub description: Option<String>,
    /// The kind's slug.
    #[serde(rename = "type")]
    pub kind: String,
    /// As normalised by validation.
    pub parameters: Value,
    /// Credential key to secret name.
    pub secrets_mapping: Map<String, Value>,
    /// Whether the schedule rotates it.
    pub is_auto_rotation_enabled: bool,
    /// Days between scheduled rotations; validation does not insist on a whole number.
    pub rotation_interval: Number,
    /// The time of day of scheduled rotations.
    pub rotate_at_utc: RotateAt,
    /// The slot of the credentials in use.
    pub active_index: usize,
    /// One set of credentials after creation, two from the first rotation on.
    pub generated_credentials: Vec<Value>,
    /// Where it lives.
    pub project_id: String,
    /// Where it lives.
    pub environment_id: String,
    /// Where it lives.
    pub folder_id: String,
    /// How the third party is reached.
    pub connection_id: String,
    /// How the last rotation went.
    pub rotation_status: Status,
    /// When the last rotation was tried.
    pub last_rotation_attempted_at: Moment,
    /// When the credentials last changed.
    pub last_rotated_at: Moment,
    /// The scheduled job that last ran.
    pub last_rotation_job_id: Option<String>,
    /// Why the last rotation failed.
    pub last_rotation_message: Option<String>,
    /// Whether a person (or a change of settings) caused the last rotation.
    pub is_last_rotation_manual: bool,
    /// When the schedule rotates it next.
    pub next_rotation_at: Option<Moment>,
    /// A job that the daily pick or a change of settings has queued.
    pub queued: Option<QueuedJob>,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
}

/// A time of day in UTC; the API does not insist on whole numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateAt {
    /// 0 to 23.
    pub hours: Number,
    /// 0 to 59.
    pub minutes: Number,
}

impl Default for RotateAt {
    fn default() -> Self {
        Self { hours: Number::from(0), minutes: Number::from(0) }
    }
}

/// How the last rotation went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The credentials were issued and stored.
    Success,
    /// The third party or the bookkeeping after it failed.
    Failed,
}

impl Status {
    /// Tells the API's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
        }
    }
}

/// A rotation job that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueuedJob {
    /// What `lastRotationJobId` becomes.
    pub id: String,
    /// When it runs.
    pub due: Moment,
    /// Whether a change of settings queued it: such a run counts as manual.
    pub manual: bool,
    /// The value of `lastRotatedAt` when it was queued; a job whose rotation has moved on is skipped.
    pub rotated_before: Moment,
}
