# Address and login come from the environment that the sandbox prints when it starts with --seed. The IDs are those of
# its demo project.

variables {
  project_id    = "5eed0000-0000-4000-8000-000000000010"
  connection_id = "5eed0000-0000-4000-8000-000000000116"
  environment   = "dev"
  service       = "orders"
}

run "creates_the_rotation" {
  assert {
    condition     = output.secret_names.password == "ORDERS_REDIS_PASSWORD"
    error_message = "The service finds its password under another name than documented."
  }

  assert {
    condition     = output.active_index == 0
    error_message = "A new rotation holds its first credentials."
  }
}

run "rotates_with_a_release" {
  variables {
    release = "2"
  }

  # A new rotation would begin at 0 again.
  assert {
    condition     = output.active_index == 1
    error_message = "A release rotates the credentials, in place."
  }
}

run "refuses_a_service_that_is_no_name" {
  command = plan

  variables {
    service = "Orders Service"
  }

  expect_failures = [var.service]
}
