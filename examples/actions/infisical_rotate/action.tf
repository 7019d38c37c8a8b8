# Needs: terraform 1.14 only
# By hand: terraform apply -invoke=action.infisical_rotate.orders
action "infisical_rotate" "orders" {
  config {
    id   = "b2f1a9c4-6d3e-4f70-9a8b-5c4d3e2f1a0b"
    type = "postgres-credentials"
  }
}
