/** Patch operations of stages: their own paths, those of methods' settings, and the promotion of a canary. Source: API Gateway API Reference, "PATCH operations", UpdateStage. */
import type { MethodSetting, PatchOperation, Stage } from '#models/api-gateway';
import { badPatchValue, badRequest } from '../errors.ts';
import { ACCOUNT_LIMITS, CACHE_TTL_DEFAULT, CACHE_TTL_MAX } from '../limits.ts';
import { type Kind, type Patchable, patched, readValue } from './patch.ts';

const PATCHABLE: Patchable = {
  '/deploymentId': 'text',
  '/description': 'text',
  '/cacheClusterEnabled': 'boolean',
  '/cacheClusterSize': 'text',
  '/clientCertificateId': 'text',
  '/documentationVersion': 'text',
  '/tracingEnabled': 'boolean',
  '/variables/*': 'text',
  '/accessLogSettings': ['text', 'remove'],
  '/accessLogSettings/destinationArn': 'text',
  '/accessLogSettings/format': 'text',
  '/canarySettings': ['text', 'remove'],
  '/canarySettings/percentTraffic': 'number',
  '/canarySettings/deploymentId': 'text',
  '/canarySettings/useStageCache': 'boolean',
  '/canarySettings/stageVariableOverrides/*': 'text',
};

const SETTINGS: { readonly [path: string]: readonly [keyof MethodSetting, Kind] } = {
  'metrics/enabled': ['metricsEnabled', 'boolean'],
  'logging/dataTrace': ['dataTraceEnabled', 'boolean'],
  'logging/loglevel': ['loggingLevel', 'text'],
  'throttling/burstLimit': ['throttlingBurstLimit', 'number'],
  'throttling/rateLimit': ['throttlingRateLimit', 'number'],
  'caching/enabled': ['cachingEnabled', 'boolean'],
  'caching/ttlInSeconds': ['cacheTtlInSeconds', 'number'],
  'caching/dataEncrypted': ['cacheDataEncrypted', 'boolean'],
  'caching/requireAuthorizationForCacheControl': ['requireAuthorizationForCacheControl', 'boolean'],
  'caching/unauthorizedCacheControlHeaderStrategy': ['unauthorizedCacheControlHeaderStrategy', 'text'],
};

/** What is not said is told as the account's limits. Source: AWS CLI, examples of `update-stage`. */
const SETTINGS_DEFAULT: MethodSetting = {
  metricsEnabled: false,
  dataTraceEnabled: false,
  throttlingBurstLimit: ACCOUNT_LIMITS.burst,
  throttlingRateLimit: ACCOUNT_LIMITS.ratePerSecond,
  cachingEnabled: false,
  cacheTtlInSeconds: CACHE_TTL_DEFAULT,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
};

const STRATEGIES = ['FAIL_WITH_403', 'SUCCEED_WITH_RESPONSE_HEADER', 'SUCCEED_WITHOUT_RESPONSE_HEADER'];

/** Of settings; `ANY` has none of its own. */
const METHOD = /^(?:GET|PUT|POST|DELETE|PATCH|OPTIONS|HEAD|\*)$/;

/** The paths as AWS lists them, with the commas that it leaves out. Source: AWS's answers to UpdateStage. */
const LISTED = [
  '/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, ',
  '/accessLogSettings/destinationArn, /accessLogSettings/format, ',
  listed('/{resourcePath}/{httpMethod}', ''),
  listed('/*/*', ' '),
  '/variables/{variable_name}, /tracingEnabled',
].join('');

function listed(prefix: string, between: string): string {
  const of = (...names: string[]) => names.map((name) => `${prefix}/${name}`);
  const throttled = of('throttling/burstLimit', 'throttling/rateLimit', 'caching/ttlInSeconds').join(between);
  const caching = of(
    ...Object.keys(SETTINGS).filter((name) => name.startsWith('caching') && !name.endsWith('Seconds')),
  );
  const first = of('metrics/enabled', 'logging/dataTrace', 'logging/loglevel');
  return [...first, throttled, ...caching].map((one) => `${one}, `).join('');
}

