# Destroying deletes the secrets, and makes the passwords unknown to everybody. Both flags act as they are in state:
# apply them first.
resource "infisical_postgres_rotation" "orders" {
  name          = "orders"
  project_id    = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  connection_id = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
  environment   = "prod"
  secret_path   = "/orders"

  rotation_interval = 30

  parameters = {
    username1 = "app_user_1"
    username2 = "app_user_2"
  }

  secrets_mapping = {
    username = "POSTGRES_USERNAME"
    password = "POSTGRES_PASSWORD"
  }

  delete_secrets               = true
  revoke_generated_credentials = true
}
