# Needs: terraform 1.11
# From the secrets that the rotation writes. No permission is needed but to read these.
ephemeral "infisical_rotation_credentials" "orders" {
  project_id  = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  environment = "prod"
  secret_path = "/orders"

  secrets_mapping = {
    username = "POSTGRES_USERNAME"
    password = "POSTGRES_PASSWORD"
  }
}

# From the rotation itself, the credentials before the last rotation among them.
ephemeral "infisical_rotation_credentials" "both" {
  project_id  = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  environment = "prod"
  secret_path = "/orders"
  name        = "orders"

  include_previous = true
}
