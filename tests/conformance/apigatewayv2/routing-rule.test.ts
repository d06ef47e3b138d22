import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateBasePathMappingCommand,
  CreateDomainNameCommand as CreateRestDomainNameCommand,
  UpdateDomainNameCommand as UpdateRestDomainNameCommand,
} from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  CreateApiMappingCommand,
  CreateDomainNameCommand,
  CreateRoutingRuleCommand,
  type CreateRoutingRuleCommandInput,
  DeleteDomainNameCommand,
  DeleteRoutingRuleCommand,
  GetRoutingRuleCommand,
  ListRoutingRulesCommand,
  PutRoutingRuleCommand,
  UpdateDomainNameCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { createApi as createRestApi, drifted } from '../api-gateway/world.ts';

const DomainName = 'a.example.com';

/** A REST API whose stage says its name and the path that it was asked for. */
async function restApi(cloud: TestCloud, name: string): Promise<string> {
  const api = await createRestApi(cloud, { name });
  const id = await api.resource('{proxy+}');
  for (const at of [api.rootResourceId, id]) {
    await api.method(at, 'GET');
    await api.response(at, 'GET', '200', `${name} $context.resourcePath $input.params('proxy')`);
  }
  await api.deploy();
  return api.restApiId;
}

const action = (ApiId: string, StripBasePath?: boolean) => ({ InvokeApi: { ApiId, Stage: 'v1', StripBasePath } });
const header = (Header: string, ValueGlob: string) => ({ MatchHeaders: { AnyOf: [{ Header, ValueGlob }] } });
const basePath = (path: string) => ({ MatchBasePaths: { AnyOf: [path] } });

async function asking(cloud: TestCloud) {
  const at = `http://${DomainName}:${new URL(cloud.url).port}`;
  return async (path: string, headers: Record<string, string> = {}) => {
    const { status, text } = await visit(`${at}${path}`, { headers });
    return status === 200 ? text.trim() : status;
  };
}

test('the first rule that fits says which API is called; mappings are asked where the domain says so', async () => {
  await using cloud = await startTestCloud();
  const certificateArn = await certificateFor(cloud, DomainName);
  const [a, b, c] = [await restApi(cloud, 'a'), await restApi(cloud, 'b'), await restApi(cloud, 'c')];
  const [rest, client] = [cloud.client(APIGatewayClient), cloud.client(ApiGatewayV2Client)];
  await rest.send(
    new CreateRestDomainNameCommand({
      domainName: DomainName,
      regionalCertificateArn: certificateArn,
      endpointConfiguration: { types: ['REGIONAL'] },
    }),
  );
  await rest.send(new CreateBasePathMappingCommand({ domainName: DomainName, restApiId: c, stage: 'v1' }));
  const rule = async (Priority: number, options: Pick<CreateRoutingRuleCommandInput, 'Actions' | 'Conditions'>) =>
    client.send(new CreateRoutingRuleCommand({ DomainName, Priority, ...options }));
  await rule(20, { Conditions: [basePath('pets/cats')], Actions: [action(a)] });
  await rule(10, { Conditions: [header('X-Version', 'beta*'), basePath('pets')], Actions: [action(b, true)] });
  const last = await rule(30, { Conditions: [header('x-ends', '*z')], Actions: [action(b)] });
  await rule(31, { Conditions: [header('x-has', '*mid*'), header('x-is', 'it')], Actions: [action(b)] });
  const ask = await asking(cloud);
  assert.equal(await ask('/pets/cats/1'), 'c /{proxy+} pets/cats/1', 'rules are not heard yet');
  const mode = (value: string) =>
    rest.send(
      new UpdateRestDomainNameCommand({
        domainName: DomainName,
        patchOperations: [{ op: 'replace', path: '/routingMode', value }],
      }),
    );
  assert.equal((await mode('ROUTING_RULE_THEN_BASE_PATH_MAPPING')).routingMode, 'ROUTING_RULE_THEN_BASE_PATH_MAPPING');
  assert.equal(await ask('/pets/cats/1'), 'a /{proxy+} pets/cats/1');
  assert.equal(await ask('/pets/cats/1', { 'x-version': 'beta-7' }), 'b /{proxy+} cats/1');
  assert.equal(await ask('/pets', { 'x-version': 'beta' }), 'b /');
  assert.equal(await ask('/pets/catsuit'), 'c /{proxy+} pets/catsuit');
  assert.equal(await ask('/x', { 'x-ends': 'abcz' }), 'b /{proxy+} x');
  assert.equal(await ask('/x', { 'x-ends': 'zabc' }), 'c /{proxy+} x');
  assert.equal(await ask('/x', { 'x-has': 'a-mid-b', 'x-is': 'it' }), 'b /{proxy+} x');
  assert.equal(await ask('/x', { 'x-has': 'a-mid-b', 'x-is': 'it!' }), 'c /{proxy+} x');
  await mode('ROUTING_RULE_ONLY');
  assert.equal(await ask('/x'), 403);
  const { RoutingRuleId = '' } = last;
  await client.send(
    new PutRoutingRuleCommand({ DomainName, RoutingRuleId, Priority: 40, Conditions: [], Actions: [action(b)] }),
  );
  assert.equal(await ask('/x'), 'b /{proxy+} x');
  await client.send(new DeleteRoutingRuleCommand({ DomainName, RoutingRuleId }));
  assert.equal(await ask('/x'), 403);
});

