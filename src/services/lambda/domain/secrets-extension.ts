/**
 * AWS's extension for parameters and secrets, by the layer of AWS's that brings it: a server that only its function sees, which keeps what it was asked for.
 * Source: Lambda Developer Guide, "Use Secrets Manager secrets in Lambda functions"; Systems Manager User Guide, "Using Parameter Store
 * parameters in AWS Lambda functions"; answers as its users report them.
 *
 * Deviation: it answers from within the cloud, while the function starts, too (on AWS it is "not ready to serve traffic" then), at a port of
 * this machine, which all functions share; the environments of a function share what it keeps.
 */
import { type Millis, SECOND } from '#kernel/base';
import { type Aws, type Ctx, type FunctionLocal, type LocalReply, ServiceError } from '#kernel/contract';
import type { CredentialsRow, VersionRow } from '../state.ts';

const LAYER = /:layer:AWS-Parameters-and-Secrets-Lambda-Extension(-Arm64)?:\d+$/;
const TOKEN = 'x-aws-parameters-secrets-token';
const PORT_DEFAULT = 2773;
/** Seconds; as long as it may be. */
const TTL_MAX = 300;
const CACHE_DEFAULT = 1_000;

/** Whether a layer's ARN names the extension, in whichever Region's account AWS keeps it. */
export function isSecretsExtension(arn: string): boolean {
  return LAYER.test(arn);
}

/** The extension, for a version that has its layer and a role's credentials; it asks by these. */
export function secretsExtension(
  { layers, environment = {} }: VersionRow,
  { accessKeyId, sessionToken }: CredentialsRow,
  ctx: Ctx,
): FunctionLocal | undefined {
  if (!layers.some(isSecretsExtension)) return undefined;
  const cache = new Cache(environment, ctx);
  return {
    port: within(environment.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT, 65_535, PORT_DEFAULT),
    isAskedBy: (headers) => headers[TOKEN] === sessionToken,
    async answer({ method, path, headers }) {
      const { pathname, searchParams } = new URL(path, 'http://localhost');
      const place = PLACES[pathname.replace(/\/$/, '')];
      if (place === undefined) return { status: 404, body: '404 page not found' };
      if (method !== 'GET') return { status: 405, body: 'method not allowed' };
      if (headers[TOKEN] !== sessionToken) return { status: 401, body: 'unauthorized' };
      const asked = Object.fromEntries(searchParams);
      const aws = ctx.actWith(accessKeyId)?.aws();
      if (aws === undefined) return FAILED;
      return cache.through(`${pathname}?${searchParams}`, within(environment[place.ttl], TTL_MAX, TTL_MAX), () =>
        place.ask(asked, aws),
      );
    },
  };
}

type Place = { ttl: string; ask: (asked: { [name: string]: string }, aws: Aws) => Promise<object> };

/** Whatever went wrong, so much is said of it. */
const FAILED: LocalReply = { status: 400, body: 'an unexpected error occurred while executing request' };

const PLACES: { readonly [path: string]: Place } = {
  '/secretsmanager/get': {
    ttl: 'SECRETS_MANAGER_TTL',
    async ask({ secretId = '', versionId, versionStage }, aws) {
      const found = await aws['secrets-manager'].GetSecretValue({
        SecretId: secretId,
        ...(versionId !== undefined && { VersionId: versionId }),
        ...(versionStage !== undefined && { VersionStage: versionStage }),
      });
      const { ARN, CreatedDate, Name, SecretBinary, SecretString, VersionId, VersionStages } = found;
      return {
        ARN,
        CreatedDate: instant(CreatedDate),
        Name,
        SecretBinary: SecretBinary === undefined ? null : Buffer.from(SecretBinary).toString('base64'),
        SecretString: SecretString ?? null,
        VersionId,
        VersionStages,
      };
    },
  },
  '/systemsmanager/parameters/get': {
    ttl: 'SSM_PARAMETER_STORE_TTL',
    async ask({ name = '', version, label, withDecryption }, aws) {
      const selector = version ?? label;
      const { Parameter = {} } = await aws.ssm.GetParameter({
        Name: selector === undefined ? name : `${name}:${selector}`,
        WithDecryption: withDecryption === 'true',
      });
      const { LastModifiedDate, Selector = null, SourceResult = null, ...others } = Parameter;
      return { Parameter: { ...others, LastModifiedDate: instant(LastModifiedDate), Selector, SourceResult } };
    },
  },
};

/** What was asked for lately. */
class Cache {
  readonly #ctx: Ctx;
  readonly #max: number;
  #kept = new Map<string, { body: string; until: Millis }>();

  constructor(environment: { [name: string]: string }, ctx: Ctx) {
    this.#ctx = ctx;
    const isEnabled = (environment.PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED ?? 'true').toLowerCase() !== 'false';
    this.#max = isEnabled ? within(environment.PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE, 1_000, CACHE_DEFAULT) : 0;
  }

  /** @param ttl seconds */
  async through(key: string, ttl: number, ask: () => Promise<object>): Promise<LocalReply> {
    const known = this.#kept.get(key);
    if (known !== undefined && known.until > this.#ctx.clock()) return { status: 200, body: known.body };
    try {
      const body = JSON.stringify({ ...(await ask()), ResultMetadata: {} });
      this.#kept.delete(key);
      if (this.#kept.size >= this.#max) this.#kept.delete([...this.#kept.keys()][0] ?? '');
      if (this.#max > 0) this.#kept.set(key, { body, until: this.#ctx.clock() + ttl * SECOND });
      return { status: 200, body };
    } catch (error) {
      if (error instanceof ServiceError) return FAILED;
      throw error;
    }
  }
}

function within(given: string | undefined, max: number, usual: number): number {
  return /^\d{1,5}$/.test(given ?? '') && Number(given) <= max ? Number(given) : usual;
}

function instant(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
