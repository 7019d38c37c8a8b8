# Needs: terraform 1.5 or tofu 1.6
data "infisical_rotations" "production" {
  project_id  = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  environment = "prod"
}

# A warning with each plan as long as something was not rotated in time, or failed to.
check "rotations" {
  assert {
    condition = alltrue([
      for rotation in data.infisical_rotations.production.rotations :
      !rotation.overdue && rotation.rotation_status != "failed"
    ])
    error_message = "Not everything was rotated: see the overview in Infisical."
  }
}
