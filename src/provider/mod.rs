//! Where the catalog, Terraform and Infisical meet.

pub mod rotation;
