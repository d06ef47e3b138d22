# Streams, deliveries, and what is written to them.

resource "aws_iam_role" "delivery" {
  name = "delivery"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = ["firehose.amazonaws.com", "logs.amazonaws.com", "cloudfront.amazonaws.com", "streams.metrics.cloudwatch.amazonaws.com"] }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "delivery" {
  role = aws_iam_role.delivery.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:*", "kinesis:*", "firehose:*", "lambda:*", "logs:*"], Resource = "*" }]
  })
}

resource "aws_kinesis_stream" "clicks" {
  name                      = "clicks"
  shard_count               = 2
  retention_period          = 48
  encryption_type           = "KMS"
  kms_key_id                = "alias/aws/kinesis"
  shard_level_metrics       = ["IncomingBytes", "OutgoingBytes"]
  enforce_consumer_deletion = true
}

resource "aws_kinesis_stream" "demand" {
  name = "demand"
  stream_mode_details { stream_mode = "ON_DEMAND" }
}

resource "aws_kinesis_stream_consumer" "reader" {
  name       = "reader"
  stream_arn = aws_kinesis_stream.clicks.arn
}

resource "aws_kinesis_resource_policy" "clicks" {
  resource_arn = aws_kinesis_stream.clicks.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "writers", Effect = "Allow", Principal = { AWS = aws_iam_role.worker.arn }, Action = "kinesis:PutRecord", Resource = aws_kinesis_stream.clicks.arn }]
  })
}

resource "aws_kinesis_firehose_delivery_stream" "archive" {
  name        = "archive"
  destination = "extended_s3"
  extended_s3_configuration {
    role_arn            = aws_iam_role.delivery.arn
    bucket_arn          = aws_s3_bucket.more.arn
    buffering_size      = 64
    buffering_interval  = 60
    compression_format  = "GZIP"
    prefix              = "data/kind=!{partitionKeyFromQuery:kind}/"
    error_output_prefix = "errors/!{firehose:error-output-type}/"
    custom_time_zone    = "Europe/Berlin"
    dynamic_partitioning_configuration { enabled = true }
    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.more.name
      log_stream_name = "archive"
    }
    processing_configuration {
      enabled = true
      processors {
        type = "MetadataExtraction"
        parameters {
          parameter_name  = "JsonParsingEngine"
          parameter_value = "JQ-1.6"
        }
        parameters {
          parameter_name  = "MetadataExtractionQuery"
          parameter_value = "{kind:.kind}"
        }
      }
      processors {
        type = "Lambda"
        parameters {
          parameter_name  = "LambdaArn"
          parameter_value = "${aws_lambda_function.worker.arn}:$LATEST"
        }
      }
    }
    s3_backup_mode = "Enabled"
    s3_backup_configuration {
      role_arn   = aws_iam_role.delivery.arn
      bucket_arn = aws_s3_bucket.more.arn
      prefix     = "backup/"
    }
  }
  server_side_encryption { enabled = true }
}

resource "aws_kinesis_firehose_delivery_stream" "clicks" {
  name        = "clicks"
  destination = "extended_s3"
  kinesis_source_configuration {
    kinesis_stream_arn = aws_kinesis_stream.clicks.arn
    role_arn           = aws_iam_role.delivery.arn
  }
  extended_s3_configuration {
    role_arn   = aws_iam_role.delivery.arn
    bucket_arn = aws_s3_bucket.more.arn
  }
  depends_on = [aws_iam_role_policy.delivery]
}

resource "aws_kinesis_firehose_delivery_stream" "partner" {
  name        = "partner"
  destination = "http_endpoint"
  http_endpoint_configuration {
    url                = "https://example.com/in"
    name               = "Partner"
    access_key         = "key"
    buffering_size     = 2
    buffering_interval = 60
    role_arn           = aws_iam_role.delivery.arn
    s3_backup_mode     = "FailedDataOnly"
    s3_configuration {
      role_arn   = aws_iam_role.delivery.arn
      bucket_arn = aws_s3_bucket.more.arn
    }
    request_configuration {
      content_encoding = "GZIP"
      common_attributes {
        name  = "from"
        value = "terraform"
      }
    }
  }
}

