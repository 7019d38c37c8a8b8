# A module as a team would write one: a cache user for a service, rotated by Infisical. Its test is in tests/ and runs
# against the sandbox: see docs/guides/testing-with-the-sandbox.md.

terraform {
  required_providers {
    infisical = {
      source = "infisical-rotations/infisical"
    }
  }
}

variable "project_id" {
  description = "The Infisical project that holds the secrets."
  type        = string
}

variable "connection_id" {
  description = "The app connection to Redis."
  type        = string
}

variable "environment" {
  description = "Slug of the environment."
  type        = string
}

variable "folder" {
  description = "Folder that receives the secrets."
  type        = string
  default     = "/app"
}

variable "service" {
  description = "Name of the service that uses the cache."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.service))
    error_message = "A service is named with lower-case letters, digits and hyphens, a letter first."
  }
}

variable "release" {
  description = "Each new value rotates the credentials."
  type        = string
  default     = "1"
}

locals {
  prefix = upper(replace(var.service, "-", "_"))
}

resource "infisical_redis_rotation" "cache" {
  name          = "${var.service}-cache"
  project_id    = var.project_id
  connection_id = var.connection_id
  environment   = var.environment
  secret_path   = var.folder

  rotation_interval = 30
  rotation_triggers = { release = var.release }

  parameters = {
    permission_scope = "~${var.service}:* +@read +@write"
  }

  secrets_mapping = {
    username = "${local.prefix}_REDIS_USERNAME"
    password = "${local.prefix}_REDIS_PASSWORD"
  }

  delete_secrets               = true
  revoke_generated_credentials = true
}

output "secret_names" {
  description = "The secrets that the service reads."
  value       = infisical_redis_rotation.cache.secrets_mapping
}

output "active_index" {
  description = "Which of the two credentials the secrets hold."
  value       = infisical_redis_rotation.cache.active_index
}
