/** Amazon API Gateway's management API: connections of WebSocket APIs. */
import { defineService } from '#kernel/contract';
import { access, deleteConnection, getConnection, postToConnection } from './connection.ts';

export const service = defineService<'apigatewaymanagementapi'>({
  name: 'apigatewaymanagementapi',
  prefix: 'execute-api',
  access,
  metrics: 'AWS/ApiGateway',
  operations: {
    DeleteConnection: deleteConnection,
    GetConnection: getConnection,
    PostToConnection: postToConnection,
  },
});
