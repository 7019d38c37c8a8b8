# Needs: infisical/infisical
terraform {
  required_providers {
    infisical = {
      source = "infisical/infisical"
    }
    rotations = {
      source  = "infisical-rotations/infisical"
      version = "~> 0.1"
    }
  }
}

# Both read INFISICAL_HOST, INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET.
provider "infisical" {}

provider "rotations" {}

resource "infisical_secret_folder" "orders" {
  name             = "orders"
  environment_slug = "prod"
  project_id       = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  folder_path      = "/"
}

resource "infisical_redis_rotation" "orders" {
  provider = rotations

  name          = "orders"
  project_id    = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  connection_id = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
  environment   = infisical_secret_folder.orders.environment_slug
  secret_path   = infisical_secret_folder.orders.path

  rotation_interval = 30

  parameters = {
    permission_scope = "~orders:* +@read +@write -@dangerous"
  }

  secrets_mapping = {
    username = "REDIS_USERNAME"
    password = "REDIS_PASSWORD"
  }
}
