# Needs: terraform 1.12
import {
  to = infisical_rotation.orders

  identity = {
    type       = "redis-credentials"
    id         = "b2f1a9c4-6d3e-4f70-9a8b-5c4d3e2f1a0b"
    project_id = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  }
}
