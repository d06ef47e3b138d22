# What is used less often.

resource "aws_s3_bucket" "more" {
  bucket        = "terraform-more-${data.aws_caller_identity.me.account_id}"
  force_destroy = true
  tags          = { Team = "a" }
}

resource "aws_s3_bucket_ownership_controls" "more" {
  bucket = aws_s3_bucket.more.id
  rule { object_ownership = "BucketOwnerPreferred" }
}

resource "aws_s3_bucket_acl" "more" {
  bucket     = aws_s3_bucket.more.id
  acl        = "private"
  depends_on = [aws_s3_bucket_ownership_controls.more]
}

resource "aws_s3_bucket_cors_configuration" "more" {
  bucket = aws_s3_bucket.more.id
  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://example.com"]
    max_age_seconds = 300
  }
}

resource "aws_s3_bucket_website_configuration" "more" {
  bucket = aws_s3_bucket.more.id
  index_document { suffix = "index.html" }
  error_document { key = "error.html" }
}

resource "aws_s3_bucket_logging" "more" {
  bucket        = aws_s3_bucket.more.id
  target_bucket = aws_s3_bucket.site.id
  target_prefix = "access/"
}

resource "aws_s3_bucket_notification" "more" {
  bucket      = aws_s3_bucket.more.id
  eventbridge = true
  queue {
    queue_arn     = aws_sqs_queue.uploads.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "in/"
  }
  depends_on = [aws_sqs_queue_policy.uploads]
}

resource "aws_s3_bucket_intelligent_tiering_configuration" "more" {
  bucket = aws_s3_bucket.more.id
  name   = "all"
  tiering {
    access_tier = "ARCHIVE_ACCESS"
    days        = 90
  }
}

resource "aws_s3_bucket_request_payment_configuration" "more" {
  bucket = aws_s3_bucket.more.id
  payer  = "BucketOwner"
}

resource "aws_s3_bucket_object_lock_configuration" "locked" {
  bucket = aws_s3_bucket.locked.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 1
    }
  }
}

resource "aws_s3_bucket" "locked" {
  bucket              = "terraform-locked-${data.aws_caller_identity.me.account_id}"
  object_lock_enabled = true
  force_destroy       = true
}

resource "aws_sqs_queue" "uploads" {
  name                       = "uploads"
  sqs_managed_sse_enabled    = true
  receive_wait_time_seconds  = 10
  visibility_timeout_seconds = 45
}

resource "aws_sqs_queue_policy" "uploads" {
  queue_url = aws_sqs_queue.uploads.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = ["s3.amazonaws.com", "events.amazonaws.com"] }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.uploads.arn
    }]
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url            = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.jobs.arn] })
}

resource "aws_kms_key" "signing" {
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_P256"
  deletion_window_in_days  = 7
}

resource "aws_kms_key" "many" {
  multi_region            = true
  deletion_window_in_days = 7
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "root", Effect = "Allow", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }, Action = "kms:*", Resource = "*" }]
  })
}

resource "aws_kms_grant" "worker" {
  name              = "worker"
  key_id            = aws_kms_key.data.key_id
  grantee_principal = aws_iam_role.worker.arn
  operations        = ["Encrypt", "Decrypt"]
}

resource "aws_iam_openid_connect_provider" "login" {
  url             = "https://login.example.com"
  client_id_list  = ["app"]
  thumbprint_list = ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]
}

resource "aws_iam_instance_profile" "worker" {
  name = "worker"
  role = aws_iam_role.worker.name
}

resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length = 14
  require_symbols         = true
}

resource "aws_iam_account_alias" "alias" {
  account_alias = "terraform-test"
}

resource "aws_iam_user_policy" "ada" {
  name   = "read"
  user   = aws_iam_user.ada.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:Get*"], Resource = "*" }] })
}

resource "aws_iam_group_policy_attachment" "staff" {
  group      = aws_iam_group.staff.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_dynamodb_table" "counted" {
  name           = "counted"
  read_capacity  = 5
  write_capacity = 5
  hash_key       = "id"
  range_key      = "at"
  attribute {
    name = "id"
    type = "S"
  }
  attribute {
    name = "at"
    type = "S"
  }
  attribute {
    name = "kind"
    type = "S"
  }
  local_secondary_index {
    name               = "by-kind"
    range_key          = "kind"
    projection_type    = "INCLUDE"
    non_key_attributes = ["text"]
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  deletion_protection_enabled = false
}

resource "aws_dynamodb_resource_policy" "counted" {
  resource_arn = aws_dynamodb_table.counted.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = aws_iam_role.worker.arn }, Action = "dynamodb:GetItem", Resource = aws_dynamodb_table.counted.arn }]
  })
}

