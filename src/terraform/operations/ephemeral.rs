//! Ephemeral resources: judging a configuration, opening, renewing and closing.

use std::time::{Duration, SystemTime};

use super::super::{Context, Diagnostics, EphemeralResource, Lease, Opened, Reply, Result, Value};
use super::data::{found, placed};

/// How far ahead a renewal is at least: hosts renew at once, and again and again, what lies behind.
const SOONEST_RENEWAL: Duration = Duration::from_secs(10);

/// Judges a configuration offline.
pub fn validate_ephemeral(resource: &dyn EphemeralResource, config: &Value) -> Diagnostics {
    placed(resource.schema(), resource.validate(config))
}

/// Opens what `config` names. The answer is complete and wholly known.
pub async fn open(resource: &dyn EphemeralResource, context: &Context, config: Value) -> Result<Reply<Opened>> {
    let schema = resource.schema();
    let Reply { value: opened, warnings } =
        resource.open(context, config).await.map_err(|diagnostics| placed(schema, diagnostics))?;
    let value = found(schema, opened.value)?;
    Ok(Reply { value: Opened { value, lease: ahead(opened.lease) }, warnings: placed(schema, warnings) })
}

/// Makes what is open last longer.
pub async fn renew(resource: &dyn EphemeralResource, context: &Context, private: Vec<u8>) -> Result<Reply<Lease>> {
    let Reply { value, warnings } = resource.renew(context, private).await?;
    Ok(Reply { value: ahead(value), warnings })
}

/// Gives back what was opened.
pub async fn close(resource: &dyn EphemeralResource, context: &Context, private: Vec<u8>) -> Diagnostics {
    resource.close(context, private).await
}

fn ahead(lease: Lease) -> Lease {
    let soonest = SystemTime::now() + SOONEST_RENEWAL;
    Lease { renew_at: lease.renew_at.map(|at| at.max(soonest)), ..lease }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::super::super::{Attribute, AttributePath, Diagnostic, Schema, Type};
    use super::*;

    struct Leased {
        schema: Schema,
        answer: Value,
    }

    impl Leased {
        fn answering(answer: Value) -> Self {
            let attributes = vec![
                Attribute::new("name", Type::String),
                Attribute::new("size", Type::Number).optional(),
                Attribute::new("token", Type::String).computed(),
            ];
            Self { schema: Schema { attributes: attributes.into(), ..Schema::default() }, answer }
        }
    }

    #[async_trait]
    impl EphemeralResource for Leased {
        fn schema(&self) -> &Schema {
            &self.schema
        }

        fn validate(&self, _: &Value) -> Diagnostics {
            ["name", "elsewhere"]
                .map(|name| Diagnostic::error("s", "d").at(AttributePath::of(name)))
                .into_iter()
                .collect()
        }

        async fn open(&self, _: &Context, _: Value) -> Result<Reply<Opened>> {
            let lease = Lease { private: b"lease".to_vec(), renew_at: Some(SystemTime::UNIX_EPOCH) };
            Ok(Opened { value: self.answer.clone(), lease }.into())
        }
    }

    #[tokio::test]
    async fn an_answer_is_complete_and_known_and_its_renewal_lies_ahead() {
        let resource = Leased::answering(Value::map([("name", Value::from("n")), ("token", "t".into())]));
        let opened = open(&resource, &Context::default(), Value::Null).await.unwrap().value;
        assert_eq!(opened.value.get("size"), &Value::Null);
        assert_eq!(opened.value.as_map().unwrap().len(), 3);
        assert!(opened.lease.renew_at.unwrap() > SystemTime::now());
        let renewed = renew(&resource, &Context::default(), opened.lease.private).await.unwrap().value;
        assert_eq!((renewed.private, renewed.renew_at), (b"lease".to_vec(), None));
    }

    #[tokio::test]
    async fn an_answer_that_no_host_would_take_is_an_error() {
        let unknown = Value::map([("name", Value::from("n")), ("token", Value::unknown())]);
        for answer in [Value::Null, unknown, Value::map([("other", Value::Null)])] {
            let outcome = open(&Leased::answering(answer), &Context::default(), Value::Null).await;
            assert!(outcome.is_err());
        }
    }

    #[test]
    fn messages_point_to_arguments_that_exist() {
        let told = validate_ephemeral(&Leased::answering(Value::Null), &Value::Null);
        let paths: Vec<String> = told.iter().map(|told| told.path.to_string()).collect();
        assert_eq!(paths, ["name", ""]);
    }
}
