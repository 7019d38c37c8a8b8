//! The wire interface as prost and tonic generate it from `proto/`, for those who want to send what no typed call sends.

#![expect(clippy::pedantic, missing_docs, reason = "generated code follows its own rules")]

/// The provider's service.
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The helper services of the plugin family.
pub mod plugin {
    tonic::include_proto!("plugin");
}

/// The health service.
pub mod health {
    tonic::include_proto!("grpc.health.v1");
}
