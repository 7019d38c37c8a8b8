//! What sets a server's description of the kinds apart from the catalog: new kinds, and constraints that have changed.
//!
//! A document shows less than the catalog knows, so only what it shows is compared. Each difference is a fact for a
//! maintainer to look into, not a verdict.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value as Json;

use super::{Described, describe, slugs};
use crate::catalog::checks;
use crate::catalog::table::{Field, Form, Kind, List, Literal, Number, Object, Presence, Text, Type};
use crate::catalog::{KINDS, base};

/// One thing in which a document and the catalog differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The catalog has no such kind.
    New {
        /// The kind's slug.
        slug: String,
        /// The apps whose connections serve it.
        connections: Vec<String>,
    },
    /// The document has no such kind.
    Gone {
        /// The kind's slug.
        slug: String,
    },
    /// A constraint is another one.
    Changed {
        /// The kind's slug.
        slug: String,
        /// The place in the body, in the API's names.
        path: String,
        /// What the catalog says.
        here: String,
        /// What the document says.
        there: String,
    },
    /// The document says something that the catalog's vocabulary can't.
    Untold {
        /// The kind's slug.
        slug: String,
        /// The place and what is said.
        what: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New { slug, connections } => {
                write!(formatter, "{slug}: a new kind, for connections of {}", connections.join(" or "))
            }
            Self::Gone { slug } => write!(formatter, "{slug}: not described any more"),
            Self::Changed { slug, path, here, there } => {
                write!(formatter, "{slug}: `{path}`: the catalog has {here}, the document {there}")
            }
            Self::Untold { slug, what } => write!(formatter, "{slug}: {what}, which the catalog's words can't tell"),
        }
    }
}

/// Compares the catalog with a document, in the order of the slugs.
pub fn drift(document: &Json) -> Vec<Difference> {
    let described = slugs(document);
    let known: BTreeSet<&str> = KINDS.iter().map(|kind| kind.slug).collect();
    let mut differences = Vec::new();
    for slug in described.union(&known) {
        let kind = KINDS.iter().copied().find(|kind| kind.slug == *slug);
        match (kind, describe(document, slug)) {
            (Some(kind), Some(described)) => {
                let mut comparison = Comparison { slug, differences: Vec::new() };
                comparison.kind(kind, &described);
                differences.append(&mut comparison.differences);
            }
            (Some(_), None) => differences.push(Difference::Gone { slug: (*slug).to_owned() }),
            (None, described) => {
                let apps = described.map(|described| described.kind.connections).unwrap_or_default();
                let connections = apps.iter().map(|app| format!("`{app}`")).collect();
                differences.push(Difference::New { slug: (*slug).to_owned(), connections });
            }
        }
    }
    differences
}

struct Comparison<'a> {
    slug: &'a str,
    differences: Vec<Difference>,
}

