# With the optional parameters too.
resource "infisical_cloudflare_api_token_rotation" "orders" {
  name          = "orders"
  description   = "Used by the orders service."
  project_id    = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  connection_id = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
  environment   = "prod"
  secret_path   = "/orders"

  rotation_interval = 30
  rotate_at_utc     = { hours = 3, minutes = 30 }

  parameters = {
    name = "orders-dns"
    policies = [
      {
        effect               = "allow"
        scope                = "zones"
        zone_ids             = ["023e105f4ecef8ad9ca31a8372d0c353"]
        permission_group_ids = ["c8fed203ed3043cba015a93ad1616f1f"]
      },
    ]
    allowed_ips    = ["203.0.113.0/24"]
    disallowed_ips = ["203.0.113.7/32"]
  }

  secrets_mapping = {
    token_id  = "CLOUDFLARE_TOKEN_ID"
    api_token = "CLOUDFLARE_API_TOKEN"
  }
}
