//! `parse_import_id`: what the text names that a rotation is imported by.

use crate::provider::rotation::{FORMS, ImportId, split_kind};
use crate::terraform::{Function, FunctionError, Parameter, Signature, Type, Value};

/// What the text may name, each null where the text does not name it.
const PARTS: [&str; 6] = ["type", "id", "project_id", "environment", "secret_path", "name"];

/// The function.
pub(super) struct ParseImportId {
    signature: Signature,
}

impl ParseImportId {
    /// The function.
    pub(super) fn new() -> Self {
        let text = Parameter::new(
            "text",
            Type::String,
            "A rotation's ID, or `<project id>/<environment>/<name>?path=/folder`; of an `infisical_rotation`, its type and \
             a slash before it.",
        );
        let signature = Signature {
            title: "Takes apart the text that a rotation is imported by".to_owned(),
            description: "Takes apart the text that a rotation is imported by, into an object of `type`, `id`, \
                          `project_id`, `environment`, `secret_path` and `name`. A text that is an ID leaves the place and \
                          the name null, the other form leaves `id` null; without `?path=` the folder is `/`. `type` is \
                          null unless the text begins with one, as that of an `infisical_rotation` does. For `import` blocks with `for_each`, \
                          and for looking up with `infisical_rotation` what will be imported."
                .to_owned(),
            parameters: vec![text],
            returns: Type::object(PARTS.map(|part| (part.to_owned(), Type::String))),
        };
        Self { signature }
    }
}

impl Function for ParseImportId {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let text = arguments.first().and_then(Value::as_str).unwrap_or_default();
        let with_kind = || split_kind(text).and_then(|(kind, rest)| Some((Some(kind), ImportId::parse(rest).ok()?)));
        let (kind, parsed) = match ImportId::parse(text) {
            Ok(parsed) => (None, parsed),
            Err(error) => with_kind().ok_or_else(|| {
                FunctionError::new(format!(
                    "Not the text of an import: {error}. Such a text has one of these forms, of an `infisical_rotation` \
                     after its type and a slash:\n\n{FORMS}"
                ))
                .at(0)
            })?,
        };
        let mut parts = match parsed {
            ImportId::Id(id) => Value::map([("id", Value::from(id))]),
            ImportId::Name { project_id, environment, secret_path, name } => Value::map([
                ("project_id", Value::from(project_id)),
                ("environment", environment.into()),
                ("secret_path", secret_path.into()),
                ("name", name.into()),
            ]),
        };
        parts.set("type", kind.into());
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terraform::operations;

    fn parse(text: &str) -> Result<Value, FunctionError> {
        operations::call(&ParseImportId::new(), &[text.into()])
    }

    #[test]
    fn each_form_fills_its_own_parts() {
        let id = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
        let parts = |text: &str| {
            let parsed = parse(text).unwrap();
            PARTS.map(|part| parsed.get(part).as_str().unwrap_or("-").to_owned())
        };
        assert_eq!(parts(id), ["-", id, "-", "-", "-", "-"]);
        assert_eq!(parts("p/prod/orders"), ["-", "-", "p", "prod", "/", "orders"]);
        assert_eq!(parts("p/prod/orders?path=/a/b"), ["-", "-", "p", "prod", "/a/b", "orders"]);
        assert_eq!(parts(&format!("new-token/{id}")), ["new-token", id, "-", "-", "-", "-"]);
        assert_eq!(parts("new-token/p/prod/orders"), ["new-token", "-", "p", "prod", "/", "orders"]);
    }

    #[test]
    fn another_text_is_blamed() {
        let error = parse("orders").unwrap_err();
        assert_eq!(error.argument, Some(0));
        assert!(error.text.contains("<project id>/<environment>/<name>"), "{error}");
    }
}
