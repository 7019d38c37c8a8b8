//! Writing the configuration of rotations that exist, with the `import` blocks that take them over: for hosts that cannot
//! search by themselves.
//!
//! What is written is what the import reads, so applying it changes nothing. The API shows no secret of a rotation's
//! making, and so none is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;

use crate::catalog::{Kind, base, by_slug, open};
use crate::infisical::Rotation;
use crate::terraform::hcl::{Arguments, Expression, block, label};
use crate::terraform::{
    Attribute, Context, Diagnostics, Nesting, Provider as _, Resource, Result, Shape, Value, clean, operations,
};

use super::rotation::stored;
use super::rotation::validate::validate_arguments;
use super::{InfisicalProvider, filter};

/// Which rotations to write, and how.
#[derive(Clone, Debug, Default)]
pub struct ExportRequest {
    /// The project's ID.
    pub project_id: String,
    /// Only those of this environment.
    pub environment: Option<String>,
    /// Only those of this folder.
    pub secret_path: Option<String>,
    /// Only those of this kind, as the API spells it.
    pub kind: Option<String>,
    /// The local name of the provider, to be written into each block.
    pub provider: Option<String>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The configuration.
    pub text: String,
    /// What was left out, one sentence each, and why.
    pub left_out: Vec<String>,
}

impl InfisicalProvider {
    /// Writes the configuration of the rotations that exist. Host and login come from the environment.
    pub async fn export(&self, request: &ExportRequest) -> Result<Exported> {
        let wanted = Value::map([
            ("project_id", Value::from(request.project_id.as_str())),
            ("environment", request.environment.as_deref().into()),
            ("secret_path", request.secret_path.as_deref().into()),
            ("type", request.kind.as_deref().into()),
        ]);
        let mut complaints = validate_arguments(filter::FIELDS, &wanted);
        complaints.extend(self.configure(Value::map::<String>([])));
        if complaints.has_errors() {
            return Err(complaints);
        }
        let found = filter::find(&self.session, &Context::default(), &wanted, Timestamp::now()).await?;
        let mut exported = Exported { text: String::new(), left_out: Vec::new() };
        let mut known = Vec::new();
        for rotation in &found {
            match self.state(rotation) {
                Ok((kind, resource, state)) => known.push((rotation, kind, resource, state)),
                Err(why) => exported.left_out.push(why),
            }
        }
        let labels = labels(known.iter().map(|(rotation, kind, _, _)| (kind.resource, *rotation)));
        for ((rotation, kind, resource, state), label) in known.iter().zip(labels) {
            let config = operations::generate_config(*resource, state);
            let separator = if exported.text.is_empty() { "" } else { "\n" };
            let _ = write!(
                exported.text,
                "{separator}{}\n{}",
                import(kind, &label, &rotation.id, request.provider.as_deref()),
                resource_block(kind, &label, *resource, &config, request.provider.as_deref())
            );
        }
        Ok(exported)
    }

    /// The state that an import would store, or why there is none.
    fn state(&self, rotation: &Rotation) -> std::result::Result<(&'static Kind, &dyn Resource, Value), String> {
        let left_out = |why: &str| {
            format!("the rotation `{}` ({}) is left out: {why}", clean(&rotation.name), clean(&rotation.id))
        };
        let kind = by_slug(&rotation.kind).unwrap_or_else(|| open::kind(&rotation.kind));
        let Some(resource) = self.resources().get(kind.resource) else {
            return Err(left_out(&format!("this release has no resource for its type `{}`", clean(&rotation.kind))));
        };
        let resource = resource.as_ref();
        match stored(kind, &Value::Null, rotation) {
            Ok(state) => Ok((kind, resource, state)),
            Err(told) => Err(left_out(&details(&told))),
        }
    }
}

/// A name for each, unique within its type: the rotation's own where only one has it, else with its place, else numbered.
fn labels<'a>(rotations: impl Iterator<Item = (&'static str, &'a Rotation)>) -> Vec<String> {
    let names: Vec<(&str, [String; 3])> = rotations.map(|(of, rotation)| (of, names(rotation))).collect();
    let mut uses: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (of, names) in &names {
        for name in names.iter().map(String::as_str).collect::<BTreeSet<_>>() {
            *uses.entry((of, name)).or_default() += 1;
        }
    }
    let mut taken = BTreeSet::new();
    let mut choose = |(of, names): &(&str, [String; 3])| {
        let [.., longest] = names;
        let own = names.iter().find(|name| uses.get(&(*of, name.as_str())) == Some(&1));
        let numbered = (1..).map(|number| format!("{longest}_{number}"));
        let candidates = own.into_iter().cloned().chain(numbered);
        let free = candidates.into_iter().find(|name| taken.insert(((*of).to_owned(), name.clone())));
        free.unwrap_or_default()
    };
    names.iter().map(&mut choose).collect()
}

