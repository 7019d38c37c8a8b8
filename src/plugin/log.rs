//! The one writer to stderr: lines in the form that hosts parse, bounded in length, without secrets.
//!
//! A line that a host misreads can end the host itself, so nothing else may write there.

use std::fmt;
use std::io::Write as _;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The variables that choose the level, the most specific one first.
const LEVELS: [&str; 3] = ["TF_LOG_PROVIDER_INFISICAL", "TF_LOG_PROVIDER", "TF_LOG"];
/// The crate that may log: others know nothing of what must not be told.
const OWN_TARGET: &str = env!("CARGO_CRATE_NAME");
/// Hosts cut lines of 64 KiB and more into pieces that they cannot parse.
const LONGEST_LINE: usize = 60 * 1024;
/// The most bytes of one text, before JSON writes some of them as six.
const LONGEST_TEXT: usize = 4 * 1024;
/// What stands in place of a secret.
const MASK: &str = "[masked]";

/// Sends the events of this crate to stderr if `variable`, which looks up the environment, asks for a log.
pub(crate) fn start(variable: impl Fn(&str) -> Option<String>) {
    let filter = level(variable);
    if filter != LevelFilter::OFF {
        // Fails only if a log was started before; that one goes on.
        let _ = tracing::subscriber::set_global_default(Log { filter });
    }
}

/// Writes one line, whatever the level that was asked for. Nobody is told if it cannot be written.
pub(crate) fn write<'a>(
    level: Level,
    module: &str,
    message: &str,
    fields: impl IntoIterator<Item = (&'a str, String)>,
) {
    let line = line(Timestamp::now(), level, module, message, fields);
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

/// Reads the level as hosts do: a value that is none of their levels asks for everything.
fn level(variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let asked = LEVELS.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    match asked.map(|level| level.to_ascii_uppercase()).as_deref() {
        None | Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some(_) => LevelFilter::TRACE,
    }
}

/// One line: a JSON object of which every value is text.
fn line<'a>(
    time: Timestamp,
    level: Level,
    module: &str,
    message: &str,
    fields: impl IntoIterator<Item = (&'a str, String)>,
) -> String {
    let mut object = Map::new();
    object.insert("@level".to_owned(), level.as_str().to_ascii_lowercase().into());
    object.insert("@message".to_owned(), safe(message).into());
    object.insert("@module".to_owned(), safe(module).into());
    object.insert("@timestamp".to_owned(), format!("{time:.6}").into());
    let mut length = Json::Object(object.clone()).to_string().len();
    for (name, value) in fields {
        // Names with an at sign are the host's.
        let entry = (name.trim_start_matches('@').to_owned(), Json::from(safe(&value)));
        length += entry.0.len() + entry.1.to_string().len() + "\"\":,".len();
        if length >= LONGEST_LINE {
            break;
        }
        object.insert(entry.0, entry.1);
    }
    format!("{}\n", Json::Object(object))
}

/// The text, masked and not too long.
fn safe(text: &str) -> String {
    let mut safe = mask(text);
    if safe.len() > LONGEST_TEXT {
        let end = (0..=LONGEST_TEXT).rev().find(|end| safe.is_char_boundary(*end)).unwrap_or(0);
        safe.truncate(end);
        safe.push('…');
    }
    safe
}

/// Puts [`MASK`] in place of what looks like a token: the word after `Bearer`, and every JSON Web Token.
///
/// Callers don't log secrets; this is for the one who forgets.
fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut after_bearer = false;
    let is_token = |character: char| character.is_ascii_alphanumeric() || "-_.~+/=".contains(character);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if is_token(first) {
            rest.find(|character| !is_token(character)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, behind) = rest.split_at(length);
        rest = behind;
        if is_token(first) {
            masked.push_str(if after_bearer || is_web_token(word) { MASK } else { word });
            after_bearer = word.to_ascii_lowercase().ends_with("bearer");
        } else {
            masked.push_str(word);
            after_bearer &= first.is_whitespace() || first == ':';
        }
    }
    masked
}

/// Whether `word` holds the header of a JSON Web Token: base64 of `{"`, and a dot behind it.
fn is_web_token(word: &str) -> bool {
    word.find("eyJ").is_some_and(|start| word[start..].contains('.'))
}

/// A subscriber that knows events only; spans would need a place to keep them, and nobody reads them.
#[derive(Debug)]
struct Log {
    filter: LevelFilter,
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        let own = target.strip_prefix(OWN_TARGET).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        own && metadata.is_event() && *metadata.level() <= self.filter
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.filter)
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut texts = Texts::default();
        event.record(&mut texts);
        let module = metadata.target().strip_prefix(OWN_TARGET).map_or("", |rest| rest.trim_start_matches(':'));
        write(*metadata.level(), module, &texts.message, texts.fields);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The message and the fields of an event, as texts.
#[derive(Debug, Default)]
struct Texts {
    message: String,
    fields: Vec<(&'static str, String)>,
}

impl Texts {
    fn add(&mut self, field: &Field, text: String) {
        if field.name() == "message" {
            self.message = text;
        } else {
            self.fields.push((field.name(), text));
        }
    }
}

impl Visit for Texts {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::Interest;

