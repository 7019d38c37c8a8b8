# By place and name.
data "infisical_rotation" "orders" {
  project_id  = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  environment = "prod"
  secret_path = "/orders"
  name        = "orders"
}

# By ID. The kind is optional; with it, one call answers.
data "infisical_rotation" "billing" {
  id   = "b2f1a9c4-6d3e-4f70-9a8b-5c4d3e2f1a0b"
  type = "postgres-credentials"
}

output "next_rotation_of_orders" {
  value = data.infisical_rotation.orders.next_rotation_at
}
