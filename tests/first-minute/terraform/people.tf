# Who may do what, and keys, secrets and tables in more than one Region.

provider "aws" {
  alias             = "europe"
  region            = "eu-west-1"
  s3_use_path_style = true
}

resource "aws_iam_group" "guests" {
  name = "guests"
}

resource "aws_iam_user" "bob" {
  name                 = "bob"
  path                 = "/guests/"
  permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  force_destroy        = true
}

resource "aws_iam_group_membership" "guests" {
  name  = "guests"
  group = aws_iam_group.guests.name
  users = [aws_iam_user.bob.name]
}

resource "aws_iam_group_policy" "guests" {
  group  = aws_iam_group.guests.name
  policy = aws_iam_policy.notes.policy
}

resource "aws_iam_policy_attachment" "own" {
  name       = "own"
  policy_arn = "arn:aws:iam::aws:policy/IAMUserChangePassword"
  users      = [aws_iam_user.bob.name]
}

resource "aws_iam_user_policy_attachment" "bob" {
  user       = aws_iam_user.bob.name
  policy_arn = aws_iam_policy.notes.arn
}

resource "aws_iam_user_login_profile" "bob" {
  user                    = aws_iam_user.bob.name
  password_reset_required = true
}

resource "aws_iam_virtual_mfa_device" "bob" {
  virtual_mfa_device_name = "bob"
}

resource "aws_iam_service_linked_role" "beanstalk" {
  aws_service_name = "elasticbeanstalk.amazonaws.com"
}

resource "aws_iam_service_specific_credential" "bob" {
  service_name = "codecommit.amazonaws.com"
  user_name    = aws_iam_user.bob.name
}

resource "aws_iam_signing_certificate" "bob" {
  user_name        = aws_iam_user.bob.name
  certificate_body = file("own.pem")
}

resource "aws_iam_security_token_service_preferences" "all" {
  global_endpoint_token_version = "v2Token"
}

resource "aws_iam_role_policies_exclusive" "delivery" {
  role_name    = aws_iam_role.delivery.name
  policy_names = [aws_iam_role_policy.delivery.name]
}

resource "aws_iam_role_policy_attachments_exclusive" "delivery" {
  role_name   = aws_iam_role.delivery.name
  policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}

data "aws_iam_principal_policy_simulation" "bob" {
  action_names      = ["dynamodb:GetItem"]
  policy_source_arn = aws_iam_user.bob.arn
  depends_on        = [aws_iam_user_policy_attachment.bob]
}

resource "aws_kms_replica_key" "many" {
  provider                = aws.europe
  primary_key_arn         = aws_kms_key.many.arn
  deletion_window_in_days = 7
}

resource "aws_kms_external_key" "brought" {
  deletion_window_in_days = 7
  key_material_base64     = "Wblj06fduthWggmsT0cLVoIMOkeLbc2kVfMud77i/JY="
}

resource "aws_kms_key_policy" "signing" {
  key_id = aws_kms_key.signing.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "owner", Effect = "Allow", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }, Action = "kms:*", Resource = "*" }]
  })
}

resource "aws_kms_ciphertext" "secret" {
  key_id    = aws_kms_key.data.key_id
  plaintext = "hello"
  context   = { by = "terraform" }
}

resource "aws_secretsmanager_secret" "rotated" {
  name                    = "rotated"
  recovery_window_in_days = 0
  replica { region = "eu-west-1" }
}

resource "aws_secretsmanager_secret_version" "rotated" {
  secret_id      = aws_secretsmanager_secret.rotated.id
  secret_string  = "one"
  version_stages = ["AWSCURRENT", "MINE"]
}

resource "aws_lambda_permission" "secrets" {
  function_name = aws_lambda_function.worker.function_name
  action        = "lambda:InvokeFunction"
  principal     = "secretsmanager.amazonaws.com"
}

resource "aws_secretsmanager_secret_rotation" "rotated" {
  secret_id           = aws_secretsmanager_secret.rotated.id
  rotation_lambda_arn = aws_lambda_function.worker.arn
  rotate_immediately  = false
  rotation_rules {
    automatically_after_days = 30
    duration                 = "3h"
  }
  depends_on = [aws_lambda_permission.secrets, aws_secretsmanager_secret_version.rotated]
}

resource "aws_dynamodb_table" "everywhere" {
  name             = "everywhere"
  billing_mode     = "PAY_PER_REQUEST"
  table_class      = "STANDARD_INFREQUENT_ACCESS"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "id"
    type = "S"
  }
  attribute {
    name = "who"
    type = "S"
  }
  global_secondary_index {
    name               = "by-who"
    hash_key           = "who"
    projection_type    = "INCLUDE"
    non_key_attributes = ["text"]
  }
  lifecycle { ignore_changes = [replica] }
}

resource "aws_dynamodb_table_replica" "everywhere" {
  provider         = aws.europe
  global_table_arn = aws_dynamodb_table.everywhere.arn
}

resource "aws_cloudformation_stack_set" "queues" {
  name                    = "queues"
  administration_role_arn = aws_iam_role.administration.arn
  execution_role_name     = aws_iam_role.execution.name
  parameters              = { Delay = "1" }
  template_body = jsonencode({
    Parameters = { Delay = { Type = "Number" } }
    Resources  = { Queue = { Type = "AWS::SQS::Queue", Properties = { DelaySeconds = { Ref = "Delay" } } } }
  })
}

resource "aws_cloudformation_stack_set_instance" "queues" {
  stack_set_name      = aws_cloudformation_stack_set.queues.name
  parameter_overrides = { Delay = "2" }
  depends_on          = [aws_iam_role_policy.administration, aws_iam_role_policy.execution]
}

resource "aws_iam_role" "administration" {
  name = "administration"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "cloudformation.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "administration" {
  role = aws_iam_role.administration.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = aws_iam_role.execution.arn }]
  })
}

resource "aws_iam_role" "execution" {
  name = "execution"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = aws_iam_role.administration.arn }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "execution" {
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["sqs:*", "cloudformation:*"], Resource = "*" }]
  })
}
