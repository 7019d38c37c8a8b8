# Needs: terraform 1.8 or tofu 1.7
# What would rotating weekly at 3:30 UTC mean for a rotation that ran on schedule on the 10th?
output "next_rotation_if_weekly" {
  value = provider::infisical::next_rotation("2026-03-10T03:30:04.120Z", 7, 3, 30, false)
}
