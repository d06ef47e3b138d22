/** The package as npm would install it: compiled, with no packages about but those that it names. It is not the code of the other tests, byte by byte. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const MINUTES = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'cloudyard-package-'));
const installed = join(folder, 'node_modules', 'cloudyard');
const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });

type Manifest = { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> };
const manifest = (path: string) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest;

before(() => {
  const built = run(join(ROOT, 'tools/build/main.ts'), installed);
  assert.equal(built.status, 0, built.stdout + built.stderr);
  const { dependencies, optionalDependencies } = manifest(installed);
  install(Object.keys({ ...dependencies, ...optionalDependencies }));
});

/** Copies packages and what they need. Not links: functions don't see where those lead. */
function install(names: readonly string[]): void {
  for (const name of names) {
    const [from, to] = [join(ROOT, 'node_modules', name), join(folder, 'node_modules', name)];
    if (existsSync(to) || !existsSync(from)) continue;
    cpSync(from, to, { recursive: true, filter: (path) => !/dist-types|\.d\.[cm]?ts$|\.map$/.test(path) });
    install(Object.keys(manifest(from).dependencies ?? {}));
  }
}
after(() => rmSync(folder, { recursive: true, force: true }));

test('the command says what there is', () => {
  const { status, stdout } = run(join(installed, 'bin/cloudyard.js'), '--help');
  assert.equal(status, 0);
  assert.match(stdout, /start +Start a cloud/);
});

test('a serverless application keeps its promises', { timeout: 4 * MINUTES }, () => {
  const { status, stdout, stderr } = run(join(installed, 'bin/cloudyard.js'), 'architecture', 'run', 'A1', '--short');
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /Every promise was kept/);
});

test("functions find AWS's clients, as in Lambda's own runtimes", { timeout: 2 * MINUTES }, () => {
  const program = join(folder, 'program.mjs');
  writeFileSync(program, PROGRAM);
  const { status, stdout, stderr } = run(program);
  assert.equal(status, 0, stdout + stderr);
  assert.deepEqual(JSON.parse(stdout), { id: 'one', count: 3 });
});

test("AWS's clients come along in the versions that the other tests use", () => {
  const { optionalDependencies = {} } = manifest(ROOT);
  const tested = Object.entries(manifest(join(ROOT, 'tests/clients')).dependencies ?? {});
  const clients = tested.filter(([name]) => name.startsWith('@aws-sdk/'));
  assert.ok(clients.length > 20);
  for (const [name, version] of clients) assert.equal(optionalDependencies[name], version, name);
});

/** What a user of the package writes: a cloud in its own process, a table, a function that uses it by packages it does not bring along. */
const PROGRAM = `
import { zipSync, strToU8 } from ${JSON.stringify(join(ROOT, 'node_modules/fflate/esm/index.mjs'))};
import { startCloud } from 'cloudyard';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';

const CODE = \`
  import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
  import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
  const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  export const handler = async (Item) => {
    await table.send(new PutCommand({ TableName: 'things', Item }));
    return (await table.send(new GetCommand({ TableName: 'things', Key: { id: Item.id } }))).Item;
  };\`;
const policy = (statement) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

const cloud = await startCloud({ port: 0 });
try {
  await new DynamoDBClient(cloud.config).send(new CreateTableCommand({
    TableName: 'things', BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  }));
  const iam = new IAMClient(cloud.config);
  const { Role } = await iam.send(new CreateRoleCommand({
    RoleName: 'writer', AssumeRolePolicyDocument: policy({ Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }),
  }));
  await iam.send(new PutRolePolicyCommand({
    RoleName: 'writer', PolicyName: 'table', PolicyDocument: policy({ Action: 'dynamodb:*', Resource: '*' }),
  }));
  const lambda = new LambdaClient(cloud.config);
  const FunctionName = 'keep';
  await lambda.send(new CreateFunctionCommand({
    FunctionName, Role: Role.Arn, Runtime: 'nodejs22.x', Handler: 'index.handler', Timeout: 30,
    Code: { ZipFile: zipSync({ 'index.mjs': strToU8(CODE) }) },
  }));
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30 }, { FunctionName });
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify({ id: 'one', count: 3 }) }));
  process.stdout.write(Buffer.from(Payload));
} finally {
  await cloud.close();
}
`;
