//! Functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ProviderService, unknown};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;
use crate::terraform::{Capabilities, Diagnostics, FunctionError, Signature, Value, clean, operations};

/// The functions by name.
pub(super) fn declarations(service: &ProviderService) -> BTreeMap<String, wire::Function> {
    let functions = service.provider.functions().iter();
    functions.map(|(name, function)| (name.clone(), declaration(function.signature()))).collect()
}

/// Answers `CallFunction`.
pub(super) async fn call(
    service: &ProviderService,
    request: wire::call_function::Request,
) -> wire::call_function::Response {
    let provider = Arc::clone(&service.provider);
    let outcome = service.calls.query(Capabilities::default(), |_| async move {
        let name = &request.name;
        let function = provider.functions().get(name).ok_or_else(|| unknown("function", name))?;
        let signature = function.signature();
        // A surplus argument has no type to be read by; that there is one is told by the call.
        let types = signature.parameters.iter().map(|parameter| Some(&parameter.of)).chain(std::iter::repeat(None));
        let mut arguments = Vec::new();
        for (argument, of) in request.arguments.iter().zip(types) {
            arguments.push(match of {
                Some(of) => convert::value(Some(argument), of, "argument")?,
                None => Value::Null,
            });
        }
        match operations::call(function.as_ref(), &arguments) {
            Ok(result) => Ok(Ok(convert::dynamic_value(&result, &signature.returns)?)),
            Err(error) => Ok(Err(error)),
        }
    });
    match outcome.await {
        Ok(Ok(result)) => wire::call_function::Response { result: Some(result), error: None },
        Ok(Err(error)) => failed(&error),
        Err(diagnostics) => failed(&FunctionError::new(text(&diagnostics))),
    }
}

fn declaration(signature: &Signature) -> wire::Function {
    let parameters = signature.parameters.iter().map(|parameter| wire::function::Parameter {
        name: parameter.name.clone(),
        r#type: parameter.of.to_json().into(),
        description: parameter.description.clone(),
        description_kind: wire::StringKind::Markdown.into(),
        ..Default::default()
    });
    wire::Function {
        parameters: parameters.collect(),
        r#return: Some(wire::function::Return { r#type: signature.returns.to_json().into() }),
        summary: signature.title.clone(),
        description: signature.description.clone(),
        description_kind: wire::StringKind::Markdown.into(),
        ..Default::default()
    }
}

fn failed(error: &FunctionError) -> wire::call_function::Response {
    let function_argument = error.argument.and_then(|index| i64::try_from(index).ok());
    let error = wire::FunctionError { text: clean(&error.text), function_argument };
    wire::call_function::Response { result: None, error: Some(error) }
}

fn text(diagnostics: &Diagnostics) -> String {
    diagnostics.iter().map(|diagnostic| diagnostic.detail.as_str()).collect::<Vec<_>>().join("\n")
}
