# What is told, watched and kept back.

resource "aws_cloudwatch_event_bus_policy" "app" {
  event_bus_name = aws_cloudwatch_event_bus.app.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "put", Effect = "Allow", Principal = { AWS = aws_iam_role.worker.arn }, Action = "events:PutEvents", Resource = aws_cloudwatch_event_bus.app.arn }]
  })
}

resource "aws_cloudwatch_event_permission" "other" {
  principal    = "111122223333"
  statement_id = "other"
}

resource "aws_cloudwatch_event_connection" "partner" {
  name               = "partner"
  authorization_type = "OAUTH_CLIENT_CREDENTIALS"
  auth_parameters {
    oauth {
      authorization_endpoint = "https://auth.example.com/token"
      http_method            = "POST"
      client_parameters {
        client_id     = "client"
        client_secret = "secret"
      }
      oauth_http_parameters {
        body {
          key             = "grant_type"
          value           = "client_credentials"
          is_value_secret = false
        }
      }
    }
    invocation_http_parameters {
      header {
        key             = "x-from"
        value           = "terraform"
        is_value_secret = false
      }
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "partner" {
  name                             = "partner"
  invocation_endpoint              = "https://api.example.com/*"
  http_method                      = "POST"
  invocation_rate_limit_per_second = 20
  connection_arn                   = aws_cloudwatch_event_connection.partner.arn
}

resource "aws_cloudwatch_event_target" "partner" {
  rule           = aws_cloudwatch_event_rule.orders.name
  event_bus_name = aws_cloudwatch_event_rule.orders.event_bus_name
  arn            = aws_cloudwatch_event_api_destination.partner.arn
  role_arn       = aws_iam_role.worker.arn
  http_target {
    path_parameter_values   = ["orders"]
    query_string_parameters = { kind = "$.detail.kind" }
    header_parameters       = { x-one = "1" }
  }
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 1
  }
}

resource "aws_cloudwatch_log_stream" "worker" {
  name           = "by-hand"
  log_group_name = aws_cloudwatch_log_group.more.name
}

resource "aws_cloudwatch_log_resource_policy" "search" {
  policy_name = "search"
  policy_document = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "es.amazonaws.com" }, Action = "logs:PutLogEvents", Resource = "arn:aws:logs:*" }]
  })
}

