# The edge, and APIs to their last part.

resource "aws_cloudfront_public_key" "urls" {
  name        = "urls"
  encoded_key = file("public.pem")
}

resource "aws_cloudfront_key_group" "urls" {
  name  = "urls"
  items = [aws_cloudfront_public_key.urls.id]
}

resource "aws_cloudfront_origin_request_policy" "some" {
  name = "some"
  cookies_config {
    cookie_behavior = "whitelist"
    cookies { items = ["session"] }
  }
  headers_config {
    header_behavior = "whitelist"
    headers { items = ["X-One", "CloudFront-Viewer-Country"] }
  }
  query_strings_config { query_string_behavior = "all" }
}

resource "aws_cloudfront_key_value_store" "names" {
  name    = "names"
  comment = "where names lead"
}

resource "aws_cloudfront_field_level_encryption_profile" "cards" {
  name = "cards"
  encryption_entities {
    items {
      public_key_id = aws_cloudfront_public_key.urls.id
      provider_id   = "shop"
      field_patterns { items = ["card"] }
    }
  }
}

resource "aws_cloudfront_field_level_encryption_config" "cards" {
  content_type_profile_config {
    forward_when_content_type_is_unknown = true
    content_type_profiles {
      items {
        content_type = "application/x-www-form-urlencoded"
        format       = "URLEncoded"
      }
    }
  }
  query_arg_profile_config {
    forward_when_query_arg_profile_is_unknown = true
    query_arg_profiles {
      items {
        profile_id = aws_cloudfront_field_level_encryption_profile.cards.id
        query_arg  = "profile"
      }
    }
  }
}

resource "aws_cloudfront_monitoring_subscription" "site" {
  distribution_id = aws_cloudfront_distribution.site.id
  monitoring_subscription {
    realtime_metrics_subscription_config { realtime_metrics_subscription_status = "Enabled" }
  }
}

resource "aws_cloudfront_realtime_log_config" "site" {
  name          = "site"
  sampling_rate = 50
  fields        = ["timestamp", "c-ip"]
  endpoint {
    stream_type = "Kinesis"
    kinesis_stream_config {
      role_arn   = aws_iam_role.delivery.arn
      stream_arn = aws_kinesis_stream.clicks.arn
    }
  }
}

resource "aws_acm_certificate" "api" {
  domain_name               = "api.terraform.example.com"
  subject_alternative_names = ["*.terraform.example.com"]
  validation_method         = "DNS"
  options { certificate_transparency_logging_preference = "DISABLED" }
}

resource "aws_acm_certificate_validation" "api" {
  certificate_arn = aws_acm_certificate.api.arn
}

resource "aws_acm_certificate" "own" {
  certificate_body = file("own.pem")
  private_key      = file("own.key")
}

resource "aws_iam_server_certificate" "own" {
  name             = "own"
  certificate_body = file("own.pem")
  private_key      = file("own.key")
}

resource "aws_api_gateway_domain_name" "api" {
  domain_name              = "api.terraform.example.com"
  regional_certificate_arn = aws_acm_certificate_validation.api.certificate_arn
  security_policy          = "TLS_1_2"
  endpoint_configuration { types = ["REGIONAL"] }
}

resource "aws_api_gateway_base_path_mapping" "api" {
  api_id      = aws_api_gateway_rest_api.rest.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  domain_name = aws_api_gateway_domain_name.api.domain_name
  base_path   = "v1"
}

resource "aws_api_gateway_account" "logs" {
  cloudwatch_role_arn = aws_iam_role.gateway.arn
  depends_on          = [aws_iam_role_policy_attachment.gateway]
}

resource "aws_iam_role" "gateway" {
  name = "gateway"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "apigateway.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "gateway" {
  role       = aws_iam_role.gateway.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

resource "aws_api_gateway_client_certificate" "rest" {
  description = "for the backend"
}

resource "aws_api_gateway_rest_api" "mocked" {
  name                     = "mocked"
  binary_media_types       = ["image/png"]
  minimum_compression_size = 1000
  endpoint_configuration { types = ["REGIONAL"] }
}

resource "aws_api_gateway_rest_api_policy" "mocked" {
  rest_api_id = aws_api_gateway_rest_api.mocked.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "execute-api:Invoke", Resource = "${aws_api_gateway_rest_api.mocked.execution_arn}/*" }]
  })
}

resource "aws_api_gateway_resource" "mocked" {
  rest_api_id = aws_api_gateway_rest_api.mocked.id
  parent_id   = aws_api_gateway_rest_api.mocked.root_resource_id
  path_part   = "{proxy+}"
}

resource "aws_api_gateway_method" "mocked" {
  rest_api_id        = aws_api_gateway_rest_api.mocked.id
  resource_id        = aws_api_gateway_resource.mocked.id
  http_method        = "ANY"
  authorization      = "AWS_IAM"
  api_key_required   = true
  operation_name     = "all"
  request_parameters = { "method.request.path.proxy" = true, "method.request.querystring.q" = false }
  request_models     = { "application/json" = "Empty" }
}

resource "aws_api_gateway_integration" "mocked" {
  rest_api_id          = aws_api_gateway_rest_api.mocked.id
  resource_id          = aws_api_gateway_resource.mocked.id
  http_method          = aws_api_gateway_method.mocked.http_method
  type                 = "MOCK"
  passthrough_behavior = "WHEN_NO_TEMPLATES"
  timeout_milliseconds = 5000
  cache_key_parameters = ["method.request.path.proxy"]
  request_parameters   = { "integration.request.header.X-A" = "'static'" }
  request_templates    = { "application/json" = "{\"statusCode\": 200}" }
}

