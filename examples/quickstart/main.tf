# What `cargo xtask quickstart` applies: one Redis user, rotated by Infisical, handed to an application as two secrets.

terraform {
  required_providers {
    infisical = {
      source = "infisical-rotations/infisical"
    }
  }
}

# The address and the login come from the environment: INFISICAL_HOST, INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and
# INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET.
provider "infisical" {}

variable "project_id" {
  description = "The Infisical project that holds the secrets."
  type        = string
}

variable "connection_id" {
  description = "The app connection to Redis, made once in Infisical."
  type        = string
}

variable "release" {
  description = "Change it to rotate the secrets now."
  type        = string
  default     = "1"
}

variable "interval" {
  description = "Days from one scheduled rotation to the next."
  type        = number
  default     = 30
}

resource "infisical_redis_rotation" "orders" {
  name          = "orders-cache"
  project_id    = var.project_id
  connection_id = var.connection_id
  environment   = "dev"
  secret_path   = "/"

  rotation_interval = var.interval
  rotate_at_utc     = { hours = 3, minutes = 30 }
  rotation_triggers = { release = var.release }

  parameters = {
    permission_scope = "~orders:* +@read +@write +ping"
  }

  secrets_mapping = {
    username = "ORDERS_REDIS_USERNAME"
    password = "ORDERS_REDIS_PASSWORD"
  }

  delete_secrets               = true
  revoke_generated_credentials = true
}

output "rotation_id" {
  value = infisical_redis_rotation.orders.id
}

output "next_rotation_at" {
  value = infisical_redis_rotation.orders.next_rotation_at
}
