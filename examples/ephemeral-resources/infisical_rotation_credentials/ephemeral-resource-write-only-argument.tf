# Needs: hashicorp/aws, terraform 1.11
# Copies the credentials to where another system looks for them. They are in neither state nor plan.
ephemeral "infisical_rotation_credentials" "orders" {
  project_id      = infisical_postgres_rotation.orders.project_id
  environment     = infisical_postgres_rotation.orders.environment
  secret_path     = infisical_postgres_rotation.orders.secret_path
  secrets_mapping = infisical_postgres_rotation.orders.secrets_mapping
}

resource "aws_secretsmanager_secret" "orders" {
  name = "orders/database"
}

resource "aws_secretsmanager_secret_version" "orders" {
  secret_id        = aws_secretsmanager_secret.orders.id
  secret_string_wo = jsonencode(ephemeral.infisical_rotation_credentials.orders.credentials)

  # A write-only value is written again when its version changes: with each rotation.
  secret_string_wo_version = parseint(
    formatdate("YYYYMMDDhhmmss", infisical_postgres_rotation.orders.last_rotated_at), 10
  )
}

resource "infisical_postgres_rotation" "orders" {
  name          = "orders"
  project_id    = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  connection_id = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
  environment   = "prod"
  secret_path   = "/orders"

  rotation_interval = 30

  parameters = {
    username1 = "orders_1"
    username2 = "orders_2"
  }

  secrets_mapping = {
    username = "POSTGRES_USERNAME"
    password = "POSTGRES_PASSWORD"
  }
}
