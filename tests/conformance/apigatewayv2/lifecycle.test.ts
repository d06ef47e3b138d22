import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-apigatewayv2';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

const URI =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations';

/** What is asked for and is not there. */
async function gone(promise: Promise<unknown>): Promise<void> {
  assert.equal((await failure(promise)).name, 'NotFoundException');
}

test('HTTP APIs and their CORS, routes, integrations, authorizers', async () => {
  await using cloud = await startTestCloud();
  const { client, ApiId, integration, route } = await createApi(cloud, { CorsConfiguration: { AllowOrigins: ['*'] } });
  const cors = { AllowOrigins: ['*'], AllowCredentials: false };
  const named = await client.send(new sdk.UpdateApiCommand({ ApiId, Name: 'renamed' }));
  assert.deepEqual(named.CorsConfiguration, cors);
  const open = { ...cors, AllowCredentials: true };
  const wrong = await failure(client.send(new sdk.UpdateApiCommand({ ApiId, CorsConfiguration: open })));
  assert.equal(wrong.message, "allow-credentials is not supported if 'allow-origin' is *");
  await client.send(new sdk.DeleteCorsConfigurationCommand({ ApiId }));
  await client.send(new sdk.UpdateApiCommand({ ApiId, CorsConfiguration: {} }));
  const { Items: [api] = [] } = await client.send(new sdk.GetApisCommand({}));
  assert.deepEqual([api?.Name, api?.CorsConfiguration], ['renamed', undefined]);
  const Target = await integration({ IntegrationUri: 'arn:aws:lambda:us-east-1:123456789012:function:f' });
  const IntegrationId = Target.replace('integrations/', '');
  await client.send(new sdk.UpdateIntegrationCommand({ ApiId, IntegrationId, TimeoutInMillis: 500 }));
  const shown = await client.send(new sdk.GetIntegrationCommand({ ApiId, IntegrationId }));
  assert.deepEqual([shown.TimeoutInMillis, shown.ConnectionType, shown.IntegrationMethod], [500, 'INTERNET', 'POST']);
  assert.equal((await client.send(new sdk.GetIntegrationsCommand({ ApiId }))).Items?.length, 1);
  const RouteId = await route('GET /a', Target);
  const used = await failure(client.send(new sdk.DeleteIntegrationCommand({ ApiId, IntegrationId })));
  assert.equal(
    used.message,
    `Cannot delete Integration '${IntegrationId}'. Integration '${IntegrationId}' is referenced by route with key 'GET /a'.`,
  );
  const { AuthorizerId = '' } = await client.send(
    new sdk.CreateAuthorizerCommand({
      ApiId,
      Name: 'a',
      AuthorizerType: 'REQUEST',
      AuthorizerUri: URI,
      AuthorizerPayloadFormatVersion: '2.0',
      IdentitySource: ['$request.header.X'],
    }),
  );
  const at = { ApiId, AuthorizerId };
  await client.send(new sdk.UpdateAuthorizerCommand({ ...at, EnableSimpleResponses: true }));
  assert.equal((await client.send(new sdk.GetAuthorizerCommand(at))).EnableSimpleResponses, true);
  assert.equal((await client.send(new sdk.GetAuthorizersCommand({ ApiId }))).Items?.length, 1);
  await client.send(new sdk.UpdateRouteCommand({ ApiId, RouteId, AuthorizationType: 'CUSTOM', AuthorizerId }));
  assert.equal((await client.send(new sdk.GetRouteCommand({ ApiId, RouteId }))).AuthorizerId, AuthorizerId);
  await client.send(new sdk.DeleteRouteCommand({ ApiId, RouteId }));
  await gone(client.send(new sdk.GetRouteCommand({ ApiId, RouteId })));
  await client.send(new sdk.DeleteAuthorizerCommand(at));
  await gone(client.send(new sdk.GetAuthorizerCommand(at)));
  await client.send(new sdk.DeleteIntegrationCommand({ ApiId, IntegrationId }));
  await client.send(new sdk.DeleteApiCommand({ ApiId }));
  await gone(client.send(new sdk.GetApiCommand({ ApiId })));
});

