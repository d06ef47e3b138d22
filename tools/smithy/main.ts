/**
 * `node tools/smithy/main.ts`: makes tests/wire/smithy/ anew from the public Smithy protocol tests.
 * Maven brings the pinned artifacts; Smithy's own command line turns them into one JSON model.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ProtocolName, ServiceModel } from '#kernel/wire';
import type { ServiceSuite } from '../../tests/wire/smithy-suite.ts';
import { smithyCases } from './cases.ts';
import { type Ast, smithyModel } from './model.ts';

const GROUP = 'software.amazon.smithy';
/** Not every artifact of Smithy is published with every release: each is pinned by itself. */
const TESTS = ['smithy-aws-protocol-tests:1.74.1', 'smithy-protocol-tests:1.54.0'];
const TRAITS = [
  'smithy-aws-traits:1.74.1',
  'smithy-protocol-test-traits:1.74.1',
  'smithy-protocol-traits:1.73.0',
  'smithy-validation-model:1.67.0',
];
const TOOL = [
  'smithy-cli:1.73.0',
  'smithy-model:1.73.0',
  'smithy-build:1.73.0',
  'smithy-utils:1.73.0',
  'smithy-diff:1.73.0',
  'smithy-syntax:1.73.0',
];
const AST_BYTES_MAX = 64 * 1_024 * 1_024;

const PROTOCOLS: readonly [trait: string, wire: ProtocolName][] = [
  ['aws.protocols#awsJson1_0', 'json'],
  ['aws.protocols#awsJson1_1', 'json'],
  ['aws.protocols#awsQuery', 'query'],
  ['aws.protocols#ec2Query', 'ec2'],
  ['aws.protocols#restJson1', 'rest-json'],
  ['aws.protocols#restXml', 'rest-xml'],
  ['smithy.protocols#rpcv2Cbor', 'cbor'],
];

const root = join(import.meta.dirname, '../..');
const cache = join(root, '.cache/smithy');

/** The artifact's jar, fetched by mvn when it is not in the cache yet. */
function jarOf(artifact: string): string {
  const jar = join(cache, `${artifact.replace(':', '-')}.jar`);
  if (!existsSync(jar)) {
    execFileSync(
      'mvn',
      ['--quiet', '--batch-mode', 'dependency:copy', `-Dartifact=${GROUP}:${artifact}`, `-DoutputDirectory=${cache}`],
      { stdio: 'inherit' },
    );
  }
  return jar;
}

function readAst(): Ast {
  const classes = TOOL.map(jarOf).join(delimiter);
  const args = [
    '-cp',
    classes,
    'software.amazon.smithy.cli.SmithyCli',
    'ast',
    '--quiet',
    '--no-config',
    '--flatten',
    ...[...TESTS, ...TRAITS].map(jarOf),
  ];
  return JSON.parse(execFileSync('java', args, { encoding: 'utf8', maxBuffer: AST_BYTES_MAX, cwd: cache }));
}

/** One line per operation, shape and case, so that a new version reads well in a diff. */
function suiteText(protocol: string, wire: ProtocolName, services: ServiceSuite[]): string {
  const rows = (list: unknown[]) =>
    list.length === 0 ? '[]' : `[\n${list.map((one) => JSON.stringify(one)).join(',\n')}\n]`;
  const texts = services.map(
    ({ model, requests, responses, malformed, streams }) =>
      `{"model":${modelText(model)},\n"requests":${rows(requests)},\n"responses":${rows(responses)},\n"malformed":${rows(malformed)},\n"streams":${rows(streams)}}`,
  );
  return `{"source":${JSON.stringify(TESTS.join(', '))},"protocol":${JSON.stringify(protocol)},"wire":${JSON.stringify(wire)},"services":[\n${texts.join(',\n')}\n]}\n`;
}

function modelText(model: ServiceModel): string {
  const { operations, shapes, ...head } = model;
  const rows = (entries: object) =>
    Object.entries(entries)
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
      .join(',\n');
  return `${JSON.stringify(head).slice(0, -1)},\n"operations":{\n${rows(operations)}\n},\n"shapes":{\n${rows(shapes)}\n}}`;
}

mkdirSync(cache, { recursive: true });
const ast = readAst();
const target = join(root, 'tests/wire/smithy');
mkdirSync(target, { recursive: true });
for (const [trait, wire] of PROTOCOLS) {
  const services: ServiceSuite[] = [];
  for (const [id, shape] of Object.entries(ast.shapes).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (shape.type !== 'service' || shape.traits?.[trait] === undefined) continue;
    const artifact = id.startsWith('smithy.') ? TESTS[1] : TESTS[0];
    const [name = '', version = ''] = (artifact as string).split(':');
    const sha256 = createHash('sha256')
      .update(readFileSync(jarOf(artifact as string)))
      .digest('hex');
    services.push({
      model: smithyModel(ast, id, wire, { package: name, version, sha256 }),
      ...smithyCases(ast, id, trait),
    });
  }
  const protocol = trait.slice(trait.indexOf('#') + 1);
  writeFileSync(join(target, `${protocol}.json`), suiteText(protocol, wire, services));
  const count = (list: 'requests' | 'responses' | 'malformed' | 'streams') =>
    services.reduce((sum, service) => sum + service[list].length, 0);
  console.log(
    `${protocol}: ${count('requests')} requests, ${count('responses')} responses, ${count('malformed')} malformed, ${count('streams')} streams`,
  );
}
