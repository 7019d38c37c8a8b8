# Needs: terraform 1.14 only
# Rotates after each release.
resource "terraform_data" "release" {
  input = var.release

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.infisical_rotate.orders]
    }
  }
}

action "infisical_rotate" "orders" {
  config {
    project_id  = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
    environment = "prod"
    secret_path = "/orders"
    name        = "orders"
  }
}

variable "release" {
  type = string
}
