//! Compiles the wire interface of `proto/` without `protoc`.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = [
        "proto/tfplugin6.proto",
        "proto/grpc_broker.proto",
        "proto/grpc_controller.proto",
        "proto/grpc_health.proto",
        "proto/grpc_stdio.proto",
    ];
    for file in files {
        println!("cargo::rerun-if-changed={file}");
    }
    tonic_prost_build::configure()
        .build_client(false)
        .generate_default_stubs(true)
        .bytes(".")
        .btree_map(".")
        .compile_fds(protox::compile(files, ["proto"])?)?;
    Ok(())
}