    use super::*;

    fn parsed(line: &str) -> Map<String, Json> {
        assert!(line.ends_with('\n') && line.matches('\n').count() == 1, "{line:?}");
        assert!(line.len() <= LONGEST_LINE, "{} bytes", line.len());
        let Json::Object(object) = serde_json::from_str(line).unwrap() else { panic!("{line:?}") };
        assert!(object.values().all(Json::is_string), "{line:?}");
        object
    }

    fn write_line(message: &str, fields: &[(&str, &str)]) -> Map<String, Json> {
        let time: Timestamp = "2026-01-02T03:04:05.1Z".parse().unwrap();
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned()));
        parsed(&line(time, Level::WARN, "plugin::listener", message, fields))
    }

    #[test]
    fn a_line_is_what_hosts_parse() {
        let line = write_line("hello", &[("status", "200")]);
        let expected = serde_json::json!({
            "@level": "warn",
            "@message": "hello",
            "@module": "plugin::listener",
            "@timestamp": "2026-01-02T03:04:05.100000Z",
            "status": "200",
        });
        assert_eq!(Json::Object(line), expected);
    }

    #[test]
    fn a_time_without_fraction_has_six_digits_too() {
        for (time, expected) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z"),
            ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456Z"),
        ] {
            let line = line(time.parse().unwrap(), Level::INFO, "", "", []);
            assert_eq!(parsed(&line)["@timestamp"], expected);
        }
    }

    #[test]
    fn foreign_text_never_starts_a_line_nor_takes_the_hosts_names() {
        let line = write_line("first\n{\"@message\":1}\r\n", &[("@level", "evil\u{2028}\n"), ("@message", "x")]);
        assert_eq!(line["@level"], "warn");
        assert_eq!(line["@message"], "first\n{\"@message\":1}\r\n");
        assert_eq!(line["level"], "evil\u{2028}\n");
    }

    #[test]
    fn lines_are_bounded_even_if_every_byte_is_escaped() {
        let evil = "\u{1}".repeat(1 << 20);
        let fields: Vec<String> = (0..1000).map(|number| format!("field {number}")).collect();
        let fields: Vec<_> = fields.iter().map(|name| (name.as_str(), evil.as_str())).collect();
        let line = write_line(&evil, &fields);
        assert!(line.contains_key("field 0"));
        assert!(write_line(&"ä".repeat(1 << 20), &[])["@message"].as_str().unwrap().ends_with("ä…"));
    }

    #[test]
    fn tokens_are_masked_and_words_are_not() {
        for (text, expected) in [
            ("Authorization: Bearer abc.def-123 and more", "Authorization: Bearer [masked] and more"),
            ("authorization=bearer: xyz", "authorization=bearer: [masked]"),
            ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln.", "got [masked]"),
            ("{\"accessToken\":\"eyJhbGciOiJIUzI1NiJ9.e30.x\"}", "{\"accessToken\":\"[masked]\"}"),
            ("token=eyJhbGciOiJIUzI1NiJ9.e30.x", "[masked]"),
            ("the bearer, a friend, brings eyJ and more.", "the bearer, a friend, brings eyJ and more."),
            ("GET /api/v2/secret-rotations?x=1 → 200", "GET /api/v2/secret-rotations?x=1 → 200"),
        ] {
            assert_eq!(mask(text), expected);
        }
    }

    #[test]
    fn the_level_comes_from_the_most_specific_variable() {
        let with = |variables: &[(&str, &str)]| {
            level(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(with(&[]), LevelFilter::OFF);
        assert_eq!(with(&[("TF_LOG", "debug")]), LevelFilter::DEBUG);
        assert_eq!(with(&[("TF_LOG", "JSON")]), LevelFilter::TRACE);
        assert_eq!(with(&[("TF_LOG", "yes")]), LevelFilter::TRACE);
        assert_eq!(with(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "off")]), LevelFilter::OFF);
        assert_eq!(with(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "")]), LevelFilter::TRACE);
        let all = [("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "WARN"), ("TF_LOG_PROVIDER_INFISICAL", "INFO")];
        assert_eq!(with(&all), LevelFilter::INFO);
    }

    /// Asks the log about every event, and keeps its answers.
    struct Probe(Log, Arc<Mutex<Vec<bool>>>);

    impl Subscriber for Probe {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            self.1.lock().unwrap().push(self.0.enabled(metadata));
            false
        }

        fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
            Interest::sometimes()
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn event(&self, _: &Event<'_>) {}
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn only_events_of_this_crate_are_logged() {
        let answers = Arc::default();
        let probe = Probe(Log { filter: LevelFilter::INFO }, Arc::clone(&answers));
        tracing::subscriber::with_default(probe, || {
            tracing::info!("own");
            tracing::debug!("too fine");
            tracing::error!(target: "h2::codec", "foreign");
            tracing::error!(target: "terraform_provider_infisical_like", "similar");
        });
        assert_eq!(*answers.lock().unwrap(), [true, false, false, false]);
    }
}