resource "aws_api_gateway_method_response" "mocked" {
  rest_api_id         = aws_api_gateway_rest_api.mocked.id
  resource_id         = aws_api_gateway_resource.mocked.id
  http_method         = aws_api_gateway_method.mocked.http_method
  status_code         = "200"
  response_models     = { "application/json" = "Empty" }
  response_parameters = { "method.response.header.X-B" = true }
}

resource "aws_api_gateway_integration_response" "mocked" {
  rest_api_id         = aws_api_gateway_rest_api.mocked.id
  resource_id         = aws_api_gateway_resource.mocked.id
  http_method         = aws_api_gateway_method.mocked.http_method
  status_code         = aws_api_gateway_method_response.mocked.status_code
  selection_pattern   = ".*"
  content_handling    = "CONVERT_TO_TEXT"
  response_parameters = { "method.response.header.X-B" = "'v'" }
  response_templates  = { "application/json" = "ok" }
  depends_on          = [aws_api_gateway_integration.mocked]
}

resource "aws_api_gateway_documentation_part" "mocked" {
  rest_api_id = aws_api_gateway_rest_api.mocked.id
  location {
    type   = "METHOD"
    method = "GET"
    path   = "/x"
  }
  properties = jsonencode({ description = "An example" })
}

resource "aws_api_gateway_documentation_version" "mocked" {
  rest_api_id = aws_api_gateway_rest_api.mocked.id
  version     = "v1"
  depends_on  = [aws_api_gateway_documentation_part.mocked]
}

resource "aws_api_gateway_deployment" "mocked" {
  rest_api_id = aws_api_gateway_rest_api.mocked.id
  depends_on  = [aws_api_gateway_integration_response.mocked]
}

resource "aws_api_gateway_stage" "mocked" {
  rest_api_id           = aws_api_gateway_rest_api.mocked.id
  deployment_id         = aws_api_gateway_deployment.mocked.id
  stage_name            = "prod"
  cache_cluster_enabled = true
  cache_cluster_size    = "0.5"
  client_certificate_id = aws_api_gateway_client_certificate.rest.id
  documentation_version = aws_api_gateway_documentation_version.mocked.version
  variables             = { to = "a" }
  canary_settings {
    deployment_id            = aws_api_gateway_deployment.mocked.id
    percent_traffic          = 10.5
    stage_variable_overrides = { to = "b" }
  }
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.more.arn
    format          = "$context.requestId"
  }
  depends_on = [aws_api_gateway_account.logs]
}

resource "aws_api_gateway_method_settings" "mocked" {
  rest_api_id = aws_api_gateway_rest_api.mocked.id
  stage_name  = aws_api_gateway_stage.mocked.stage_name
  method_path = "*/*"
  settings {
    metrics_enabled = true
    logging_level   = "INFO"
  }
}

resource "aws_apigatewayv2_domain_name" "http" {
  domain_name = "http.terraform.example.com"
  domain_name_configuration {
    certificate_arn = aws_acm_certificate_validation.api.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "http" {
  api_id          = aws_apigatewayv2_api.http.id
  domain_name     = aws_apigatewayv2_domain_name.http.id
  stage           = aws_apigatewayv2_stage.default.id
  api_mapping_key = "v1/notes"
}

resource "aws_apigatewayv2_integration" "chat" {
  api_id                        = aws_apigatewayv2_api.chat.id
  integration_type              = "MOCK"
  request_templates             = { "200" = "{\"statusCode\":200}" }
  template_selection_expression = "200"
}

resource "aws_apigatewayv2_model" "chat" {
  api_id       = aws_apigatewayv2_api.chat.id
  content_type = "application/json"
  name         = "message"
  schema       = jsonencode({ "$schema" = "http://json-schema.org/draft-04/schema#", title = "message", type = "object" })
}

resource "aws_apigatewayv2_route" "chat" {
  api_id                              = aws_apigatewayv2_api.chat.id
  route_key                           = "send"
  target                              = "integrations/${aws_apigatewayv2_integration.chat.id}"
  route_response_selection_expression = "$default"
  model_selection_expression          = "action"
  request_models                      = { action = aws_apigatewayv2_model.chat.name }
}

resource "aws_apigatewayv2_route_response" "chat" {
  api_id             = aws_apigatewayv2_api.chat.id
  route_id           = aws_apigatewayv2_route.chat.id
  route_response_key = "$default"
}

resource "aws_apigatewayv2_integration_response" "chat" {
  api_id                   = aws_apigatewayv2_api.chat.id
  integration_id           = aws_apigatewayv2_integration.chat.id
  integration_response_key = "/200/"
  response_templates       = { "200" = "ok" }
}

resource "aws_apigatewayv2_deployment" "chat" {
  api_id     = aws_apigatewayv2_api.chat.id
  depends_on = [aws_apigatewayv2_route_response.chat]
}

resource "aws_apigatewayv2_stage" "chat" {
  api_id        = aws_apigatewayv2_api.chat.id
  name          = "prod"
  deployment_id = aws_apigatewayv2_deployment.chat.id
  default_route_settings {
    logging_level            = "INFO"
    data_trace_enabled       = true
    detailed_metrics_enabled = true
    throttling_burst_limit   = 10
    throttling_rate_limit    = 20
  }
  route_settings {
    route_key              = "send"
    logging_level          = "ERROR"
    throttling_burst_limit = 5
    throttling_rate_limit  = 6.5
  }
  depends_on = [aws_api_gateway_account.logs, aws_apigatewayv2_route.chat]
}