/**
 * A stage after patches.
 *
 * @throws {ServiceError} BadRequestException
 */
export function stagePatched(stage: Stage, operations: readonly PatchOperation[]): Stage {
  return operations.reduce(
    (so, operation) =>
      promoted(so, operation) ?? settingsPatched(so, operation) ?? patched(so, [operation], PATCHABLE, refusal),
    stage,
  );
}

const refusal = ({ op, path }: { op: string; path: string }, { ops }: { ops: string[] }) => {
  if (ops.length > 0) return badRequest(`Invalid ${op} operation with path: ${path}`);
  if (op === 'remove')
    return badRequest(
      `Cannot remove method setting ${path.slice(1)} because there is no method setting for this method `,
    );
  return badRequest(`Invalid method setting path: ${path}. Must be one of: [${LISTED}]`);
};

/** A canary is promoted by copying what it has to the stage. */
function promoted(stage: Stage, { op, path = '', from = '' }: PatchOperation): Stage | undefined {
  if (op !== 'copy') return undefined;
  const { canarySettings: canary } = stage;
  const [isVariables, isDeployment] = [path === '/variables', path === '/deploymentId'];
  const sources = ['/canarySettings/deploymentId', '/canarySettings/stageVariableOverrides'];
  if ((!isVariables && !isDeployment) || from !== sources[isDeployment ? 0 : 1])
    throw badRequest(
      `Invalid copy operation with path: ${path} and from ${from}. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [${sources.join(', ')}]`,
    );
  if (canary === undefined) throw badRequest('Promotion not available. Canary does not exist.');
  if (isDeployment) return { ...stage, deploymentId: canary.deploymentId ?? stage.deploymentId ?? '' };
  return { ...stage, variables: { ...stage.variables, ...canary.stageVariableOverrides } };
}

/**
 * `/~1pets/GET/throttling/rateLimit`, also with the path's slashes as they are: undefined for a path that is no method's setting. Settings are
 * kept and told under what was written before the setting. Source: AWS CLI, examples of `update-stage` and `get-stage`; terraform-provider-aws #9738.
 */
function settingsPatched(stage: Stage, { op, path = '', value }: PatchOperation): Stage | undefined {
  const names = path.split('/').slice(1);
  const methodSettings = { ...stage.methodSettings };
  const whole = names.join('/');
  if (op === 'remove' && Object.hasOwn(methodSettings, whole)) {
    delete methodSettings[whole];
    return { ...stage, methodSettings };
  }
  const setting = SETTINGS[names.slice(-2).join('/')];
  const isMethods = names.length >= 4 && METHOD.test(names.at(-3) ?? '');
  if (setting === undefined || !isMethods || op === 'remove') return undefined;
  const key = names.slice(0, -2).join('/');
  methodSettings[key] = {
    ...SETTINGS_DEFAULT,
    ...methodSettings[key],
    [setting[0]]: readSetting(setting, value, path),
  };
  return { ...stage, methodSettings };
}

function readSetting([name, kind]: readonly [keyof MethodSetting, Kind], value: string | undefined, path: string) {
  const read = readValue(kind, value, path);
  if (name === 'loggingLevel' && !['OFF', 'ERROR', 'INFO'].includes(String(read)))
    throw badRequest('Logging level must be one of: OFF, ERROR, INFO');
  const isFit =
    name === 'cacheTtlInSeconds'
      ? Number.isInteger(read) && Number(read) >= 0 && Number(read) <= CACHE_TTL_MAX
      : name === 'throttlingBurstLimit'
        ? Number.isInteger(read) && Number(read) >= -1
        : name === 'throttlingRateLimit'
          ? Number(read) >= -1
          : name !== 'unauthorizedCacheControlHeaderStrategy' || STRATEGIES.includes(String(read));
  // Source of the text: badmintoncryer/cdk-preflight.
  if (name === 'cacheTtlInSeconds' && Number(read) > CACHE_TTL_MAX)
    throw badRequest(`Invalid time-to-live setting, must be an integer no greater than ${CACHE_TTL_MAX}`);
  if (!isFit) throw badPatchValue(path);
  return read;
}
