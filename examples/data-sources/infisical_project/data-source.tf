data "infisical_project" "shop" {
  slug = "shop"
}

output "environments_of_shop" {
  value = data.infisical_project.shop.environments[*].slug
}