resource "aws_cloudwatch_log_data_protection_policy" "more" {
  log_group_name = aws_cloudwatch_log_group.more.name
  policy_document = jsonencode({
    Name    = "addresses"
    Version = "2021-06-01"
    Statement = [
      { Sid = "audit", DataIdentifier = ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"], Operation = { Audit = { FindingsDestination = {} } } },
      { Sid = "redact", DataIdentifier = ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"], Operation = { Deidentify = { MaskConfig = {} } } },
    ]
  })
}

resource "aws_cloudwatch_log_index_policy" "more" {
  log_group_name  = aws_cloudwatch_log_group.more.name
  policy_document = jsonencode({ Fields = ["eventName"] })
}

resource "aws_cloudwatch_contributor_insight_rule" "countries" {
  rule_name  = "countries"
  rule_state = "ENABLED"
  rule_definition = jsonencode({
    Schema        = { Name = "CloudWatchLogRule", Version = 1 }
    AggregateOn   = "Count"
    Contribution  = { Filters = [{ In = ["order"], Match = "$.kind" }], Keys = ["$.country"] }
    LogFormat     = "JSON"
    LogGroupNames = ["more"]
  })
}

resource "aws_cloudwatch_metric_alarm" "rate" {
  alarm_name          = "rate"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 2
  datapoints_to_alarm = 1
  threshold           = 10
  treat_missing_data  = "notBreaching"
  metric_query {
    id          = "rate"
    expression  = "errors / calls * 100"
    label       = "Rate of errors"
    return_data = true
  }
  metric_query {
    id = "calls"
    metric {
      metric_name = "Calls"
      namespace   = "App"
      period      = 120
      stat        = "Sum"
      unit        = "Count"
    }
  }
  metric_query {
    id = "errors"
    metric {
      metric_name = "Errors"
      namespace   = "App"
      period      = 120
      stat        = "Sum"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "unusual" {
  alarm_name          = "unusual"
  comparison_operator = "GreaterThanUpperThreshold"
  evaluation_periods  = 2
  threshold_metric_id = "band"
  metric_query {
    id          = "band"
    expression  = "ANOMALY_DETECTION_BAND(calls)"
    return_data = true
  }
  metric_query {
    id          = "calls"
    return_data = true
    metric {
      metric_name = "Calls"
      namespace   = "App"
      period      = 120
      stat        = "Average"
    }
  }
}

resource "aws_sns_topic" "private" {
  name              = "private"
  display_name      = "Private"
  tracing_config    = "Active"
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_sns_topic_data_protection_policy" "private" {
  arn = aws_sns_topic.private.arn
  policy = jsonencode({
    Name      = "addresses"
    Version   = "2021-06-01"
    Statement = [{ Sid = "deny", DataDirection = "Inbound", Principal = ["*"], DataIdentifier = ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"], Operation = { Deny = {} } }]
  })
}

resource "aws_sns_sms_preferences" "all" {
  default_sms_type    = "Transactional"
  monthly_spend_limit = 1
}

resource "aws_sqs_queue_redrive_policy" "uploads" {
  queue_url      = aws_sqs_queue.uploads.id
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.lost.arn, maxReceiveCount = 4 })
}

resource "aws_sqs_queue" "lost" {
  name = "uploads-lost"
}

resource "aws_ecr_repository_policy" "images" {
  repository = aws_ecr_repository.images.name
  policy = jsonencode({
    Version   = "2008-10-17"
    Statement = [{ Sid = "pull", Effect = "Allow", Principal = "*", Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] }]
  })
}

resource "aws_ecr_repository" "sealed" {
  name                 = "team/sealed"
  image_tag_mutability = "IMMUTABLE"
  encryption_configuration { encryption_type = "KMS" }
}

resource "aws_ecr_account_setting" "scans" {
  name  = "BASIC_SCAN_TYPE_VERSION"
  value = "AWS_NATIVE"
}

resource "aws_cloudtrail_event_data_store" "calls" {
  name                           = "calls"
  retention_period               = 7
  termination_protection_enabled = false
  multi_region_enabled           = false
  advanced_event_selector {
    name = "management"
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }
}

resource "aws_lambda_code_signing_config" "any" {
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-east-1:${data.aws_caller_identity.me.account_id}:/signing-profiles/Mine/abcdefghij"]
  }
  policies { untrusted_artifact_on_deployment = "Warn" }
}

resource "aws_lambda_function_recursion_config" "worker" {
  function_name  = aws_lambda_function.worker.function_name
  recursive_loop = "Allow"
}

resource "aws_lambda_runtime_management_config" "worker" {
  function_name     = aws_lambda_function.worker.function_name
  update_runtime_on = "FunctionUpdate"
}

resource "aws_lambda_layer_version_permission" "tools" {
  layer_name     = aws_lambda_layer_version.tools.layer_name
  version_number = aws_lambda_layer_version.tools.version
  principal      = "111122223333"
  action         = "lambda:GetLayerVersion"
  statement_id   = "other"
}

resource "aws_lambda_invocation" "worker" {
  function_name = aws_lambda_function.worker.function_name
  input         = jsonencode({ hello = "terraform" })
}

resource "aws_lambda_event_source_mapping" "clicks" {
  event_source_arn               = aws_kinesis_stream.clicks.arn
  function_name                  = aws_lambda_function.second.function_name
  starting_position              = "AT_TIMESTAMP"
  starting_position_timestamp    = "2026-01-01T00:00:00Z"
  parallelization_factor         = 2
  bisect_batch_on_function_error = true
  maximum_record_age_in_seconds  = 120
  maximum_retry_attempts         = 3
  tumbling_window_in_seconds     = 30
  destination_config {
    on_failure { destination_arn = aws_sqs_queue.dead.arn }
  }
  depends_on = [aws_iam_role_policy.dead, aws_iam_role_policy_attachment.streams]
}

resource "aws_iam_role_policy_attachment" "streams" {
  role       = aws_iam_role.worker.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole"
}
