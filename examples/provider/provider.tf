terraform {
  required_providers {
    infisical = {
      source  = "infisical-rotations/infisical"
      version = "~> 0.1"
    }
  }
}

provider "infisical" {
  host = "https://eu.infisical.com"

  auth = {
    universal = {
      client_id     = var.infisical_client_id
      client_secret = var.infisical_client_secret
    }
  }
}

variable "infisical_client_id" {
  type = string
}

variable "infisical_client_secret" {
  type      = string
  sensitive = true
}
