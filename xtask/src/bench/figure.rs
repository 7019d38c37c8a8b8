//! What was measured, as people and as programs read it: figures, tables of them, and the targets that they are held
//! against.

use std::fmt;
use std::time::Duration;

use serde_json::{Value as Json, json};

/// One measured quantity.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Figure {
    /// How long something took.
    Time(Duration),
    /// How many bytes something takes.
    Size(u64),
    /// How often something happened.
    Count(u64),
    /// How many times as much as something else.
    Ratio(f64),
    /// How often something happens in a second.
    Rate(f64),
}

impl Figure {
    /// How many times as long `one` took as `other`; nothing if the other took no time at all.
    pub(super) fn ratio(one: Duration, other: Duration) -> Option<Self> {
        (!other.is_zero()).then(|| Self::Ratio(one.as_secs_f64() / other.as_secs_f64()))
    }

    /// How often something happens in a second that happened `count` times in `duration`.
    #[expect(clippy::cast_precision_loss, reason = "nothing is counted so often")]
    pub(super) fn rate(count: usize, duration: Duration) -> Option<Self> {
        (!duration.is_zero()).then(|| Self::Rate(count as f64 / duration.as_secs_f64()))
    }

    fn json(self) -> Json {
        match self {
            Self::Time(duration) => json!({ "value": duration.as_secs_f64(), "unit": "s" }),
            Self::Size(bytes) => json!({ "value": bytes, "unit": "bytes" }),
            Self::Count(count) => json!({ "value": count, "unit": "count" }),
            Self::Ratio(ratio) => json!({ "value": ratio, "unit": "ratio" }),
            Self::Rate(rate) => json!({ "value": rate, "unit": "per second" }),
        }
    }
}

impl fmt::Display for Figure {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Time(duration) => match duration.as_secs_f64() {
                seconds if seconds >= 0.9995 => format!("{} s", three_digits(seconds)),
                seconds if seconds >= 0.000_099_5 => format!("{} ms", three_digits(seconds * 1e3)),
                seconds => format!("{:.0} µs", seconds * 1e6),
            },
            Self::Size(bytes) => format!("{} MB", three_digits(*bytes as f64 / 1e6)),
            Self::Count(count) => count.to_string(),
            Self::Ratio(ratio) => format!("{ratio:.2} x"),
            Self::Rate(rate) => format!("{}/s", three_digits(*rate)),
        };
        formatter.pad(&text)
    }
}

fn three_digits(value: f64) -> String {
    match value {
        _ if value >= 99.95 => format!("{value:.0}"),
        _ if value >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A table of figures.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// The name that `--only` knows it by.
    pub(super) name: &'static str,
    /// What the rows and columns mean.
    pub(super) title: String,
    columns: Vec<&'static str>,
    rows: Vec<(String, Vec<Option<Figure>>)>,
}

impl Table {
    /// A table without rows yet.
    pub(super) fn new(name: &'static str, title: impl Into<String>, columns: &[&'static str]) -> Self {
        Self { name, title: title.into(), columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: one figure a column, where there is one.
    pub(super) fn row(&mut self, label: impl Into<String>, figures: Vec<Option<Figure>>) {
        self.rows.push((label.into(), figures));
    }

    /// The table for programs: each row with its figures by column.
    pub(super) fn json(&self) -> Json {
        let rows = self.rows.iter().map(|(label, figures)| {
            let named = self.columns.iter().zip(figures);
            let figures: serde_json::Map<String, Json> =
                named.filter_map(|(column, figure)| Some(((*column).to_owned(), figure.as_ref()?.json()))).collect();
            json!({ "what": label, "figures": figures })
        });
        json!({ "name": self.name, "title": self.title, "rows": rows.collect::<Vec<_>>() })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|(_, figures)| {
                figures.iter().map(|figure| figure.map_or_else(|| "-".to_owned(), |it| it.to_string())).collect()
            })
            .collect();
        let label_width = self.rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            cells.chain([self.columns[column].chars().count()]).max().unwrap_or(0)
        };
        writeln!(formatter, "{}: {}", self.name, self.title)?;
        write!(formatter, "  {:label_width$}", "")?;
        for (number, column) in self.columns.iter().enumerate() {
            write!(formatter, "  {column:>width$}", width = width(number))?;
        }
        for ((label, _), row) in self.rows.iter().zip(&cells) {
            write!(formatter, "\n  {label:label_width$}")?;
            for (number, cell) in row.iter().enumerate() {
                write!(formatter, "  {cell:>width$}", width = width(number))?;
            }
        }
        Ok(())
    }
}

