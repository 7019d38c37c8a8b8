data "infisical_app_connection" "postgres" {
  name       = "orders-database"
  app        = "postgres"
  project_id = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
}

resource "infisical_postgres_rotation" "orders" {
  name          = "orders"
  project_id    = data.infisical_app_connection.postgres.project_id
  connection_id = data.infisical_app_connection.postgres.id
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
