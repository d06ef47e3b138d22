/** What is there before requests to API Gateway. */

import type { Aws } from '#kernel/contract';
import { foreignCertificate } from '../support/certificates.ts';
import type { Furnish } from './world.ts';

const ACCOUNT = '123456789012';

const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:f`;
const URI = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`;
const DOCUMENT = JSON.stringify({
  openapi: '3.0.1',
  info: { title: 'documented', version: '1' },
  paths: {
    '/a': {
      get: {
        'x-amazon-apigateway-integration': { type: 'http_proxy', httpMethod: 'GET', uri: 'https://example.com/' },
      },
    },
  },
});

/** Brings a certificate; its ARN. */
async function bringCertificate({ acm }: Aws): Promise<string> {
  const { certificate, chain, key } = await foreignCertificate(['*.example.com']);
  const { CertificateArn = '' } = await acm.ImportCertificate({
    Certificate: Buffer.from(certificate),
    CertificateChain: Buffer.from(chain),
    PrivateKey: Buffer.from(key),
  });
  return CertificateArn;
}

/** A REST API with one of everything. */
export const restApis: Furnish = async (aws) => {
  const gateway = aws['api-gateway'];
  const { id: restApiId = '', rootResourceId = '' } = await gateway.CreateRestApi({ name: 'api' });
  const resource = await gateway.CreateResource({ restApiId, parentId: rootResourceId, pathPart: 'pets' });
  const at = { restApiId, resourceId: resource.id ?? '', httpMethod: 'GET' };
  await gateway.PutMethod({ ...at, authorizationType: 'NONE' });
  await gateway.PutMethodResponse({ ...at, statusCode: '200' });
  await gateway.PutIntegration({ ...at, type: 'MOCK' });
  await gateway.PutIntegrationResponse({ ...at, statusCode: '200' });
  const { id: deploymentId } = await gateway.CreateDeployment({ restApiId, stageName: 'v1' });
  const authorizer = await gateway.CreateAuthorizer({ restApiId, name: 'a', type: 'TOKEN', authorizerUri: URI });
  const validator = await gateway.CreateRequestValidator({ restApiId, name: 'v' });
  const key = await gateway.CreateApiKey({ name: 'k', enabled: true });
  const plan = await gateway.CreateUsagePlan({
    name: 'p',
    apiStages: [{ apiId: restApiId, stage: 'v1' }],
    quota: { limit: 5, period: 'DAY' },
  });
  await gateway.CreateUsagePlanKey({ usagePlanId: plan.id ?? '', keyId: key.id ?? '', keyType: 'API_KEY' });
  const certificateArn = await bringCertificate(aws);
  await gateway.CreateDomainName({ domainName: 'api.example.com', certificateArn });
  await gateway.CreateBasePathMapping({ domainName: 'api.example.com', restApiId, stage: 'v1' });
  return {
    restApiId: [restApiId],
    resourceId: [resource.id, rootResourceId],
    parentId: [rootResourceId, resource.id],
    pathPart: ['dogs', '{id}', '{proxy+}', 'pets'],
    httpMethod: ['GET', 'POST'],
    'PutMethodRequest.httpMethod': ['POST', 'ANY'],
    statusCode: ['200', '404'],
    deploymentId: [deploymentId],
    stageName: ['v1'],
    'CreateStageRequest.stageName': ['v2'],
    stage: ['v1'],
    authorizerId: [authorizer.id],
    authorizerUri: [URI],
    requestValidatorId: [validator.id],
    modelName: ['Empty'],
    'CreateModelRequest.name': ['Pet'],
    schema: ['{"type":"object"}'],
    contentType: ['application/json'],
    apiKey: [key.id],
    keyId: [key.id],
    keyType: ['API_KEY'],
    usagePlanId: [plan.id],
    domainName: ['api.example.com'],
    'CreateDomainNameRequest.domainName': ['other.example.com'],
    certificateArn: [certificateArn],
    certificateBody: [],
    basePath: ['(none)'],
    'CreateBasePathMappingRequest.basePath': ['v2'],
    authorizationType: ['NONE', 'AWS_IAM'],
    integrationHttpMethod: ['POST'],
    uri: [URI, 'https://example.com/'],
    resourceArn: [`arn:aws:apigateway:us-east-1::/restapis/${restApiId}`],
    startDate: ['2026-01-01'],
    endDate: ['2026-01-02'],
    path: ['/name', '/description'],
    limit: [5],
    timeoutInMillis: [1_000],
    body: [Buffer.from(DOCUMENT)],
    exportType: ['oas30', 'swagger'],
    // What is not here: networks, mutual TLS, traces, routing rules, Cognito, tokens of pages.
    connectionType: [],
    connectionId: [],
    integrationTarget: [],
    position: [],
    mutualTlsAuthentication: [],
    responseTransferMode: ['BUFFERED'],
    tracingEnabled: [false],
    endpointConfiguration: [],
    securityPolicy: [],
    endpointAccessMode: [],
    routingMode: [],
    'CreateDomainNameRequest.policy': [],
    vpcEndpointIds: [],
    tlsConfig: [],
    'CreateAuthorizerRequest.type': ['TOKEN', 'REQUEST'],
  };
};