/// A limit that a figure shall not exceed. A missed one is told, never an error: other work on the machine counts too.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    /// What is limited.
    pub(super) what: String,
    /// What was measured.
    pub(super) measured: Figure,
    /// The limit.
    pub(super) limit: Figure,
}

impl Target {
    /// Whether the figure keeps within the limit.
    pub(super) fn is_met(&self) -> bool {
        self.measured <= self.limit
    }

    /// The target for programs.
    pub(super) fn json(&self) -> Json {
        json!({
            "what": self.what,
            "measured": self.measured.json(),
            "limit": self.limit.json(),
            "isMet": self.is_met(),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_met() { "met   " } else { "MISSED" };
        write!(formatter, "{verdict}  {}: {} (at most {})", self.what, self.measured, self.limit)
    }
}

/// All that one section of the bench found out.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    /// What was measured.
    pub(super) tables: Vec<Table>,
    /// What it was held against.
    pub(super) targets: Vec<Target>,
    /// What was left out, and why.
    pub(super) skipped: Vec<String>,
}

impl Findings {
    /// Holds a figure against a limit, if there is one.
    pub(super) fn target(&mut self, what: impl Into<String>, measured: Option<Figure>, limit: Figure) {
        if let Some(measured) = measured {
            self.targets.push(Target { what: what.into(), measured, limit });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_show_three_digits_and_a_unit() {
        let shown = |figure: Figure| figure.to_string();
        assert_eq!(shown(Figure::Time(Duration::from_micros(1_234))), "1.23 ms");
        assert_eq!(shown(Figure::Time(Duration::from_micros(24_680))), "24.7 ms");
        assert_eq!(shown(Figure::Time(Duration::from_micros(120))), "0.12 ms");
        assert_eq!(shown(Figure::Time(Duration::from_nanos(34_200))), "34 µs");
        assert_eq!(shown(Figure::Time(Duration::from_micros(999_400))), "999 ms");
        assert_eq!(shown(Figure::Time(Duration::from_micros(999_600))), "1.00 s");
        assert_eq!(shown(Figure::Time(Duration::from_secs(244))), "244 s");
        assert_eq!(shown(Figure::Size(6_130_000)), "6.13 MB");
        assert_eq!(shown(Figure::Ratio(1.149)), "1.15 x");
        assert_eq!(Figure::rate(300, Duration::from_millis(1500)).unwrap().to_string(), "200/s");
        assert_eq!(Figure::ratio(Duration::from_secs(1), Duration::ZERO), None);
    }

    #[test]
    fn a_table_is_aligned() {
        let mut table = Table::new("calls", "of one process", &["p50", "calls"]);
        table.row("plan", vec![Some(Figure::Time(Duration::from_micros(900))), Some(Figure::Count(1000))]);
        table.row("validate", vec![Some(Figure::Time(Duration::from_millis(12))), None]);
        let expected = "\
calls: of one process
                p50  calls
  plan      0.90 ms   1000
  validate  12.0 ms      -";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn programs_read_plain_units() {
        let mut table = Table::new("calls", "", &["p50", "calls"]);
        table.row("plan", vec![Some(Figure::Time(Duration::from_millis(250))), None]);
        let expected = json!([{ "what": "plan", "figures": { "p50": { "value": 0.25, "unit": "s" } } }]);
        assert_eq!(table.json()["rows"], expected);
    }

    #[test]
    fn a_target_is_met_up_to_its_limit() {
        let target = |measured| Target {
            what: "start".to_owned(),
            measured: Figure::Time(Duration::from_millis(measured)),
            limit: Figure::Time(Duration::from_millis(10)),
        };
        assert!(target(10).is_met() && !target(11).is_met());
        assert_eq!(target(11).to_string(), "MISSED  start: 11.0 ms (at most 10.0 ms)");
    }
}