/// What a rotation may be called, the shortest first.
fn names(rotation: &Rotation) -> [String; 3] {
    let (name, environment, path) = (&rotation.name, &rotation.environment.slug, &rotation.folder.path);
    [label(name), label(&format!("{name}_{environment}")), label(&format!("{name}_{environment}{path}"))]
}

fn import(kind: &Kind, label: &str, id: &str, provider: Option<&str>) -> String {
    let mut arguments = vec![("to".to_owned(), Expression::Plain(format!("{}.{label}", kind.resource)))];
    arguments.extend(meta(provider));
    let id = if kind.is_open() { format!("{}/{id}", kind.slug) } else { id.to_owned() };
    arguments.push(("id".to_owned(), Expression::text(&id)));
    block("import", &[arguments])
}

fn resource_block(kind: &Kind, label: &str, resource: &dyn Resource, config: &Value, provider: Option<&str>) -> String {
    let mut all = arguments(&resource.schema().attributes, config);
    let mut take = |is_wanted: &dyn Fn(&str) -> bool| -> Arguments {
        let (taken, left) = std::mem::take(&mut all).into_iter().partition(|(name, _)| is_wanted(name));
        all = left;
        taken
    };
    let is_schedule =
        |name: &str| name == "rotate_at_utc" || name == "rotation_interval" || name == "auto_rotation_enabled";
    let schedule = take(&is_schedule);
    let place = take(&|name| base::FIELDS.iter().any(|field| field.name == name));
    let which = take(&|name| name == "type");
    let mut groups = vec![meta(provider).into_iter().collect(), [which, place].concat(), schedule];
    // What remains is objects, each with its own paragraph.
    groups.extend(all.into_iter().map(|argument| vec![argument]));
    block(&format!("resource \"{}\" \"{label}\"", kind.resource), &groups)
}

fn meta(provider: Option<&str>) -> Option<(String, Expression)> {
    provider.map(|provider| ("provider".to_owned(), Expression::Plain(provider.to_owned())))
}

/// What is set, in the order of the schema.
fn arguments(attributes: &[Attribute], value: &Value) -> Arguments {
    let set = attributes.iter().filter(|attribute| !value.get(&attribute.name).is_null());
    set.map(|attribute| (attribute.name.to_string(), expression(&attribute.shape, value.get(&attribute.name))))
        .collect()
}

fn expression(shape: &Shape, value: &Value) -> Expression {
    match (shape, value) {
        (Shape::Nested(Nesting::Single, attributes), value) => Expression::Object(arguments(attributes, value)),
        (Shape::Nested(_, attributes), Value::List(objects)) => {
            Expression::List(objects.iter().map(|object| Expression::Object(arguments(attributes, object))).collect())
        }
        (_, Value::List(elements)) => {
            Expression::List(elements.iter().map(|element| expression(shape, element)).collect())
        }
        (_, Value::Dynamic(typed)) => expression(shape, &typed.1),
        (_, Value::String(text)) => Expression::text(text),
        (_, Value::Number(number)) => Expression::Plain(number.to_string()),
        (_, Value::Bool(flag)) => Expression::Plain(flag.to_string()),
        (_, Value::Map(entries)) => Expression::Object(
            entries.iter().map(|(name, value)| (name.to_string(), expression(shape, value))).collect(),
        ),
        _ => Expression::Plain("null".to_owned()),
    }
}

fn details(told: &Diagnostics) -> String {
    told.iter().map(|told| told.detail.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rotation(name: &str, environment: &str, path: &str) -> Rotation {
        serde_json::from_value(json!({
            "id": "i", "name": name, "type": "redis-credentials", "parameters": {}, "secretsMapping": {}, "projectId": "p",
            "isAutoRotationEnabled": true, "activeIndex": 0, "createdAt": "t", "updatedAt": "t", "rotationInterval": 30,
            "connection": {"app": "a", "name": "n", "id": "c"}, "folder": {"id": "f", "path": path},
            "environment": {"id": "e", "name": "E", "slug": environment},
        }))
        .unwrap()
    }

    #[test]
    fn labels_are_as_short_as_they_can_be() {
        let rotations = [
            ("orders", "prod", "/"),
            ("cache", "dev", "/a"),
            ("cache", "prod", "/a"),
            ("cache", "prod", "/b"),
            ("7-up", "dev", "/"),
            ("x", "dev", "/a-b"),
            ("x", "dev", "/a_b"),
        ]
        .map(|(name, environment, path)| rotation(name, environment, path));
        let of = |name| rotations.iter().map(move |rotation| (name, rotation));
        let expected = ["orders", "cache_dev", "cache_prod_a", "cache_prod_b", "_7_up", "x_dev_a_b_1", "x_dev_a_b_2"];
        assert_eq!(labels(of("one")), expected);
        let both: Vec<String> = labels(of("one").chain(of("other")));
        assert_eq!(both, [expected, expected].concat(), "types do not share names");
    }
}