resource "aws_dynamodb_contributor_insights" "counted" {
  table_name = aws_dynamodb_table.counted.name
}

resource "aws_lambda_layer_version" "tools" {
  layer_name          = "tools"
  filename            = "worker.zip"
  source_code_hash    = filebase64sha256("worker.zip")
  compatible_runtimes = ["nodejs22.x"]
}

resource "aws_lambda_function" "second" {
  function_name                  = "second"
  role                           = aws_iam_role.worker.arn
  runtime                        = "nodejs22.x"
  handler                        = "index.handler"
  filename                       = "worker.zip"
  source_code_hash               = filebase64sha256("worker.zip")
  layers                         = [aws_lambda_layer_version.tools.arn]
  publish                        = true
  reserved_concurrent_executions = 5
  kms_key_arn                    = aws_kms_key.data.arn
  environment { variables = { KIND = "second" } }
  dead_letter_config { target_arn = aws_sqs_queue.dead.arn }
  ephemeral_storage { size = 1024 }
  tracing_config { mode = "PassThrough" }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.worker.name
  }
  depends_on = [aws_iam_role_policy_attachment.worker, aws_iam_role_policy.dead]
}

resource "aws_iam_role_policy" "dead" {
  name   = "dead"
  role   = aws_iam_role.worker.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["sqs:SendMessage", "dynamodb:*"], Resource = "*" }] })
}

resource "aws_lambda_function_event_invoke_config" "second" {
  function_name                = aws_lambda_function.second.function_name
  maximum_retry_attempts       = 1
  maximum_event_age_in_seconds = 300
  destination_config {
    on_failure { destination = aws_sqs_queue.dead.arn }
  }
}

resource "aws_lambda_provisioned_concurrency_config" "second" {
  function_name                     = aws_lambda_function.second.function_name
  qualifier                         = aws_lambda_function.second.version
  provisioned_concurrent_executions = 1
}

resource "aws_lambda_event_source_mapping" "notes" {
  event_source_arn  = aws_dynamodb_table.notes.stream_arn
  function_name     = aws_lambda_function.second.arn
  starting_position = "LATEST"
  filter_criteria {
    filter { pattern = jsonencode({ eventName = ["INSERT"] }) }
  }
}

resource "aws_ecr_repository" "images" {
  name                 = "images"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true
}

resource "aws_ecr_lifecycle_policy" "images" {
  repository = aws_ecr_repository.images.name
  policy     = jsonencode({ rules = [{ rulePriority = 1, selection = { tagStatus = "untagged", countType = "imageCountMoreThan", countNumber = 3 }, action = { type = "expire" } }] })
}

resource "aws_cloudtrail" "all" {
  name                          = "all"
  s3_bucket_name                = aws_s3_bucket.trail.id
  include_global_service_events = true
  enable_log_file_validation    = true
  depends_on                    = [aws_s3_bucket_policy.trail]
}

resource "aws_s3_bucket" "trail" {
  bucket        = "terraform-trail-${data.aws_caller_identity.me.account_id}"
  force_destroy = true
}

resource "aws_s3_bucket_policy" "trail" {
  bucket = aws_s3_bucket.trail.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { Service = "cloudtrail.amazonaws.com" }, Action = "s3:GetBucketAcl", Resource = aws_s3_bucket.trail.arn },
      { Effect = "Allow", Principal = { Service = "cloudtrail.amazonaws.com" }, Action = "s3:PutObject", Resource = "${aws_s3_bucket.trail.arn}/*" },
    ]
  })
}

resource "aws_apigatewayv2_api" "chat" {
  name                       = "chat"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  api_id           = aws_apigatewayv2_api.http.id
  name             = "jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  jwt_configuration {
    audience = ["app"]
    issuer   = "https://login.example.com"
  }
}

resource "aws_api_gateway_model" "note" {
  rest_api_id  = aws_api_gateway_rest_api.rest.id
  name         = "Note"
  content_type = "application/json"
  schema       = jsonencode({ type = "object" })
}

resource "aws_api_gateway_request_validator" "body" {
  rest_api_id           = aws_api_gateway_rest_api.rest.id
  name                  = "body"
  validate_request_body = true
}

