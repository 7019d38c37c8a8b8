# Needs: terraform 1.8 or tofu 1.7
locals {
  place = provider::infisical::parse_import_id("9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f/prod/orders?path=/orders")
}

# Looks at a rotation before it is imported.
data "infisical_rotation" "orders" {
  project_id  = local.place.project_id
  environment = local.place.environment
  secret_path = local.place.secret_path
  name        = local.place.name
}
