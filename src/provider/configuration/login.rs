//! The logins of the provider block: one table from which schema, validation and settings are made.

use crate::infisical::environment::{self, Environment, Variable};
use crate::infisical::{Login, Secret};
use crate::terraform::{Attribute, AttributePath, Diagnostic, Diagnostics, Nesting, Result, Type, Value};

/// One way to log in.
struct Method {
    name: &'static str,
    description: &'static str,
    members: &'static [Member],
    login: fn(&Members<'_>) -> Result<Login>,
}

/// One argument of a method.
struct Member {
    name: &'static str,
    description: &'static str,
    variable: Option<Variable>,
    sensitive: bool,
}

const IDENTITY: Member = Member {
    name: "identity_id",
    description: "ID of the machine identity.",
    variable: Some(environment::MACHINE_IDENTITY_ID),
    sensitive: false,
};

const fn member(name: &'static str, description: &'static str, variable: Option<Variable>) -> Member {
    Member { name, description, variable, sensitive: false }
}

const fn secret(name: &'static str, description: &'static str, variable: Option<Variable>) -> Member {
    Member { name, description, variable, sensitive: true }
}

/// The methods that have arguments of their own, by name. `token` stands beside them as a plain argument.
static METHODS: &[Method] = &[
    Method {
        name: "aws_iam",
        description: "AWS Auth: proves the caller by a signed request of the usual AWS credentials.",
        members: &[IDENTITY],
        login: |members| Ok(Login::AwsIam { identity_id: members.required("identity_id")? }),
    },
    Method {
        name: "azure",
        description: "Azure Auth: a managed identity's token from the instance metadata service.",
        members: &[
            IDENTITY,
            member("resource", "Resource that the token is issued for, if not Azure's management API.", None),
        ],
        login: |members| {
            Ok(Login::Azure { identity_id: members.required("identity_id")?, resource: members.optional("resource") })
        },
    },
    Method {
        name: "gcp_iam",
        description: "GCP IAM Auth: a token signed with a service account's key.",
        members: &[
            IDENTITY,
            member(
                "service_account_key_path",
                "JSON key file of the service account.",
                Some(environment::GCP_SERVICE_ACCOUNT_KEY_PATH),
            ),
        ],
        login: |members| {
            Ok(Login::GcpIam {
                identity_id: members.required("identity_id")?,
                service_account_key_path: members.required("service_account_key_path")?,
            })
        },
    },
    Method {
        name: "gcp_id_token",
        description: "GCP ID Token Auth: the instance's identity token from the metadata service.",
        members: &[IDENTITY],
        login: |members| Ok(Login::GcpIdToken { identity_id: members.required("identity_id")? }),
    },
    Method {
        name: "jwt",
        description: "JWT Auth: a token of an issuer that the machine identity trusts.",
        members: &[IDENTITY, secret("jwt", "The token.", Some(environment::AUTH_JWT))],
        login: |members| {
            Ok(Login::Jwt { identity_id: members.required("identity_id")?, jwt: Secret::new(members.required("jwt")?) })
        },
    },
    Method {
        name: "kubernetes",
        description: "Kubernetes Auth: the token of the pod's service account.",
        members: &[
            IDENTITY,
            secret("service_account_token", "The token; it wins over the path.", Some(environment::KUBERNETES_TOKEN)),
            member(
                "service_account_token_path",
                "File of the token, if not where Kubernetes mounts it.",
                Some(environment::KUBERNETES_TOKEN_PATH),
            ),
        ],
        login: |members| {
            Ok(Login::Kubernetes {
                identity_id: members.required("identity_id")?,
                service_account_token: members.optional("service_account_token").map(Secret::new),
                service_account_token_path: members.optional("service_account_token_path"),
            })
        },
    },
    Method {
        name: "ldap",
        description: "LDAP Auth: a directory user's name and password.",
        members: &[
            IDENTITY,
            member("username", "Name of the user.", Some(environment::LDAP_USERNAME)),
            secret("password", "Password of the user.", Some(environment::LDAP_PASSWORD)),
        ],
        login: |members| {
            Ok(Login::Ldap {
                identity_id: members.required("identity_id")?,
                username: members.required("username")?,
                password: Secret::new(members.required("password")?),
            })
        },
    },
    Method {
        name: "oidc",
        description: "OIDC Auth: the token of an OpenID Connect issuer, such as that of a CI job.",
        members: &[
            IDENTITY,
            member(
                "token_environment_variable_name",
                "Name of the environment variable that holds the token, if not `INFISICAL_AUTH_JWT`.",
                Some(environment::OIDC_TOKEN_NAME),
            ),
        ],
        login: oidc,
    },
    Method {
        name: "tls_cert",
        description: "TLS Certificate Auth: the client certificate of the provider block. Infisical Cloud takes it on port 8443.",
        members: &[IDENTITY],
        login: |members| Ok(Login::TlsCert { identity_id: members.required("identity_id")? }),
    },
    Method {
        name: "universal",
        description: "Universal Auth: the client ID and secret of a machine identity.",
        members: &[
            member("client_id", "The client ID.", Some(environment::UNIVERSAL_CLIENT_ID)),
            secret("client_secret", "The client secret.", Some(environment::UNIVERSAL_CLIENT_SECRET)),
        ],
        login: |members| {
            Ok(Login::Universal {
                client_id: members.required("client_id")?,
                client_secret: Secret::new(members.required("client_secret")?),
            })
        },
    },
];

/// The `auth` argument of the provider block.
pub(super) fn attribute() -> Attribute {
    let falls_back = |member: &Member| {
        member.variable.map_or_else(String::new, |variable| format!(" Falls back to `{}`.", variable.name))
    };
    let mut attributes = vec![
        Attribute::new("organization_slug", Type::String).optional().describe(format!(
            "Slug of the (sub-)organisation that the session is limited to. Falls back to `{}`.",
            environment::ORGANIZATION_SLUG.name
        )),
        Attribute::new("token", Type::String).optional().sensitive().describe(format!(
            "Access token of a machine identity. It can't be renewed. Falls back to `{}`.",
            environment::TOKEN.name
        )),
    ];
    for method in METHODS {
        let members = method.members.iter().map(|member| Attribute {
            sensitive: member.sensitive,
            ..Attribute::new(member.name, Type::String).optional().describe(format!(
                "{}{}",
                member.description,
                falls_back(member)
            ))
        });
        attributes
            .push(Attribute::nested(method.name, Nesting::Single, members).optional().describe(method.description));
    }
    Attribute::nested("auth", Nesting::Single, attributes).optional().describe(format!(
        "How the machine identity logs in: exactly one of the methods. Without any, `{}` chooses; without that, a token \
         or a Universal Auth client in the environment is used.",
        environment::AUTH_METHOD.name
    ))
}

/// Refuses more than one method.
pub(super) fn validate(auth: &Value) -> Diagnostics {
    let chosen = chosen(auth);
    if chosen.len() < 2 {
        return Diagnostics::none();
    }
    let detail = format!("`auth` names {} logins: `{}`. Keep one of them.", chosen.len(), chosen.join("`, `"));
    Diagnostic::error("Invalid provider configuration", detail).at(AttributePath::of("auth")).into()
}

/// The login that the block names, else the one that the environment does; `None` if there is none.
pub(super) fn login(auth: &Value, environment: &dyn Environment) -> Result<Option<Login>> {
    let in_block = chosen(auth).first().copied();
    let name = in_block.map(str::to_owned).or_else(|| environment::AUTH_METHOD.read(environment));
    let name = match name.as_deref() {
        Some(name) => name,
        None if environment::TOKEN.read(environment).is_some() => "token",
        None if environment::UNIVERSAL_CLIENT_ID.read(environment).is_some()
            && environment::UNIVERSAL_CLIENT_SECRET.read(environment).is_some() =>
        {
            "universal"
        }
        None => return Ok(None),
    };
    if name == "token" {
        let members =
            Members { values: auth, variables: &[TOKEN_MEMBER], environment, path: AttributePath::of("auth") };
        return members.required("token").map(|token| Some(Login::Token(Secret::new(token))));
    }
    let Some(method) = METHODS.iter().find(|method| method.name == name) else {
        let known: Vec<&str> = METHODS.iter().map(|method| method.name).chain(["token"]).collect();
        let detail = format!(
            "`{}` is `{name}`, which is no login. It is one of: {}.",
            environment::AUTH_METHOD.name,
            known.join(", ")
        );
        return Err(Diagnostic::error("Invalid provider configuration", detail).at(AttributePath::of("auth")).into());
    };
    let path = AttributePath::of("auth").attribute(method.name);
    (method.login)(&Members { values: auth.get(method.name), variables: method.members, environment, path }).map(Some)
}

/// The organisation that the session is limited to, if any.
pub(super) fn organization_slug(auth: &Value, environment: &dyn Environment) -> Option<String> {
    let in_block = auth.get("organization_slug").as_str().map(str::to_owned);
    in_block.or_else(|| environment::ORGANIZATION_SLUG.read(environment))
}

const TOKEN_MEMBER: Member = secret("token", "The token.", Some(environment::TOKEN));

/// The methods that the block names. One that is unknown as a whole may turn out to be absent.
fn chosen(auth: &Value) -> Vec<&'static str> {
    let names = METHODS.iter().map(|method| method.name).chain(["token"]);
    names.filter(|name| !auth.get(name).is_null() && !auth.get(name).is_unknown()).collect()
}