resource "aws_dynamodb_kinesis_streaming_destination" "notes" {
  stream_arn                               = aws_kinesis_stream.demand.arn
  table_name                               = aws_dynamodb_table.notes.name
  approximate_creation_date_time_precision = "MICROSECOND"
}

resource "aws_cloudwatch_metric_stream" "queues" {
  name          = "queues"
  role_arn      = aws_iam_role.delivery.arn
  firehose_arn  = aws_kinesis_firehose_delivery_stream.archive.arn
  output_format = "json"
  include_filter {
    namespace    = "AWS/SQS"
    metric_names = ["NumberOfMessagesSent"]
  }
  statistics_configuration {
    additional_statistics = ["p99"]
    include_metric {
      metric_name = "NumberOfMessagesSent"
      namespace   = "AWS/SQS"
    }
  }
}

resource "aws_cloudwatch_log_destination" "clicks" {
  name       = "clicks"
  role_arn   = aws_iam_role.delivery.arn
  target_arn = aws_kinesis_stream.clicks.arn
  depends_on = [aws_iam_role_policy.delivery]
}

resource "aws_cloudwatch_log_destination_policy" "clicks" {
  destination_name = aws_cloudwatch_log_destination.clicks.name
  access_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "111122223333" }, Action = "logs:PutSubscriptionFilter", Resource = aws_cloudwatch_log_destination.clicks.arn }]
  })
}

resource "aws_s3_bucket_versioning" "trail" {
  bucket = aws_s3_bucket.trail.id
  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_replication_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  role   = aws_iam_role.replication.arn
  rule {
    id       = "pages"
    priority = 1
    status   = "Enabled"
    filter { prefix = "pages/" }
    delete_marker_replication { status = "Enabled" }
    destination {
      bucket        = aws_s3_bucket.trail.arn
      storage_class = "STANDARD_IA"
      metrics {
        status = "Enabled"
        event_threshold { minutes = 15 }
      }
      replication_time {
        status = "Enabled"
        time { minutes = 15 }
      }
    }
  }
  rule {
    id       = "tagged"
    priority = 2
    status   = "Disabled"
    filter {
      and {
        prefix = "other/"
        tags   = { copy = "yes" }
      }
    }
    delete_marker_replication { status = "Disabled" }
    destination { bucket = aws_s3_bucket.trail.arn }
  }
  depends_on = [aws_s3_bucket_versioning.site, aws_s3_bucket_versioning.trail]
}

resource "aws_iam_role" "replication" {
  name = "replication"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "s3.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_s3_bucket_accelerate_configuration" "more" {
  bucket = aws_s3_bucket.more.id
  status = "Enabled"
}

resource "aws_s3_bucket_inventory" "more" {
  bucket                   = aws_s3_bucket.more.id
  name                     = "daily"
  included_object_versions = "All"
  optional_fields          = ["Size", "ETag"]
  schedule { frequency = "Daily" }
  filter { prefix = "data/" }
  destination {
    bucket {
      format     = "CSV"
      bucket_arn = aws_s3_bucket.trail.arn
      prefix     = "inventory"
      encryption {
        sse_s3 {}
      }
    }
  }
}

resource "aws_s3_bucket_metric" "more" {
  bucket = aws_s3_bucket.more.id
  name   = "data"
  filter {
    prefix = "data/"
    tags   = { kind = "click" }
  }
}

resource "aws_s3_object" "plus" {
  bucket             = aws_s3_bucket.more.id
  key                = "one + two.txt"
  content            = "hello"
  content_type       = "text/plain"
  cache_control      = "max-age=1"
  metadata           = { one = "1" }
  storage_class      = "STANDARD_IA"
  checksum_algorithm = "SHA256"
}

resource "aws_s3_object_copy" "plus" {
  bucket = aws_s3_bucket.more.id
  key    = "copied"
  source = "${aws_s3_bucket.more.id}/${aws_s3_object.plus.key}"
}
