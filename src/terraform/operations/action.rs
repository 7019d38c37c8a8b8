//! Actions: judging what is asked for, and doing it.

use super::super::{Action, Context, Diagnostic, Diagnostics, Progress, Value};
use super::data::placed;

/// Judges a configuration offline: while it is written, and when it is planned, with more of it known.
pub fn validate_action(action: &dyn Action, config: &Value) -> Diagnostics {
    placed(action.schema(), action.validate(config))
}

/// Does it. Nothing is done with a configuration that is not known or not valid by now.
pub async fn invoke(action: &dyn Action, context: &Context, config: Value, progress: &Progress) -> Diagnostics {
    if !config.is_wholly_known() {
        let text = "The action depends on values that are not known yet, so nothing was done. It can't run before what \
                    it depends on.";
        return Diagnostic::error("The action's configuration is not known", text).into();
    }
    let mut told = validate_action(action, &config);
    if !told.has_errors() {
        told.extend(placed(action.schema(), action.invoke(context, config, progress).await));
    }
    told
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;

    use super::super::super::{Attribute, AttributePath, Schema, Type};
    use super::*;

    /// An action that wants a `name` and complains of a place that its configuration does not have.
    #[derive(Default)]
    struct Toy(Schema);

    #[async_trait]
    impl Action for Toy {
        fn schema(&self) -> &Schema {
            &self.0
        }

        fn validate(&self, config: &Value) -> Diagnostics {
            let wrong = config.get("name").as_str() == Some("");
            let complaint = Diagnostic::error("Empty", "Empty.").at(AttributePath::of("name"));
            if wrong { complaint.into() } else { Diagnostics::none() }
        }

        async fn invoke(&self, _: &Context, _: Value, progress: &Progress) -> Diagnostics {
            progress.tell("done");
            Diagnostic::warning("Elsewhere", "Elsewhere.").at(AttributePath::of("elsewhere")).into()
        }
    }

    #[tokio::test]
    async fn only_what_is_known_and_valid_is_done() {
        let toy = Toy(Schema { attributes: vec![Attribute::new("name", Type::String)].into(), ..Schema::default() });
        for (name, summary, path, done) in [
            (Value::unknown(), "The action's configuration is not known", "", 0),
            ("".into(), "Empty", "name", 0),
            ("x".into(), "Elsewhere", "", 1),
        ] {
            let told = Arc::new(Mutex::new(0));
            let counter = Arc::clone(&told);
            let progress = Progress::new(move |_| *counter.lock().unwrap() += 1);
            let found = invoke(&toy, &Context::default(), Value::map([("name", name)]), &progress).await;
            let found: Vec<_> = found.iter().map(|found| (found.summary.as_str(), found.path.to_string())).collect();
            assert_eq!(found, [(summary, path.to_owned())]);
            assert_eq!(*told.lock().unwrap(), done);
        }
    }
}