test('rules are shown, listed in pages, and refused where they can mean nothing', async () => {
  await using cloud = await startTestCloud();
  const CertificateArn = await certificateFor(cloud, DomainName);
  const ApiId = await restApi(cloud, 'a');
  const client = cloud.client(ApiGatewayV2Client);
  const DomainNameConfigurations = [{ CertificateArn }];
  const { RoutingMode } = await client.send(
    new CreateDomainNameCommand({ DomainName, DomainNameConfigurations, RoutingMode: 'ROUTING_RULE_THEN_API_MAPPING' }),
  );
  assert.equal(RoutingMode, 'ROUTING_RULE_THEN_API_MAPPING');
  const good = { DomainName, Priority: 1, Conditions: [basePath('x')], Actions: [action(ApiId)] };
  const { RoutingRuleId = '', RoutingRuleArn } = await client.send(new CreateRoutingRuleCommand(good));
  assert.equal(
    RoutingRuleArn,
    `arn:aws:apigateway:us-east-1:123456789012:/domainnames/${DomainName}/routingrules/${RoutingRuleId}`,
  );
  const { $metadata: _, ...shown } = await client.send(new GetRoutingRuleCommand({ DomainName, RoutingRuleId }));
  assert.deepEqual(shown, {
    Actions: [{ InvokeApi: { ApiId, Stage: 'v1', StripBasePath: false } }],
    Conditions: [basePath('x')],
    Priority: 1,
    RoutingRuleArn,
    RoutingRuleId,
  });
  await client.send(new CreateRoutingRuleCommand({ ...good, Priority: 2 }));
  const first = await client.send(new ListRoutingRulesCommand({ DomainName, MaxResults: 1 }));
  const second = await client.send(new ListRoutingRulesCommand({ DomainName, NextToken: first.NextToken }));
  assert.deepEqual([first.RoutingRules?.length, second.RoutingRules?.length, second.NextToken], [1, 1, undefined]);
  const refused: [object, string][] = [
    [{}, 'A routing rule with priority 1 already exists for this domain name'],
    [
      { Priority: 1_000_001 },
      "1 validation error detected: Value '1000001' at 'priority' failed to satisfy constraint: Member must have value less than or equal to 1000000",
    ],
    [{ Actions: [] }, 'A routing rule must have exactly one action'],
    [{ Conditions: [{}] }, 'Each condition of a routing rule must match exactly one header or one base path'],
    [
      { Conditions: [basePath('a'), basePath('b')] },
      'A routing rule can have at most two conditions of headers and one of base paths',
    ],
    [{ Conditions: [header('a b', 'c')] }, 'Invalid header name specified: a b'],
    [{ Conditions: [header('a', 'b*c')] }, 'Invalid header value glob specified: b*c'],
    [{ Conditions: [basePath('/a')] }, 'Invalid base path specified: /a'],
    [
      { Actions: [action('nothing')] },
      'Invalid API or stage identifier specified: routing rules lead to stages of REST APIs',
    ],
    [{ DomainName: 'b.example.com' }, 'Invalid domain name identifier specified'],
  ];
  for (const [changed, message] of refused) {
    const error = await failure(client.send(new CreateRoutingRuleCommand({ ...good, ...changed })));
    assert.equal(error.message, message);
  }
  const none = { DomainName, RoutingRuleId: 'none' };
  assert.equal((await failure(client.send(new GetRoutingRuleCommand(none)))).name, 'NotFoundException');
  assert.equal((await failure(client.send(new DeleteRoutingRuleCommand(none)))).name, 'NotFoundException');
  const ask = await asking(cloud);
  assert.equal(await ask('/x/y'), 'a /{proxy+} x/y');
  assert.equal(await ask('/y'), 403);
  await client.send(new UpdateDomainNameCommand({ DomainName, RoutingMode: 'API_MAPPING_ONLY' }));
  assert.equal(await ask('/x/y'), 403);
  await client.send(new CreateApiMappingCommand({ DomainName, ApiId, Stage: 'v1', ApiMappingKey: 'x/y' }));
  assert.equal(await ask('/x/y'), 'a /');
  await client.send(new DeleteDomainNameCommand({ DomainName }));
  await client.send(new CreateDomainNameCommand({ DomainName, DomainNameConfigurations }));
  assert.deepEqual((await client.send(new ListRoutingRulesCommand({ DomainName }))).RoutingRules, []);
});