resource "aws_api_gateway_gateway_response" "throttled" {
  rest_api_id         = aws_api_gateway_rest_api.rest.id
  response_type       = "THROTTLED"
  status_code         = "429"
  response_parameters = { "gatewayresponse.header.Retry-After" = "'1'" }
}

resource "aws_api_gateway_authorizer" "token" {
  name           = "token"
  rest_api_id    = aws_api_gateway_rest_api.rest.id
  authorizer_uri = aws_lambda_function.worker.invoke_arn
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "*/*"
  settings {
    throttling_rate_limit  = 50
    throttling_burst_limit = 100
    metrics_enabled        = true
  }
}

resource "aws_cloudfront_function" "rewrite" {
  name    = "rewrite"
  runtime = "cloudfront-js-2.0"
  code    = "function handler(event) { return event.request; }"
}

resource "aws_cloudfront_cache_policy" "short" {
  name        = "short"
  default_ttl = 60
  max_ttl     = 120
  min_ttl     = 1
  parameters_in_cache_key_and_forwarded_to_origin {
    cookies_config { cookie_behavior = "none" }
    headers_config { header_behavior = "none" }
    query_strings_config { query_string_behavior = "all" }
  }
}

resource "aws_cloudfront_response_headers_policy" "safe" {
  name = "safe"
  security_headers_config {
    content_type_options { override = true }
    frame_options {
      frame_option = "DENY"
      override     = true
    }
  }
}

resource "aws_cloudfront_origin_access_identity" "old" {
  comment = "old"
}

resource "aws_cloudwatch_composite_alarm" "any" {
  alarm_name = "any"
  alarm_rule = "ALARM(${aws_cloudwatch_metric_alarm.errors.alarm_name})"
}

resource "aws_cloudwatch_event_bus" "app" {
  name = "app"
}

resource "aws_cloudwatch_event_archive" "app" {
  name             = "app"
  event_source_arn = aws_cloudwatch_event_bus.app.arn
  retention_days   = 7
}

resource "aws_cloudwatch_event_rule" "orders" {
  name           = "orders"
  event_bus_name = aws_cloudwatch_event_bus.app.name
  event_pattern  = jsonencode({ source = ["shop"], "detail-type" = [{ prefix = "order" }] })
}

resource "aws_cloudwatch_event_target" "orders" {
  rule           = aws_cloudwatch_event_rule.orders.name
  event_bus_name = aws_cloudwatch_event_bus.app.name
  arn            = aws_sqs_queue.uploads.arn
  input_transformer {
    input_paths    = { id = "$.detail.id" }
    input_template = "{\"order\": <id>}"
  }
  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 5
  }
}

resource "aws_cloudwatch_query_definition" "errors" {
  name            = "errors"
  log_group_names = [aws_cloudwatch_log_group.worker.name]
  query_string    = "fields @message | filter @message like /ERROR/"
}

resource "aws_cloudwatch_log_subscription_filter" "second" {
  name            = "second"
  log_group_name  = aws_cloudwatch_log_group.more.name
  filter_pattern  = ""
  destination_arn = aws_lambda_function.worker.arn
  depends_on      = [aws_lambda_permission.logs]
}

resource "aws_cloudwatch_log_group" "more" {
  name = "more"
}

resource "aws_lambda_permission" "logs" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.worker.function_name
  principal     = "logs.amazonaws.com"
}

resource "aws_sns_topic" "ordered" {
  name                        = "ordered.fifo"
  fifo_topic                  = true
  content_based_deduplication = true
  kms_master_key_id           = "alias/aws/sns"
}

resource "aws_sns_topic_policy" "orders" {
  arn = aws_sns_topic.orders.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "s", Effect = "Allow", Principal = { Service = "s3.amazonaws.com" }, Action = "SNS:Publish", Resource = aws_sns_topic.orders.arn }]
  })
}

resource "aws_ssm_parameter" "list" {
  name  = "/app/list"
  type  = "StringList"
  value = "a,b"
  tier  = "Standard"
}

resource "aws_secretsmanager_secret_policy" "password" {
  secret_arn = aws_secretsmanager_secret.password.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = aws_iam_role.worker.arn }, Action = "secretsmanager:GetSecretValue", Resource = "*" }]
  })
}

resource "aws_fis_experiment_template" "wait" {
  description = "wait"
  role_arn    = aws_iam_role.worker.arn
  stop_condition { source = "none" }
  action {
    name      = "wait"
    action_id = "aws:fis:wait"
    parameter {
      key   = "duration"
      value = "PT1M"
    }
  }
}
