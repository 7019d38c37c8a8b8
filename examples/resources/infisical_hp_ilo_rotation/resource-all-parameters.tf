# With the optional parameters too.
resource "infisical_hp_ilo_rotation" "orders" {
  name          = "orders"
  description   = "Used by the orders service."
  project_id    = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  connection_id = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
  environment   = "prod"
  secret_path   = "/orders"

  rotation_interval = 30
  rotate_at_utc     = { hours = 3, minutes = 30 }

  parameters = {
    username = "backup-operator"
    password_requirements = {
      length          = 39
      required        = { digits = 2, lowercase = 2, uppercase = 2, symbols = 0 }
      allowed_symbols = "-_.~!*"
    }
  }

  secrets_mapping = {
    username = "ILO_USERNAME"
    password = "ILO_PASSWORD"
  }
}