/** A stage of a REST API, as rules of domain names lead to it. */
async function routedTo({ 'api-gateway': gateway }: Aws) {
  const { id: ApiId = '', rootResourceId: resourceId = '' } = await gateway.CreateRestApi({ name: 'routed' });
  const at = { restApiId: ApiId, resourceId, httpMethod: 'GET' };
  await gateway.PutMethod({ ...at, authorizationType: 'NONE' });
  await gateway.PutIntegration({ ...at, type: 'MOCK' });
  await gateway.CreateDeployment({ restApiId: ApiId, stageName: 'v1' });
  return { InvokeApi: { ApiId, Stage: 'v1' } };
}

/** An HTTP API with one of everything. */
export const httpApis: Furnish = async (aws) => {
  const { apigatewayv2: gateway } = aws;
  const CertificateArn = await bringCertificate(aws);
  const { ApiId = '' } = await gateway.CreateApi({ Name: 'api', ProtocolType: 'HTTP' });
  const { IntegrationId = '' } = await gateway.CreateIntegration({
    ApiId,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: FUNCTION,
    PayloadFormatVersion: '2.0',
  });
  const { RouteId } = await gateway.CreateRoute({
    ApiId,
    RouteKey: 'GET /pets',
    Target: `integrations/${IntegrationId}`,
  });
  const { DeploymentId } = await gateway.CreateDeployment({ ApiId });
  await gateway.CreateStage({ ApiId, StageName: 'v1', DeploymentId });
  const authorizer = await gateway.CreateAuthorizer({
    ApiId,
    Name: 'a',
    AuthorizerType: 'REQUEST',
    AuthorizerUri: URI,
    AuthorizerPayloadFormatVersion: '2.0',
    IdentitySource: ['$request.header.X'],
  });
  await gateway.CreateDomainName({
    DomainName: 'api.example.com',
    DomainNameConfigurations: [{ CertificateArn }],
  });
  const mapping = await gateway.CreateApiMapping({ ApiId, DomainName: 'api.example.com', Stage: 'v1' });
  const routed = await routedTo(aws);
  const rule = await gateway.CreateRoutingRule({
    DomainName: 'api.example.com',
    Priority: 1,
    Conditions: [],
    Actions: [routed],
  });
  return {
    RoutingRuleId: [rule.RoutingRuleId],
    Actions: [routed],
    MatchHeaders: [{ AnyOf: [{ Header: 'x', ValueGlob: 'a*' }] }],
    MatchBasePaths: [{ AnyOf: ['pets'] }],
    'ListRoutingRulesRequest.MaxResults': [5],
    ApiId: [ApiId],
    IntegrationId: [IntegrationId],
    RouteId: [RouteId],
    RouteKey: ['GET /pets', 'POST /pets/{id}', '$default'],
    DeploymentId: [DeploymentId],
    StageName: ['v1'],
    Stage: ['v1'],
    'CreateStageRequest.StageName': ['v2', '$default'],
    AuthorizerId: [authorizer.AuthorizerId],
    AuthorizerUri: [URI],
    AuthorizerPayloadFormatVersion: ['2.0', '1.0'],
    ApiMappingId: [mapping.ApiMappingId],
    DomainName: ['api.example.com'],
    'CreateDomainNameRequest.DomainName': ['other.example.com'],
    CertificateArn: [CertificateArn],
    Target: [`integrations/${IntegrationId}`],
    'CreateApiRequest.Target': [FUNCTION],
    'UpdateApiRequest.Target': [],
    'UpdateApiRequest.RouteKey': [],
    'UpdateApiRequest.CredentialsArn': [],
    IntegrationUri: [FUNCTION, 'https://example.com/'],
    PayloadFormatVersion: ['1.0', '2.0'],
    ResourceArn: [`arn:aws:apigateway:us-east-1::/apis/${ApiId}`],
    MaxResults: ['5'],
    Body: [DOCUMENT],
    Specification: ['OAS30'],
    OutputType: ['JSON', 'YAML'],
    ExportVersion: ['1.0'],
    // What is not here: networks, mutual TLS, routing rules, conversions, tokens of pages.
    RoutingMode: [],
    'CreateIntegrationResponseRequest.ContentHandlingStrategy': [],
    'UpdateIntegrationResponseRequest.ContentHandlingStrategy': [],
    'CreateIntegrationResponseRequest.ResponseParameters': [],
    'UpdateIntegrationResponseRequest.ResponseParameters': [],
    ConnectionType: [],
    ConnectionId: [],
    NextToken: [],
    MutualTlsAuthentication: [],
    IntegrationSubtype: [],
    TlsConfig: [],
    ClientCertificateId: [],
  };
};
