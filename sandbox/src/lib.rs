//! A faithful local Infisical for secret rotations.

pub mod validation;
