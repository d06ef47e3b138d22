/** What Lambda keeps: functions, each with its versions; their code; the policies of each qualifier; credentials; events that wait. */
import type { Millis } from '#kernel/base';
import { type BlobRef, table } from '#kernel/store';

export type FunctionRow = {
  name: string;
  /** Without a qualifier. */
  arn: string;
  tags: { [key: string]: string };
  /** The version that was published last. */
  published: number;
  reserved?: number;
  /** The function may call itself by way of other services, without end. */
  mayLoop?: true;
  /** ARN of its code signing configuration. */
  signing?: string;
  /** Sum of its archives, in bytes. */
  codeSize: number;
};

export const LATEST = '$LATEST';

/** What a version runs; `$LATEST` is the one that changes. */
export type VersionRow = {
  name: string;
  /** `$LATEST`, or a number. */
  version: string;
  /** Orders versions: 0 is `$LATEST`. */
  number: number;
  role: string;
  runtime: string;
  handler: string;
  description: string;
  /** Seconds. */
  timeout: number;
  /** MB. */
  memory: number;
  /** Of /tmp, MB. */
  storage: number;
  environment?: { [name: string]: string };
  /** The variables under `kmsKeyArn`, in place of `environment`; base64. */
  sealed?: string;
  kmsKeyArn?: string;
  deadLetterArn?: string;
  tracing: 'Active' | 'PassThrough';
  architectures: string[];
  /** ARNs of layer versions. */
  layers: string[];
  logging: { LogFormat: 'JSON' | 'Text'; LogGroup: string; ApplicationLogLevel?: string; SystemLogLevel?: string };
  /** It runs as durable executions: they may take so many seconds, and are kept so many days when they are over. */
  durable?: { timeout: number; retention: number; kmsKeyArn?: string };
  /** Versions are started once when they are published. */
  snapStart?: true;
  /** Of such a version, unless it is active. */
  state?: 'Pending' | 'Failed';
  /** Calls name a tenant, and environments serve one. */
  tenancy?: 'PER_TENANT';
  code: BlobRef;
  codeSha256: string;
  codeSize: number;
  /** Bytes of its files. */
  unpacked?: number;
  runtimeUpdates?: { on: 'Auto' | 'Manual' | 'FunctionUpdate'; arn?: string };
  /** A folder of this machine whose files are run as they are, instead of the archive. */
  folder?: string;
  /** Under which the archive is to be encrypted. */
  sourceKmsKeyArn?: string;
  revisionId: string;
  /** Of what runs: another one is for environments of their own. Where there is none, the revision. */
  build?: string;
  modifiedAt: Millis;
};

/** Whether a version's environments stand as snapshots: those of what is published do, where that is asked. */
export function isSnapshot({ snapStart, number }: VersionRow): boolean {
  return snapStart === true && number > 0;
}

/** A name for a version, or for two of which calls take one by chance. */
export type AliasRow = {
  name: string;
  alias: string;
  version: string;
  description: string;
  /** The other version, and the share of calls it gets: above 0, at most 1. */
  routing?: { version: string; weight: number };
  revisionId: string;
};

/** Of a version or alias: environments that are kept started. */
export type ProvisionedRow = {
  name: string;
  qualifier: string;
  count: number;
  modifiedAt: Millis;
  /** How it ended that they were started; undefined while they are. */
  ended?: 'READY' | 'FAILED';
  /** Why there are not as many as were asked for. */
  reason?: string;
};

/** How events are dealt with that a function, a version or an alias gets asynchronously; the qualifier of the function itself is `$LATEST`. */
export type EventConfigRow = {
  name: string;
  qualifier: string;
  retries?: number;
  /** Seconds. */
  ageMax?: number;
  /** ARNs. */
  onSuccess?: string;
  onFailure?: string;
  modifiedAt: Millis;
};

export type Statement = { Sid: string; [member: string]: unknown };

/** Who may do what with a function, a version or an alias; the qualifier of the function itself is empty. */
export type PolicyRow = { name: string; qualifier: string; statements: Statement[] };

/** An address of a function; the qualifier of the function itself is empty. */
export type UrlRow = {
  name: string;
  qualifier: string;
  id: string;
  authType: 'NONE' | 'AWS_IAM';
  invokeMode: 'BUFFERED' | 'RESPONSE_STREAM';
  cors?: {
    AllowCredentials?: boolean;
    AllowHeaders?: string[];
    AllowMethods?: string[];
    AllowOrigins?: string[];
    ExposeHeaders?: string[];
    MaxAge?: number;
  };
  createdAt: Millis;
  modifiedAt: Millis;
};

/** Credentials of a function's role, used until they are nearly old. */
/** A session of a function's role: the function's own, or, where it names none, of what Lambda does in the role's name. */
export type CredentialsRow = {
  role: string;
  function: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiresAt: Millis;
};

/** An event that was accepted and waits for its function. */
export type EventRow = {
  id: string;
  name: string;
  qualifier: string;
  arn: string;
  payload: BlobRef;
  acceptedAt: Millis;
  /** Failures of the function so far. */
  failures: number;
  throttles: number;
  trace: string;
  clientContext?: string;
  tenant?: string;
};

/** What the functions of an account and Region are together. */
export type TotalsRow = { id: 'all'; functions: number; codeSize: number; reserved: number };

export const functions = table<FunctionRow>()('lambda.functions', {
  scope: 'region',
  key: ['name'],
  indexes: { byReserved: ['reserved', 'name'], bySigning: ['signing', 'name'] },
});
/** The numbers that versions of functions have had which are gone. */
export const goneNumbers = table<{ name: string; published: number }>()('lambda.gone-numbers', {
  scope: 'region',
  key: ['name'],
});
export const totals = table<TotalsRow>()('lambda.totals', { scope: 'region', key: ['id'] });
export const versions = table<VersionRow>()('lambda.versions', {
  scope: 'region',
  key: ['name', 'number'],
});
export const aliases = table<AliasRow>()('lambda.aliases', { scope: 'region', key: ['name', 'alias'] });
export const provisioned = table<ProvisionedRow>()('lambda.provisioned', {
  scope: 'region',
  key: ['name', 'qualifier'],
});
export const eventConfigs = table<EventConfigRow>()('lambda.event-configs', {
  scope: 'region',
  key: ['name', 'qualifier'],
});
export const policies = table<PolicyRow>()('lambda.policies', { scope: 'region', key: ['name', 'qualifier'] });
export const urls = table<UrlRow>()('lambda.urls', { scope: 'region', key: ['name', 'qualifier'] });
export const credentials = table<CredentialsRow>()('lambda.role-credentials', {
  scope: 'region',
  key: ['role', 'function'],
});
export const events = table<EventRow>()('lambda.events', { scope: 'region', key: ['id'] });
