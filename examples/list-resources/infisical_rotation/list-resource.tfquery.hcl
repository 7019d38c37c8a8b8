# Needs: terraform 1.14 only
# terraform query -generate-config-out=generated.tf
list "infisical_rotation" "all" {
  provider = infisical

  config {
    project_id = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  }
}
