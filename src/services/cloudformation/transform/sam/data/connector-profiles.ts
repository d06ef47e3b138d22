/**
 * What connectors let their source do with their destination, as data: a line for each pair of types, with where the permission is written,
 * then a line for each statement of Read or Write: for roles actions, `@`, resources; for policies of queues and topics an action and who may;
 * for functions an action, who may, on behalf of what, of which account. `arn:sqs:~:` is of this account and Region.
 * Source: SAM Developer Guide, "AWS SAM connector reference"; the specification's profiles.json (Apache License 2.0).
 */
export const CONNECTOR_PROFILES = `
AWS::DynamoDB::Table > AWS::Lambda::Function destination-role before=DESTINATION_EVENT_SOURCE_MAPPING
  Read dynamodb: DescribeStream GetRecords GetShardIterator ListStreams @ {Source.Arn}/stream/*
AWS::Events::Rule > AWS::SNS::Topic topic
  Write sns:Publish events.amazonaws.com
AWS::Events::Rule > AWS::Events::EventBus source-role
  Write events: PutEvents @ {Destination.Arn}
AWS::Events::Rule > AWS::StepFunctions::StateMachine source-role
  Write states: StartExecution @ {Destination.Arn}
AWS::Events::Rule > AWS::Lambda::Function permission
  Write lambda:InvokeFunction events.amazonaws.com {Source.Arn}
AWS::Events::Rule > AWS::SQS::Queue queue
  Write sqs:SendMessage events.amazonaws.com
AWS::Lambda::Function > AWS::Lambda::Function source-role
  Write lambda: InvokeAsync InvokeFunction @ {Destination.Arn}
AWS::Lambda::Function > AWS::S3::Bucket source-role
  Read s3: GetObject GetObjectAcl GetObjectLegalHold GetObjectRetention GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionForReplication GetObjectVersionTorrent ListBucket ListBucketMultipartUploads ListBucketVersions ListMultipartUploadParts @ {Destination.Arn} {Destination.Arn}/*
  Write s3: AbortMultipartUpload DeleteObject DeleteObjectVersion PutObject PutObjectLegalHold PutObjectRetention RestoreObject @ {Destination.Arn} {Destination.Arn}/*
AWS::Lambda::Function > AWS::DynamoDB::Table source-role
  Read dynamodb: GetItem Query Scan BatchGetItem ConditionCheckItem PartiQLSelect @ {Destination.Arn} {Destination.Arn}/index/*
  Write dynamodb: PutItem UpdateItem DeleteItem BatchWriteItem PartiQLDelete PartiQLInsert PartiQLUpdate @ {Destination.Arn} {Destination.Arn}/index/*
AWS::Lambda::Function > AWS::SQS::Queue source-role
  Read sqs: ReceiveMessage GetQueueAttributes @ {Destination.Arn}
  Write sqs: DeleteMessage SendMessage ChangeMessageVisibility PurgeQueue @ {Destination.Arn}
AWS::Lambda::Function > AWS::SNS::Topic source-role
  Write sns: Publish @ {Destination.Arn}
AWS::Lambda::Function > AWS::StepFunctions::StateMachine source-role
  Write states: StartExecution StartSyncExecution @ {Destination.Arn}
  Write states: StopExecution @ arn:states:~:execution:{Destination.Name}:*
  Read states: DescribeStateMachine ListExecutions @ {Destination.Arn}
  Read states: DescribeExecution DescribeStateMachineForExecution GetExecutionHistory @ arn:states:~:execution:{Destination.Name}:*
AWS::Lambda::Function > AWS::Events::EventBus source-role
  Write events: PutEvents @ {Destination.Arn}
AWS::Lambda::Function > AWS::Location::PlaceIndex source-role
  Read geo: DescribePlaceIndex GetPlace SearchPlaceIndexForPosition SearchPlaceIndexForSuggestions SearchPlaceIndexForText @ {Destination.Arn}
AWS::ApiGatewayV2::Api > AWS::Lambda::Function permission
  Write lambda:InvokeFunction apigateway.amazonaws.com arn:execute-api:~:{Source.ResourceId}/{Source.Qualifier}
AWS::ApiGateway::RestApi > AWS::Lambda::Function permission
  Write lambda:InvokeFunction apigateway.amazonaws.com arn:execute-api:~:{Source.ResourceId}/{Source.Qualifier}
AWS::SNS::Topic > AWS::SQS::Queue queue
  Write sqs:SendMessage sns.amazonaws.com
AWS::SNS::Topic > AWS::Lambda::Function permission
  Write lambda:InvokeFunction sns.amazonaws.com {Source.Arn}
AWS::SQS::Queue > AWS::Lambda::Function destination-role before=DESTINATION_EVENT_SOURCE_MAPPING only=Read+Write
  Write sqs: DeleteMessage @ {Source.Arn}
  Read sqs: ReceiveMessage GetQueueAttributes @ {Source.Arn}
AWS::S3::Bucket > AWS::Lambda::Function permission
  Write lambda:InvokeFunction s3.amazonaws.com {Source.Arn} account
AWS::StepFunctions::StateMachine > AWS::Lambda::Function source-role
  Write lambda: InvokeAsync InvokeFunction @ {Destination.Arn}
AWS::StepFunctions::StateMachine > AWS::SNS::Topic source-role
  Write sns: Publish @ {Destination.Arn}
AWS::StepFunctions::StateMachine > AWS::SQS::Queue source-role
  Write sqs: SendMessage @ {Destination.Arn}
AWS::StepFunctions::StateMachine > AWS::S3::Bucket source-role
  Read s3: GetObject GetObjectAcl GetObjectLegalHold GetObjectRetention GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionForReplication GetObjectVersionTorrent ListBucket ListBucketMultipartUploads ListBucketVersions ListMultipartUploadParts @ {Destination.Arn} {Destination.Arn}/*
  Write s3: AbortMultipartUpload DeleteObject DeleteObjectVersion PutObject PutObjectLegalHold PutObjectRetention RestoreObject @ {Destination.Arn} {Destination.Arn}/*
AWS::StepFunctions::StateMachine > AWS::DynamoDB::Table source-role
  Read dynamodb: GetItem Query Scan BatchGetItem ConditionCheckItem PartiQLSelect @ {Destination.Arn} {Destination.Arn}/index/*
  Write dynamodb: PutItem UpdateItem DeleteItem BatchWriteItem PartiQLDelete PartiQLInsert PartiQLUpdate @ {Destination.Arn} {Destination.Arn}/index/*
AWS::StepFunctions::StateMachine > AWS::StepFunctions::StateMachine source-role before=SOURCE only=Read|Read+Write
  Read states: DescribeExecution @ arn:states:~:execution:{Destination.Name}:*
  Read events: DescribeRule @ arn:events:~:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule
  Write states: StartExecution @ {Destination.Arn}
  Write states: StopExecution @ arn:states:~:execution:{Destination.Name}:*
  Write events: PutTargets PutRule @ arn:events:~:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule
AWS::StepFunctions::StateMachine > AWS::Events::EventBus source-role
  Write events: PutEvents @ {Destination.Arn}
AWS::AppSync::DataSource > AWS::DynamoDB::Table source-role
  Read dynamodb: GetItem Query Scan BatchGetItem ConditionCheckItem PartiQLSelect @ {Destination.Arn} {Destination.Arn}/index/*
  Write dynamodb: PutItem UpdateItem DeleteItem BatchWriteItem PartiQLDelete PartiQLInsert PartiQLUpdate @ {Destination.Arn} {Destination.Arn}/index/*
AWS::AppSync::DataSource > AWS::Lambda::Function source-role
  Write lambda: InvokeAsync InvokeFunction @ {Destination.Arn} {Destination.Arn}:*
AWS::AppSync::DataSource > AWS::Events::EventBus source-role
  Write events: PutEvents @ {Destination.Arn}
AWS::AppSync::GraphQLApi > AWS::Lambda::Function permission
  Write lambda:InvokeFunction appsync.amazonaws.com arn:appsync:~:apis/{Source.ResourceId}
`;
