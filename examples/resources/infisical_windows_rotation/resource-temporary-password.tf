# Needs: terraform 1.11
# The account changes its own password. Give the present one once, for the creation; afterwards nobody needs it.
resource "infisical_windows_rotation" "orders" {
  name          = "orders"
  description   = "Used by the orders service."
  project_id    = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  connection_id = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
  environment   = "prod"
  secret_path   = "/orders"

  rotation_interval = 30
  rotate_at_utc     = { hours = 3, minutes = 30 }

  parameters = {
    username        = "orders-svc"
    rotation_method = "login-as-target"
  }

  secrets_mapping = {
    username = "WINDOWS_USERNAME"
    password = "WINDOWS_PASSWORD"
  }

  temporary_parameters = var.present_password == null ? null : { password = var.present_password }
}

variable "present_password" {
  description = "The account's password until the rotation is created."
  type        = string
  ephemeral   = true
  default     = null
}
