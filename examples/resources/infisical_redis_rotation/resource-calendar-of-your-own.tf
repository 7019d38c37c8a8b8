# Needs: hashicorp/time
# Rotates each month, whenever Terraform runs then, instead of after a number of days.
resource "time_rotating" "month" {
  rotation_months = 1
}

resource "infisical_redis_rotation" "orders" {
  name          = "orders"
  project_id    = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  connection_id = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
  environment   = "prod"
  secret_path   = "/orders"

  auto_rotation_enabled = false
  rotation_interval     = 30

  parameters = {
    permission_scope = "~orders:* +@read +@write -@dangerous"
  }

  secrets_mapping = {
    username = "REDIS_USERNAME"
    password = "REDIS_PASSWORD"
  }

  rotation_triggers = {
    month = time_rotating.month.id
  }
}
