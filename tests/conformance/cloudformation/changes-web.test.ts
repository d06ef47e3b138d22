/** Functions and gateways: each property that can change does, and changes back. */
import { test } from 'node:test';
import { arnOf, changes, policy, tags } from './changes.ts';

const role = (Service: string) => ({
  AssumeRolePolicyDocument: policy({ Principal: { Service }, Action: 'sts:AssumeRole' }),
  Policies: [{ PolicyName: 'all', PolicyDocument: policy({ Action: '*', Resource: '*' }) }],
});
const code = (answer: number) => ({ ZipFile: `exports.handler = async () => ${answer};` });
const ref = (Ref: string) => ({ Ref });

test('Lambda', () =>
  changes({
    Role: ['IAM::Role', role('lambda.amazonaws.com')],
    Queue: ['SQS::Queue', { VisibilityTimeout: 60 }],
    Dead: ['SQS::Queue', {}],
    Key: ['KMS::Key', {}],
    Function: [
      'Lambda::Function',
      {
        Role: arnOf('Role'),
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: code(1),
        Description: 'one',
        Timeout: 10,
        MemorySize: 256,
        Environment: { Variables: { STAGE: '1' } },
        TracingConfig: { Mode: 'Active' },
        ReservedConcurrentExecutions: 3,
        Tags: tags('a=1'),
      },
      {
        Role: arnOf('Role'),
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: code(2),
        EphemeralStorage: { Size: 1_024 },
        DeadLetterConfig: { TargetArn: arnOf('Dead') },
        KmsKeyArn: arnOf('Key'),
        LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'WARN' },
        RecursiveLoop: 'Allow',
        Tags: tags('b=1'),
      },
      { unseen: ['Code'] },
    ],
    Version: ['Lambda::Version', { FunctionName: ref('Function'), Description: 'v' }],
    Alias: [
      'Lambda::Alias',
      { FunctionName: ref('Function'), Name: 'live', FunctionVersion: '$LATEST', Description: 'one' },
      {
        FunctionName: ref('Function'),
        Name: 'live',
        FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] },
        Description: 'two',
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 },
      },
    ],
    Url: [
      'Lambda::Url',
      { TargetFunctionArn: arnOf('Function'), AuthType: 'NONE', Cors: { AllowOrigins: ['*'], MaxAge: 10 } },
      { TargetFunctionArn: arnOf('Function'), AuthType: 'AWS_IAM', InvokeMode: 'RESPONSE_STREAM' },
    ],
    Permission: [
      'Lambda::Permission',
      { FunctionName: ref('Function'), Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' },
      { FunctionName: ref('Function'), Action: 'lambda:InvokeFunction', Principal: 'sns.amazonaws.com' },
      { unseen: ['Principal'] },
    ],
    Mapping: [
      'Lambda::EventSourceMapping',
      { FunctionName: ref('Function'), EventSourceArn: arnOf('Queue'), BatchSize: 5 },
      {
        FunctionName: ref('Function'),
        EventSourceArn: arnOf('Queue'),
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 1,
        Enabled: false,
        FilterCriteria: { Filters: [{ Pattern: '{"body":{"a":[1]}}' }] },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 2 },
      },
    ],
    Async: [
      'Lambda::EventInvokeConfig',
      { FunctionName: ref('Function'), Qualifier: '$LATEST', MaximumRetryAttempts: 0 },
      {
        FunctionName: ref('Function'),
        Qualifier: '$LATEST',
        MaximumEventAgeInSeconds: 60,
        DestinationConfig: { OnFailure: { Destination: arnOf('Dead') } },
      },
    ],
  }));

