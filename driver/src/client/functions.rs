//! The calls about functions.

use super::{CallError, Client, Path, ProviderSchema, Report, Rule, Value, dynamic, wire};
use crate::schema::Function;

/// Is what a function answered.
#[derive(Debug, Clone, PartialEq)]
pub struct CallAnswer {
    /// The result, or the error.
    pub result: Result<Value, FunctionError>,
    /// What came with it.
    pub report: Report,
}

/// Says why a function has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// What to tell the user.
    pub text: String,
    /// The argument that is to blame, counted from 0.
    pub argument: Option<i64>,
}

impl Client {
    /// Asks for the functions and reports where they differ from a schema's.
    pub async fn functions(&self, schema: &ProviderSchema) -> Result<Report, CallError> {
        const CALL: &str = "GetFunctions";
        let answer = self.raw().get_functions(wire::get_functions::Request {}).await;
        let answer = answer.map_err(CallError::from(CALL))?.into_inner();
        let mut report = Report::new(CALL, &answer.diagnostics, None);
        let alone = wire::get_provider_schema::Response {
            functions: answer.functions,
            ..wire::get_provider_schema::Response::default()
        };
        let (read, _) = ProviderSchema::read(&alone, &wire::get_resource_identity_schemas::Response::default());
        if read.functions != schema.functions {
            let names: Vec<_> = read.functions.keys().collect();
            report.violate(Rule::FunctionsDiffer, CALL, &Path::root(), format!("{names:?}"));
        }
        Ok(report)
    }

    /// Calls a function twice with the same arguments: it must answer the same.
    pub async fn call(&self, name: &str, function: &Function, arguments: &[Value]) -> Result<CallAnswer, CallError> {
        let mut first = self.call_once(name, function, arguments).await?;
        let second = self.call_once(name, function, arguments).await?;
        if first.result != second.result {
            first.report.violate(Rule::FunctionImpure, "CallFunction", &Path::root(), "two answers to one question");
        }
        Ok(first)
    }

    async fn call_once(&self, name: &str, function: &Function, arguments: &[Value]) -> Result<CallAnswer, CallError> {
        const CALL: &str = "CallFunction";
        let request =
            wire::call_function::Request { name: name.to_owned(), arguments: arguments.iter().map(dynamic).collect() };
        let answer = self.raw().call_function(request).await.map_err(CallError::from(CALL))?.into_inner();
        let mut report = Report::default();
        if answer.result.is_some() == answer.error.is_some() {
            report.violate(Rule::FunctionAnswer, CALL, &Path::root(), "both or neither");
        }
        let result = match answer.error {
            Some(error) => {
                let count = i64::try_from(arguments.len()).unwrap_or(i64::MAX);
                if error.function_argument.is_some_and(|argument| !(0..count).contains(&argument)) {
                    let detail = format!("argument {:?} of {count}", error.function_argument);
                    report.violate(Rule::FunctionArgumentIndex, CALL, &Path::root(), detail);
                }
                Err(FunctionError { text: error.text, argument: error.function_argument })
            }
            None => Ok(report.value(CALL, answer.result.as_ref(), &function.returns)),
        };
        Ok(CallAnswer { result, report })
    }
}