/// The arguments of one method: from the block, else from the environment.
struct Members<'a> {
    values: &'a Value,
    variables: &'a [Member],
    environment: &'a dyn Environment,
    path: AttributePath,
}

impl Members<'_> {
    fn optional(&self, name: &str) -> Option<String> {
        let in_block = self.values.get(name).as_str().map(str::to_owned);
        in_block.or_else(|| self.variable(name)?.read(self.environment))
    }

    fn required(&self, name: &str) -> Result<String> {
        self.optional(name).ok_or_else(|| {
            let from = self.variable(name).map_or_else(String::new, |variable| format!(" or set `{}`", variable.name));
            let path = self.path.attribute(name);
            let detail = format!("The login needs `{path}`. Give it in the provider block{from}.");
            Diagnostic::error("Invalid provider configuration", detail).at(path).into()
        })
    }

    fn variable(&self, name: &str) -> Option<Variable> {
        self.variables.iter().find(|member| member.name == name)?.variable
    }
}

/// The token of an issuer, from the variable that block or environment name.
fn oidc(members: &Members<'_>) -> Result<Login> {
    let name = members
        .optional("token_environment_variable_name")
        .or_else(|| environment::OIDC_TOKEN_KEY_NAME.read(members.environment))
        .unwrap_or_else(|| environment::AUTH_JWT.name.to_owned());
    let token = members.environment.get(&name).filter(|token| !token.trim().is_empty()).ok_or_else(|| {
        let path = members.path.attribute("token_environment_variable_name");
        let detail = format!(
            "The OIDC login reads its token from the environment variable `{name}`, which is not set. Set it to the token \
             that the job was given, or name the variable that holds it in `{path}`."
        );
        Diagnostics::from(Diagnostic::error("Invalid provider configuration", detail).at(path))
    })?;
    Ok(Login::Oidc { identity_id: members.required("identity_id")?, jwt: Secret::new(token) })
}
