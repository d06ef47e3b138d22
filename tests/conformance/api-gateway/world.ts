/** REST APIs for tests. */
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  type CreateRestApiCommandInput,
  GetResourcesCommand,
  PutIntegrationCommand,
  type PutIntegrationCommandInput,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  type PutMethodCommandInput,
  PutMethodResponseCommand,
  UpdateAccountCommand,
} from '@aws-sdk/client-api-gateway';
import {
  CloudFormationClient,
  DescribeStackResourceDriftsCommand,
  DetectStackDriftCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AddPermissionCommand, type CreateFunctionCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import type { TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { type Visit, visit } from '../../support/traffic.ts';

export type TestApi = Awaited<ReturnType<typeof createApi>>;

/** An API, and what tests do with it. */
export async function createApi(cloud: TestCloud, options: Partial<CreateRestApiCommandInput> = {}) {
  const client = cloud.client(APIGatewayClient);
  const { id: restApiId = '', rootResourceId = '' } = await client.send(
    new CreateRestApiCommand({ name: 'api', ...options }),
  );
  const port = new URL(cloud.url).port;
  const resource = async (pathPart: string, parentId = rootResourceId) => {
    const made = await client.send(new CreateResourceCommand({ restApiId, parentId, pathPart }));
    return made.id ?? '';
  };
  return {
    client,
    restApiId,
    rootResourceId,
    resource,
    /** A method and its integration; without a type one that answers by itself. */
    async method(
      resourceId: string,
      httpMethod: string,
      integration: Partial<PutIntegrationCommandInput> = {},
      method: Partial<PutMethodCommandInput> = {},
    ) {
      const at = { restApiId, resourceId, httpMethod };
      await client.send(new PutMethodCommand({ ...at, authorizationType: 'NONE', ...method }));
      const own = { type: 'MOCK', requestTemplates: { 'application/json': '{"statusCode": 200}' } } as const;
      await client.send(new PutIntegrationCommand({ ...at, ...own, ...integration }));
    },
    /** An answer of an integration, and of its method. */
    async response(
      resourceId: string,
      httpMethod: string,
      statusCode: string,
      template?: string,
      selectionPattern?: string,
    ) {
      const at = { restApiId, resourceId, httpMethod, statusCode };
      await client.send(new PutMethodResponseCommand(at));
      const responseTemplates = template === undefined ? undefined : { 'application/json': template };
      await client.send(new PutIntegrationResponseCommand({ ...at, responseTemplates, selectionPattern }));
    },
    deploy: (stageName = 'v1') => client.send(new CreateDeploymentCommand({ restApiId, stageName })),
    paths: async () =>
      (await client.send(new GetResourcesCommand({ restApiId }))).items?.map(({ path }) => path).sort(),
    visit: (path: string, options: Visit = {}) =>
      visit(`http://${restApiId}.execute-api.us-east-1.localhost:${port}${path}`, options),
  };
}

/** A function that APIs may call; the address of an integration with it. */
export async function apiFunction(
  cloud: TestCloud,
  name: string,
  source: string,
  role?: string,
  options: Partial<CreateFunctionCommandInput> = {},
) {
  const { FunctionArn = '' } = await createFunction(cloud, role ?? (await functionRole(cloud)), name, source, options);
  const permission = { FunctionName: name, StatementId: 'api', Action: 'lambda:InvokeFunction' };
  await cloud
    .client(LambdaClient)
    .send(new AddPermissionCommand({ ...permission, Principal: 'apigateway.amazonaws.com' }));
  return `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`;
}

/** What of a stack is no longer as its template says, and how. */
export async function drifted(cloud: TestCloud, StackName: string) {
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new DetectStackDriftCommand({ StackName }));
  await cloud.server.cloud.settle();
  const { StackResourceDrifts = [] } = await formation.send(new DescribeStackResourceDriftsCommand({ StackName }));
  return StackResourceDrifts.filter(({ StackResourceDriftStatus }) => StackResourceDriftStatus !== 'IN_SYNC').map(
    ({ LogicalResourceId, PropertyDifferences }) => [LogicalResourceId, PropertyDifferences],
  );
}

/** A role that APIs may assume to call queues and tables; its ARN. */
export async function apiRole(cloud: TestCloud): Promise<string> {
  const iam = cloud.client(IAMClient);
  const trust = { Effect: 'Allow', Principal: { Service: 'apigateway.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const allowed = { Effect: 'Allow', Action: ['sqs:*', 'dynamodb:*', 's3:ListAllMyBuckets'], Resource: '*' };
  const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'api', AssumeRolePolicyDocument: document(trust) }),
  );
  await iam.send(new PutRolePolicyCommand({ RoleName: 'api', PolicyName: 'all', PolicyDocument: document(allowed) }));
  return Role?.Arn ?? '';
}

/** A role by which API Gateway writes logs, made the account's. */
export async function logged(cloud: TestCloud) {
  const iam = cloud.client(IAMClient);
  const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
  const trust = { Effect: 'Allow', Principal: { Service: 'apigateway.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'logs', AssumeRolePolicyDocument: document(trust) }),
  );
  const PolicyDocument = document({ Effect: 'Allow', Action: 'logs:*', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'logs', PolicyName: 'logs', PolicyDocument }));
  const named = { op: 'replace', path: '/cloudwatchRoleArn', value: Role?.Arn } as const;
  await cloud.client(APIGatewayClient).send(new UpdateAccountCommand({ patchOperations: [named] }));
}