impl Comparison<'_> {
    fn kind(&mut self, kind: &Kind, described: &Described) {
        let Described { kind: there, shared, untold } = described;
        self.set("connection.app", kind.connections, there.connections);
        self.fields("", base::FIELDS, shared);
        self.fields("parameters", kind.parameters.fields, there.parameters.fields);
        self.fields("secretsMapping", kind.secrets, there.secrets);
        self.fields("temporaryParameters", kind.temporary, there.temporary);
        let untold = untold.iter().map(|what| Difference::Untold { slug: self.slug.to_owned(), what: what.clone() });
        self.differences.extend(untold);
    }

    fn fields(&mut self, path: &str, here: &[Field], there: &[Field]) {
        let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for field in here {
            let wire = field.wire();
            match there.iter().find(|other| other.name == wire) {
                Some(other) => self.field(&at(&wire), field, other),
                None => self.changed(&at(&wire), "it", "no such member"),
            }
        }
        for other in there.iter().filter(|other| here.iter().all(|field| field.wire() != other.name)) {
            let presence = if other.is_required() { "a required" } else { "an optional" };
            self.changed(&at(other.name), "no such member", &format!("{presence} member, {}", other.shape.noun()));
        }
    }

    fn field(&mut self, path: &str, here: &Field, there: &Field) {
        self.same(path, presence(here), presence(there));
        self.same(path, takes_null(here), takes_null(there));
        self.shape(path, &here.shape, &there.shape);
    }

    fn shape(&mut self, path: &str, here: &Type, there: &Type) {
        match (here, there) {
            (Type::Text(here), Type::Text(there)) => self.text(path, here, there),
            (Type::Choice(here), Type::Choice(there)) => self.set(path, here, there),
            (Type::NumberChoice(here), Type::NumberChoice(there)) => {
                let texts = |values: &[i64]| values.iter().map(i64::to_string).collect::<Vec<_>>();
                self.set(path, &texts(here), &texts(there));
            }
            (Type::Number(here), Type::Number(there)) => self.number(path, here, there),
            (Type::List(here), Type::List(there)) => {
                let length = |list: &List| Type::List(List { min: list.min, max: list.max, ..List::of(&Type::Flag) });
                self.same(path, length(here).describe(), length(there).describe());
                self.shape(&format!("{path}[]"), here.item, there.item);
            }
            (Type::Object(Object { fields: here, .. }), Type::Object(Object { fields: there, .. })) => {
                self.fields(path, here, there);
            }
            (Type::Flag, Type::Flag) | (_, Type::Any) => {}
            (here, there) => self.changed(path, here.noun(), there.noun()),
        }
    }

    fn text(&mut self, path: &str, here: &Text, there: &Text) {
        // A limit that is not confirmed is no more than advice here, whatever a document shows.
        let max = if here.advised_max.is_some() { there.max } else { here.max };
        let length = |min: usize, max: Option<usize>| {
            let max = max.map_or_else(String::new, |max| format!(" and at most {max}"));
            format!("at least {min}{max} characters")
        };
        self.same(path, length(here.min, max), length(there.min, there.max));
        for form in [Form::Uuid, Form::EmailAddress] {
            if there.forms.contains(&form) && !here.forms.contains(&form) {
                self.changed(path, "no such demand", &form.describe());
            }
        }
        for form in there.forms {
            if let Form::Pattern(pattern) = form
                && let Some(sample) = samples().find(|sample| accepts(here, sample) && !accepts(there, sample))
            {
                self.changed(path, &format!("no demand that {sample:?} fails"), pattern.words);
            }
        }
    }

    fn number(&mut self, path: &str, here: &Number, there: &Number) {
        // Days must fit the server's database, which no document says; nor does any say that they are whole.
        let max = here.max.filter(|_| path != "rotationInterval");
        let shown = Number { max, whole: here.whole && there.whole, ..*here };
        self.same(path, Type::Number(shown).describe(), Type::Number(*there).describe());
    }

    fn set(&mut self, path: &str, here: &[impl AsRef<str>], there: &[impl AsRef<str>]) {
        let here: BTreeSet<&str> = here.iter().map(AsRef::as_ref).collect();
        let there: BTreeSet<&str> = there.iter().map(AsRef::as_ref).collect();
        let listed =
            |values: Vec<&&str>| values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
        let lost: Vec<_> = here.difference(&there).collect();
        let new: Vec<_> = there.difference(&here).collect();
        if !lost.is_empty() || !new.is_empty() {
            let side = |only: Vec<&&str>| if only.is_empty() { "nothing".to_owned() } else { listed(only) };
            self.changed(path, &format!("{} alone", side(lost)), &format!("{} alone", side(new)));
        }
    }

    fn same(&mut self, path: &str, here: String, there: String) {
        if here != there {
            let said = |text: String| if text.is_empty() { "no limits".to_owned() } else { text };
            self.changed(path, &said(here), &said(there));
        }
    }

    fn changed(&mut self, path: &str, here: &str, there: &str) {
        let (slug, path) = (self.slug.to_owned(), path.to_owned());
        self.differences.push(Difference::Changed { slug, path, here: here.to_owned(), there: there.to_owned() });
    }
}

fn presence(field: &Field) -> String {
    match field.presence {
        Presence::Required => "a required member".to_owned(),
        // What the server assumes, and defaults of objects, no document shows.
        Presence::Optional | Presence::Assumed(_) | Presence::Default(Literal::Object(_)) => {
            "an optional member".to_owned()
        }
        Presence::Default(value) => format!("an optional member, `{}` by default", value.hcl()),
    }
}

fn takes_null(field: &Field) -> String {
    (if field.nullable { "`null` allowed" } else { "`null` refused" }).to_owned()
}

fn accepts(rules: &Text, sample: &str) -> bool {
    checks::text(rules, sample).iter().all(checks::Complaint::is_warning)
}

/// Every ASCII character alone, first, last and in a path: enough to tell the character classes of two expressions apart.
fn samples() -> impl Iterator<Item = String> {
    let ascii = (b' '..=b'~').map(char::from);
    ascii.flat_map(|character| {
        let placed = [("", ""), ("", "a"), ("a", ""), ("/", "")];
        placed.map(|(before, after)| format!("{before}{character}{after}"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_that_only_one_side_has_are_told() {
        let body = json!({"properties": {"parameters": {"type": "object", "properties": {}}}, "type": "object"});
        let content = json!({"application/json": {"schema": body}});
        let document =
            json!({"paths": {"/api/v2/secret-rotations/brand-new": {"post": {"requestBody": {"content": content}}}}});
        let told = drift(&document);
        assert_eq!(told.len(), KINDS.len() + 1);
        assert!(told.contains(&Difference::New { slug: "brand-new".to_owned(), connections: Vec::new() }));
        assert!(told.contains(&Difference::Gone { slug: "redis-credentials".to_owned() }));
    }
}
