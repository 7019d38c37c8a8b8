# Needs: terraform 1.5 or tofu 1.6
data "infisical_rotation_options" "server" {}

# A self-hosted server that is too old for a kind is told of at plan time.
check "server_is_new_enough" {
  assert {
    condition     = contains(data.infisical_rotation_options.server.types, "stripe-api-key")
    error_message = "This Infisical server has no rotation of Stripe API keys yet: update it first."
  }
}
