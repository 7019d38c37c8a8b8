import {
  to = infisical_convex_rotation.orders
  id = "b2f1a9c4-6d3e-4f70-9a8b-5c4d3e2f1a0b"
}
