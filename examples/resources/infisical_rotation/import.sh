# By the kind and the rotation's ID.
terraform import infisical_rotation.orders redis-credentials/b2f1a9c4-6d3e-4f70-9a8b-5c4d3e2f1a0b

# By kind, place and name: <type>/<project id>/<environment>/<name>?path=/folder. Without ?path= the root folder is meant.
terraform import infisical_rotation.orders 'redis-credentials/9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f/prod/orders?path=/orders'
