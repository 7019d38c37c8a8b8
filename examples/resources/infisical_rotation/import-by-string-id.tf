import {
  to = infisical_rotation.orders
  id = "redis-credentials/b2f1a9c4-6d3e-4f70-9a8b-5c4d3e2f1a0b"
}
