/** HTTP and WebSocket APIs for tests. */
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  type CreateApiCommandInput,
  CreateIntegrationCommand,
  type CreateIntegrationCommandInput,
  CreateRouteCommand,
  type CreateRouteCommandInput,
  CreateStageCommand,
  type CreateStageCommandInput,
} from '@aws-sdk/client-apigatewayv2';
import type { TestCloud } from '../../support/cloud.ts';
import { type Visit, visit } from '../../support/traffic.ts';

/** An API, and what tests do with it. */
export async function createApi(cloud: TestCloud, options: Partial<CreateApiCommandInput> = {}) {
  const client = cloud.client(ApiGatewayV2Client);
  const made = await client.send(new CreateApiCommand({ Name: 'api', ProtocolType: 'HTTP', ...options }));
  const ApiId = made.ApiId ?? '';
  const PayloadFormatVersion = made.ProtocolType === 'WEBSOCKET' ? '1.0' : '2.0';
  return {
    client,
    ApiId,
    endpoint: made.ApiEndpoint ?? '',
    async integration(options: Partial<CreateIntegrationCommandInput>) {
      const input = { ApiId, IntegrationType: 'AWS_PROXY', PayloadFormatVersion, ...options } as const;
      const { IntegrationId } = await client.send(new CreateIntegrationCommand(input));
      return `integrations/${IntegrationId}`;
    },
    async route(RouteKey: string, Target?: string, options: Partial<CreateRouteCommandInput> = {}) {
      const { RouteId = '' } = await client.send(new CreateRouteCommand({ ApiId, RouteKey, Target, ...options }));
      return RouteId;
    },
    stage: (StageName = '$default', options: Partial<CreateStageCommandInput> = { AutoDeploy: true }) =>
      client.send(new CreateStageCommand({ ApiId, StageName, ...options })),
    visit: (path: string, options: Visit = {}) => visit(`${made.ApiEndpoint?.replace('ws:', 'http:')}${path}`, options),
  };
}