test('what routes and integrations of WebSocket APIs answer; models', async () => {
  await using cloud = await startTestCloud();
  const { client, ApiId, integration, route } = await createApi(cloud, {
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
  });
  const { ModelId } = await client.send(new sdk.CreateModelCommand({ ApiId, Name: 'M', Schema: '{"type":"object"}' }));
  await client.send(new sdk.UpdateModelCommand({ ApiId, ModelId, Description: 'd' }));
  assert.equal((await client.send(new sdk.GetModelCommand({ ApiId, ModelId }))).Description, 'd');
  const Target = await integration({ IntegrationType: 'MOCK', PayloadFormatVersion: '1.0' });
  const IntegrationId = Target.replace('integrations/', '');
  const mock = await client.send(new sdk.GetIntegrationCommand({ ApiId, IntegrationId }));
  assert.equal(mock.IntegrationResponseSelectionExpression, `$${'{integration.response.statuscode}'}`);
  const RouteId = await route('$connect', Target, {
    RequestParameters: { 'route.request.querystring.q': { Required: true } },
  });
  const parameter = { ApiId, RouteId, RequestParameterKey: 'route.request.querystring.q' };
  await client.send(new sdk.DeleteRouteRequestParameterCommand(parameter));
  assert.deepEqual((await client.send(new sdk.GetRouteCommand({ ApiId, RouteId }))).RequestParameters ?? {}, {});
  const { RouteResponseId } = await client.send(
    new sdk.CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: '$default' }),
  );
  const answer = { ApiId, RouteId, RouteResponseId };
  await client.send(new sdk.UpdateRouteResponseCommand({ ...answer, ModelSelectionExpression: '$request.body.m' }));
  assert.equal(
    (await client.send(new sdk.GetRouteResponseCommand(answer))).ModelSelectionExpression,
    '$request.body.m',
  );
  assert.equal((await client.send(new sdk.GetRouteResponsesCommand({ ApiId, RouteId }))).Items?.length, 1);
  await client.send(new sdk.DeleteRouteResponseCommand(answer));
  await gone(client.send(new sdk.GetRouteResponseCommand(answer)));
  const { IntegrationResponseId } = await client.send(
    new sdk.CreateIntegrationResponseCommand({ ApiId, IntegrationId, IntegrationResponseKey: '/5\\d\\d/' }),
  );
  const response = { ApiId, IntegrationId, IntegrationResponseId };
  await client.send(new sdk.UpdateIntegrationResponseCommand({ ...response, ResponseTemplates: { $default: 'a' } }));
  const shown = await client.send(new sdk.GetIntegrationResponseCommand(response));
  assert.deepEqual([shown.IntegrationResponseKey, shown.ResponseTemplates], ['/5\\d\\d/', { $default: 'a' }]);
  assert.equal((await client.send(new sdk.GetIntegrationResponsesCommand({ ApiId, IntegrationId }))).Items?.length, 1);
  await client.send(new sdk.DeleteIntegrationResponseCommand(response));
  await gone(client.send(new sdk.GetIntegrationResponseCommand(response)));
});

test('stages, deployments, domains and mappings', async () => {
  await using cloud = await startTestCloud();
  const { client, ApiId, integration, route, stage } = await createApi(cloud);
  await route('GET /a', await integration({ IntegrationUri: 'arn:aws:lambda:us-east-1:123456789012:function:f' }));
  const { DeploymentId } = await client.send(new sdk.CreateDeploymentCommand({ ApiId }));
  await client.send(new sdk.UpdateDeploymentCommand({ ApiId, DeploymentId, Description: 'd' }));
  assert.equal((await client.send(new sdk.GetDeploymentCommand({ ApiId, DeploymentId }))).Description, 'd');
  const StageName = 'v1';
  await stage(StageName, {
    DeploymentId,
    RouteSettings: { 'GET /a': { ThrottlingRateLimit: 5 } },
    AccessLogSettings: {
      DestinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:l',
      Format: '$context.requestId',
    },
  });
  await client.send(new sdk.DeleteRouteSettingsCommand({ ApiId, StageName, RouteKey: 'GET /a' }));
  const kept = await client.send(new sdk.UpdateStageCommand({ ApiId, StageName, AccessLogSettings: {} }));
  assert.notEqual(kept.AccessLogSettings?.DestinationArn, undefined);
  await client.send(new sdk.DeleteAccessLogSettingsCommand({ ApiId, StageName }));
  const { Items: [shown] = [] } = await client.send(new sdk.GetStagesCommand({ ApiId }));
  assert.deepEqual([shown?.StageName, shown?.RouteSettings, shown?.AccessLogSettings], ['v1', {}, undefined]);
  const DomainName = 'a.example.com';
  const [before, after] = [await certificateFor(cloud, DomainName), await certificateFor(cloud, '*.example.com')];
  const configured = (CertificateArn = '') => ({ DomainName, DomainNameConfigurations: [{ CertificateArn }] });
  await client.send(new sdk.CreateDomainNameCommand(configured(before)));
  await client.send(new sdk.UpdateDomainNameCommand(configured(after)));
  const { DomainNameConfigurations } = await client.send(new sdk.GetDomainNameCommand({ DomainName }));
  assert.equal(DomainNameConfigurations?.[0]?.CertificateArn, after);
  assert.equal((await client.send(new sdk.GetDomainNamesCommand({}))).Items?.length, 1);
  const { ApiMappingId } = await client.send(new sdk.CreateApiMappingCommand({ ApiId, DomainName, Stage: StageName }));
  const mapping = { ApiMappingId, DomainName };
  await client.send(new sdk.UpdateApiMappingCommand({ ...mapping, ApiId, ApiMappingKey: 'shop/v1' }));
  assert.equal((await client.send(new sdk.GetApiMappingCommand(mapping))).ApiMappingKey, 'shop/v1');
  assert.equal((await client.send(new sdk.GetApiMappingsCommand({ DomainName }))).Items?.length, 1);
  await client.send(new sdk.DeleteApiMappingCommand(mapping));
  await gone(client.send(new sdk.GetApiMappingCommand(mapping)));
  await client.send(new sdk.DeleteStageCommand({ ApiId, StageName }));
  await gone(client.send(new sdk.GetStageCommand({ ApiId, StageName })));
});
