resource "infisical_azure_client_secret_rotation" "orders" {
  name          = "orders"
  description   = "Used by the orders service."
  project_id    = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  connection_id = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
  environment   = "prod"
  secret_path   = "/orders"

  rotation_interval = 30
  rotate_at_utc     = { hours = 3, minutes = 30 }

  parameters = {
    object_id = "6f0a1c2e-3b4d-4e5f-8a9b-0c1d2e3f4a5b"
    client_id = "11112222-3333-4444-8555-666677778888"
  }

  secrets_mapping = {
    client_id     = "AZURE_CLIENT_ID"
    client_secret = "AZURE_CLIENT_SECRET"
  }
}
