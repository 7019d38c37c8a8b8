//! Functions: calling them with what they may be called with.

use super::super::{Function, FunctionError, Value, conform};

/// Calls `function`. The result is complete and of the declared type.
pub fn call(function: &dyn Function, arguments: &[Value]) -> Result<Value, FunctionError> {
    let signature = function.signature();
    if arguments.len() != signature.parameters.len() {
        let text = format!("Takes {} arguments, not {}.", signature.parameters.len(), arguments.len());
        return Err(FunctionError::new(text));
    }
    if let Some(index) = arguments.iter().position(|argument| argument.is_null() || !argument.is_wholly_known()) {
        let name = signature.parameters.get(index).map_or("", |parameter| parameter.name.as_str());
        return Err(FunctionError::new(format!("`{name}` needs a value that is known.")).at(index));
    }
    let (result, misfits) = conform::fit_type(&signature.returns, function.call(arguments)?);
    match misfits.into_iter().next() {
        None => Ok(result),
        Some(misfit) => {
            let text =
                format!("The result does not fit the function's own type: {misfit}. This is a bug in the provider.");
            Err(FunctionError::new(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Parameter, Signature, Type};
    use super::*;

    struct Echo(Signature);

    impl Function for Echo {
        fn signature(&self) -> &Signature {
            &self.0
        }

        fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
            Ok(arguments[1].clone())
        }
    }

    fn echo(returns: Type) -> Echo {
        let parameters = ["a", "b"].map(|name| Parameter::new(name, Type::String, "Text.")).into();
        Echo(Signature { title: String::new(), description: String::new(), parameters, returns })
    }

    #[test]
    fn only_complete_and_known_arguments_reach_a_function() {
        let text = || Value::from("t");
        let call = |arguments: &[Value]| super::call(&echo(Type::String), arguments);
        assert_eq!(call(&[text(), text()]), Ok(text()));
        assert_eq!(call(&[text()]).unwrap_err().argument, None);
        assert_eq!(call(&[text(), Value::Null]).unwrap_err().argument, Some(1));
        assert_eq!(call(&[Value::unknown(), text()]).unwrap_err().argument, Some(0));
    }

    #[test]
    fn a_result_of_another_type_is_an_error() {
        let error = super::call(&echo(Type::Bool), &["t".into(), "t".into()]).unwrap_err();
        assert!(error.text.contains("bug in the provider"), "{error}");
    }
}
