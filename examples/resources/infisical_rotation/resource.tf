resource "infisical_rotation" "orders" {
  # Any kind that the server knows, spelled as the API spells it. (This one has a resource of its own too.)
  type = "redis-credentials"

  name          = "orders"
  description   = "Used by the orders service."
  project_id    = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  connection_id = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
  environment   = "prod"
  secret_path   = "/orders"

  rotation_interval = 30
  rotate_at_utc     = { hours = 3, minutes = 30 }

  # The names are those of the API. What is not named is left to the server.
  parameters = {
    permissionScope = "~orders:* +@read +@write -@dangerous"
  }

  secrets_mapping = {
    username = "REDIS_USERNAME"
    password = "REDIS_PASSWORD"
  }
}