test('a stack makes rules, changes them where they are, and takes them away', async () => {
  await using cloud = await startTestCloud();
  const CertificateArn = await certificateFor(cloud, DomainName);
  const ApiId = await restApi(cloud, 'a');
  const formation = cloud.client(CloudFormationClient);
  const template = (path: string, mode: string) =>
    JSON.stringify({
      Resources: {
        Name: {
          Type: 'AWS::ApiGatewayV2::DomainName',
          Properties: { DomainName, DomainNameConfigurations: [{ CertificateArn }], RoutingMode: mode },
        },
        Rule: {
          Type: 'AWS::ApiGatewayV2::RoutingRule',
          Properties: {
            DomainNameArn: { 'Fn::GetAtt': ['Name', 'DomainNameArn'] },
            Priority: 7,
            Conditions: [basePath(path)],
            Actions: [{ InvokeApi: { ApiId, Stage: 'v1', StripBasePath: 'true' } }],
          },
        },
      },
    });
  const ask = await asking(cloud);
  await formation.send(
    new CreateStackCommand({ StackName: 's', TemplateBody: template('x', 'ROUTING_RULE_THEN_API_MAPPING') }),
  );
  await cloud.server.cloud.settle();
  assert.equal(await ask('/x/y'), 'a /{proxy+} y');
  const { StackResources = [] } = await formation.send(new DescribeStackResourcesCommand({ StackName: 's' }));
  const id = StackResources.find(({ LogicalResourceId }) => LogicalResourceId === 'Rule')?.PhysicalResourceId;
  assert.match(id ?? '', /:\/domainnames\/a\.example\.com\/routingrules\/\w+$/);
  assert.deepEqual(await drifted(cloud, 's'), []);
  await formation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: template('z', 'ROUTING_RULE_ONLY') }));
  await cloud.server.cloud.settle();
  assert.deepEqual([await ask('/x/y'), await ask('/z/y')], [403, 'a /{proxy+} y']);
  await formation.send(new DeleteStackCommand({ StackName: 's' }));
  await cloud.server.cloud.settle();
  const gone = await failure(cloud.client(ApiGatewayV2Client).send(new ListRoutingRulesCommand({ DomainName })));
  assert.equal(gone.message, 'Invalid domain name identifier specified');
});
