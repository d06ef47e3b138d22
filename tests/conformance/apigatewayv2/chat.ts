/** A WebSocket API for tests whose function says what it heard. */
import { once } from 'node:events';
import { CreateDeploymentCommand } from '@aws-sdk/client-apigatewayv2';
import { WebSocket } from 'ws';
import type { TestCloud } from '../../support/cloud.ts';
import { apiFunction } from '../api-gateway/world.ts';
import { createApi } from './world.ts';

const ECHO = `export const handler = async (event) => {
  const { routeKey, connectionId } = event.requestContext;
  if (routeKey === '$connect') return { statusCode: event.queryStringParameters?.no === undefined ? 200 : 403 };
  if (event.body?.includes('throw')) throw new Error('no');
  return { statusCode: 200, body: JSON.stringify({ routeKey, body: event.body, type: event.requestContext.eventType, connectionId }) };
};`;

/** The API, and clients of it. */
export async function createChat(cloud: TestCloud) {
  const api = await createApi(cloud, { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' });
  const uri = await apiFunction(cloud, 'chat', ECHO);
  const target = await api.integration({ IntegrationUri: uri, PayloadFormatVersion: '1.0' });
  await api.stage('dev', {});
  const deploy = () => api.client.send(new CreateDeploymentCommand({ ApiId: api.ApiId, StageName: 'dev' }));
  /** A client, once it is open. */
  const open = async (query = '', stage = 'dev', headers: Record<string, string> = {}) => {
    const port = new URL(cloud.url).port;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${stage}${query}`, {
      headers: { host: new URL(api.endpoint).host, ...headers },
    });
    const heard: string[] = [];
    const waiting: ((text: string) => void)[] = [];
    socket.on('message', (data) => {
      const next = waiting.shift();
      if (next === undefined) heard.push(String(data));
      else next(String(data));
    });
    await once(socket, 'open');
    const hear = () =>
      new Promise<string>((resolve) => (heard.length > 0 ? resolve(heard.shift() ?? '') : waiting.push(resolve)));
    return {
      socket,
      hear,
      ask: async (message: object) => {
        socket.send(JSON.stringify(message));
        return JSON.parse(await hear());
      },
    };
  };
  return { api, target, deploy, open };
}