test('API Gateway, REST', () =>
  changes({
    Api: [
      'ApiGateway::RestApi',
      {
        Name: 'one',
        Description: 'one',
        BinaryMediaTypes: ['image/png'],
        ApiKeySourceType: 'HEADER',
        Tags: tags('a=1'),
      },
      {
        Name: 'two',
        MinimumCompressionSize: 100,
        DisableExecuteApiEndpoint: true,
        BinaryMediaTypes: ['image/gif', 'a/b'],
        ApiKeySourceType: 'AUTHORIZER',
        Policy: policy({ Principal: '*', Action: 'execute-api:Invoke', Resource: '*' }),
        Tags: tags('b=1'),
      },
    ],
    Thing: [
      'ApiGateway::Resource',
      { RestApiId: ref('Api'), ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] }, PathPart: 'thing' },
    ],
    Model: [
      'ApiGateway::Model',
      { RestApiId: ref('Api'), Name: 'M', ContentType: 'application/json', Schema: { type: 'object' } },
      {
        RestApiId: ref('Api'),
        Name: 'M',
        ContentType: 'application/json',
        Schema: { type: 'array' },
        Description: 'd',
      },
    ],
    Validator: [
      'ApiGateway::RequestValidator',
      { RestApiId: ref('Api'), Name: 'v', ValidateRequestBody: true, ValidateRequestParameters: false },
      { RestApiId: ref('Api'), Name: 'v', ValidateRequestBody: false, ValidateRequestParameters: true },
    ],
    Method: [
      'ApiGateway::Method',
      {
        RestApiId: ref('Api'),
        ResourceId: ref('Thing'),
        HttpMethod: 'GET',
        AuthorizationType: 'NONE',
        RequestParameters: { 'method.request.querystring.a': true },
        RequestValidatorId: ref('Validator'),
        Integration: { Type: 'MOCK', RequestTemplates: { 'application/json': '{"statusCode":200}' } },
        MethodResponses: [{ StatusCode: '200' }],
      },
      {
        RestApiId: ref('Api'),
        ResourceId: ref('Thing'),
        HttpMethod: 'GET',
        AuthorizationType: 'AWS_IAM',
        ApiKeyRequired: true,
        OperationName: 'get',
        Integration: {
          Type: 'HTTP',
          IntegrationHttpMethod: 'POST',
          Uri: 'https://example.com/',
          TimeoutInMillis: 1_000,
          PassthroughBehavior: 'NEVER',
          IntegrationResponses: [{ StatusCode: '201', SelectionPattern: '2..' }],
        },
        MethodResponses: [{ StatusCode: '201', ResponseModels: { 'application/json': 'Empty' } }],
      },
    ],
    Deployment: [
      'ApiGateway::Deployment',
      { RestApiId: ref('Api') },
      { RestApiId: ref('Api') },
      { dependsOn: 'Method' },
    ],
    Stage: [
      'ApiGateway::Stage',
      {
        RestApiId: ref('Api'),
        DeploymentId: ref('Deployment'),
        StageName: 'prod',
        Description: 'one',
        Variables: { a: '1', b: '2' },
        MethodSettings: [{ ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 5, ThrottlingBurstLimit: 3 }],
        Tags: tags('a=1'),
      },
      {
        RestApiId: ref('Api'),
        DeploymentId: ref('Deployment'),
        StageName: 'prod',
        Variables: { a: '2' },
        TracingEnabled: true,
        CacheClusterEnabled: true,
        CacheClusterSize: '0.5',
        MethodSettings: [{ ResourcePath: '/thing', HttpMethod: 'GET', CachingEnabled: true, CacheTtlInSeconds: 9 }],
        Tags: tags('b=1'),
      },
    ],
    Answer: [
      'ApiGateway::GatewayResponse',
      { RestApiId: ref('Api'), ResponseType: 'ACCESS_DENIED', StatusCode: '404' },
      { RestApiId: ref('Api'), ResponseType: 'ACCESS_DENIED', ResponseTemplates: { 'application/json': '{}' } },
    ],
    Key: ['ApiGateway::ApiKey', { Name: 'k', Enabled: true, Description: 'one' }, { Name: 'k', Enabled: false }],
    Plan: [
      'ApiGateway::UsagePlan',
      {
        UsagePlanName: 'p',
        Quota: { Limit: 10, Period: 'DAY' },
        ApiStages: [{ ApiId: ref('Api'), Stage: ref('Stage') }],
      },
      {
        UsagePlanName: 'q',
        Description: 'd',
        Throttle: { RateLimit: 5, BurstLimit: 2 },
        ApiStages: [
          { ApiId: ref('Api'), Stage: ref('Stage'), Throttle: { '/thing/GET': { RateLimit: 1, BurstLimit: 1 } } },
        ],
      },
      { unseen: ['ApiStages'] },
    ],
    Held: ['ApiGateway::UsagePlanKey', { KeyId: ref('Key'), KeyType: 'API_KEY', UsagePlanId: ref('Plan') }],
  }));

