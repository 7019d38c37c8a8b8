# By the rotation's ID.
terraform import infisical_litellm_rotation.orders b2f1a9c4-6d3e-4f70-9a8b-5c4d3e2f1a0b

# By place and name: <project id>/<environment>/<name>?path=/folder. Without ?path= the root folder is meant.
terraform import infisical_litellm_rotation.orders '9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f/prod/orders?path=/orders'