test('API Gateway, HTTP and WebSocket', () =>
  changes({
    Api: [
      'ApiGatewayV2::Api',
      { Name: 'one', ProtocolType: 'HTTP', CorsConfiguration: { AllowOrigins: ['*'] }, Tags: { a: '1' } },
      { Name: 'two', ProtocolType: 'HTTP', Description: 'd', DisableExecuteApiEndpoint: true, Tags: { b: '1' } },
    ],
    Integration: [
      'ApiGatewayV2::Integration',
      {
        ApiId: ref('Api'),
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'GET',
        IntegrationUri: 'https://a.example.com/',
        PayloadFormatVersion: '1.0',
        RequestParameters: { 'append:header.a': 'b' },
      },
      {
        ApiId: ref('Api'),
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'POST',
        IntegrationUri: 'https://b.example.com/',
        PayloadFormatVersion: '1.0',
        Description: 'd',
        TimeoutInMillis: 2_000,
      },
    ],
    Authorizer: [
      'ApiGatewayV2::Authorizer',
      {
        ApiId: ref('Api'),
        AuthorizerType: 'JWT',
        Name: 'j',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Audience: ['a'], Issuer: 'https://id.example.com' },
      },
      {
        ApiId: ref('Api'),
        AuthorizerType: 'JWT',
        Name: 'j',
        IdentitySource: ['$request.querystring.token'],
        JwtConfiguration: { Audience: ['b'], Issuer: 'https://id.example.com' },
      },
    ],
    Route: [
      'ApiGatewayV2::Route',
      { ApiId: ref('Api'), RouteKey: 'GET /a', Target: { 'Fn::Join': ['/', ['integrations', ref('Integration')]] } },
      {
        ApiId: ref('Api'),
        RouteKey: 'GET /b',
        Target: { 'Fn::Join': ['/', ['integrations', ref('Integration')]] },
        AuthorizationType: 'JWT',
        AuthorizerId: ref('Authorizer'),
        AuthorizationScopes: ['s'],
      },
    ],
    Stage: [
      'ApiGatewayV2::Stage',
      { ApiId: ref('Api'), StageName: 's', AutoDeploy: true, StageVariables: { a: '1', b: '2' }, Tags: { a: '1' } },
      {
        ApiId: ref('Api'),
        StageName: 's',
        AutoDeploy: true,
        Description: 'd',
        StageVariables: { a: '2' },
        DefaultRouteSettings: { ThrottlingBurstLimit: 3, ThrottlingRateLimit: 2, DetailedMetricsEnabled: true },
        Tags: { b: '1' },
      },
    ],
    Sockets: [
      'ApiGatewayV2::Api',
      { Name: 'w', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
      { Name: 'w', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.kind', Description: 'd' },
    ],
    Echo: [
      'ApiGatewayV2::Integration',
      { ApiId: ref('Sockets'), IntegrationType: 'MOCK', RequestTemplates: { '200': '{"statusCode":200}' } },
      {
        ApiId: ref('Sockets'),
        IntegrationType: 'MOCK',
        RequestTemplates: { '200': '{"statusCode":201}' },
        TemplateSelectionExpression: '200',
      },
    ],
    Connect: [
      'ApiGatewayV2::Route',
      { ApiId: ref('Sockets'), RouteKey: '$connect', Target: { 'Fn::Join': ['/', ['integrations', ref('Echo')]] } },
      {
        ApiId: ref('Sockets'),
        RouteKey: '$connect',
        AuthorizationType: 'AWS_IAM',
        OperationName: 'o',
        Target: { 'Fn::Join': ['/', ['integrations', ref('Echo')]] },
      },
    ],
  }));
