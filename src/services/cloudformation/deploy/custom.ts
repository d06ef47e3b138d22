/** Custom resources: somebody else makes them, is asked by a message, and answers at an address of this cloud. */
import type { Ctx, Properties } from '#kernel/contract';
import { notMade } from '../errors.ts';
import { CUSTOM_TIMEOUT_SECONDS, CUSTOM_TIMEOUT_SECONDS_MAX } from '../limits.ts';
import { type Answer, type RequestRow, requests } from '../state.ts';
import type { OwnScope, OwnType } from './step-scope.ts';

const SECOND = 1_000;

/** Numbers and booleans reach a custom resource as texts. Source: CloudFormation User Guide, "Custom resource request objects". */
function texts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(texts);
  if (value === null || typeof value !== 'object') return value === null ? null : String(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, texts(member)]));
}

/** How many seconds it may take to answer. Source: badmintoncryer/cdk-preflight. @throws {ServiceError} ValidationError */
function timeoutOf({ ServiceTimeout: given = CUSTOM_TIMEOUT_SECONDS }: Properties): number {
  const seconds = typeof given === 'object' ? Number.NaN : Number(given);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > CUSTOM_TIMEOUT_SECONDS_MAX)
    throw notMade(`ServiceTimeout must be an integer between 1 and ${CUSTOM_TIMEOUT_SECONDS_MAX} seconds`);
  return seconds;
}

/** The address that takes an answer. */
export function responseUrl(token: string, ctx: Ctx): string {
  // A function's process may know another localhost.
  return `${ctx.localEndpoint}/_aws/cloudformation-response/${token}`;
}

type Answered = Answer & { requestId: string };

/** Asks, once, and takes the answer when it is there. */
async function ask(
  kind: 'Create' | 'Update' | 'Delete',
  properties: Properties,
  more: { PhysicalResourceId?: string; OldResourceProperties?: unknown },
  scope: OwnScope,
): Promise<Answered> {
  const { ctx, row, stackId, logicalId } = scope;
  const step = `${kind} ${row.step?.suffix} ${row.step?.of ?? ''}`;
  const known = ctx.store.get(requests, { stackId, logicalId });
  const request = known?.step === step ? known : begun(step, properties, known, scope);
  if (request.answer !== undefined) return { ...request.answer, requestId: request.id };
  if (!request.sent) {
    await send(kind, request, properties, more, scope);
    // It may have answered already.
    ctx.transact((store) => store.put(requests, { ...(store.get(requests, request) ?? request), sent: true }));
    const { answer } = ctx.store.get(requests, request) ?? request;
    if (answer !== undefined) return { ...answer, requestId: request.id };
  }
  if (ctx.clock() >= request.deadline)
    throw notMade(
      `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${request.id}]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.`,
    );
  return scope.later(request.deadline - ctx.clock());
}

function begun(step: string, properties: Properties, old: RequestRow | undefined, scope: OwnScope): RequestRow {
  const { ctx, stackId, logicalId } = scope;
  const token = ctx.uuid();
  const request: RequestRow = {
    stackId,
    logicalId,
    token,
    id: ctx.uuid(),
    step,
    sent: false,
    deadline: ctx.clock() + timeoutOf(properties) * SECOND,
  };
  ctx.transact((store) => {
    if (old !== undefined) ctx.release('cloudformation-response', old.token);
    ctx.claim('cloudformation-response', token, JSON.stringify({ stackId, logicalId }));
    store.put(requests, request);
  });
  return request;
}

async function send(
  RequestType: string,
  { id, token }: RequestRow,
  properties: Properties,
  more: object,
  scope: OwnScope,
): Promise<void> {
  const { aws, ctx, row, stackId, logicalId } = scope;
  const { ServiceToken } = properties;
  if (typeof ServiceToken !== 'string') throw notMade('Invalid service token: it must be a text');
  const message = JSON.stringify({
    RequestType,
    ServiceToken,
    ResponseURL: responseUrl(token, ctx),
    StackId: stackId,
    RequestId: id,
    LogicalResourceId: logicalId,
    ResourceType: row.type,
    ...more,
    ResourceProperties: texts(properties),
  });
  const [, , service, region = ''] = ServiceToken.split(':');
  // Source: badmintoncryer/cdk-preflight.
  if (service === 'lambda' && region !== scope.region)
    throw notMade(
      `Functions from '${region}' are not reachable in this region ('${scope.region}') (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ${ctx.uuid()}; Proxy: null)`,
    );
  if (service === 'lambda')
    await aws.lambda.Invoke({ FunctionName: ServiceToken, InvocationType: 'Event', Payload: Buffer.from(message) });
  else if (service === 'sns')
    await aws.sns.Publish({
      TopicArn: ServiceToken,
      Subject: 'AWS CloudFormation custom resource request',
      Message: message,
    });
  else throw notMade('Invalid service token');
}

/** The request is over: its address is given back. */
function taken({ ctx, stackId, logicalId }: OwnScope): void {
  ctx.transact((store) => {
    const row = store.get(requests, { stackId, logicalId });
    if (row === undefined) return;
    ctx.release('cloudformation-response', row.token);
    store.delete(requests, row);
  });
}

/** Source: aws-samples/amazon-connect-contact-surveys, issue 4; awslabs/aws-video-transcriber, issue 32. */
function failed({ fault, reason, requestId }: Answered) {
  const said = `Message returned: ${reason} (RequestId: ${requestId})`;
  return notMade(fault ?? `Received response status [FAILED] from custom resource. ${said}`);
}

function made({ physicalId, data }: Answer) {
  return { id: physicalId, attributes: data };
}

export const custom: OwnType = {
  // Source: CloudFormation User Guide, "Get values stored in other services using dynamic references": secure values aren't supported in custom resources.
  getsNoSecrets: true,
  async create(properties, scope) {
    const answer = await ask('Create', properties, {}, scope);
    taken(scope);
    if (answer.isSuccess) return made(answer);
    // It is told to remove what it may have made.
    scope.ctx.transact(() => scope.note(answer.physicalId));
    throw failed(answer);
  },
  async update(id, properties, before, scope) {
    const old = { PhysicalResourceId: id, OldResourceProperties: texts(before) };
    const answer = await ask('Update', properties, old, scope);
    taken(scope);
    if (answer.isSuccess) return made(answer);
    throw failed(answer);
  },
  async delete(id, properties, scope) {
    const answer = await ask('Delete', properties, { PhysicalResourceId: id }, scope);
    taken(scope);
    if (!answer.isSuccess) throw failed(answer);
  },
  replaces: (properties, before) => properties.ServiceToken !== before.ServiceToken,
};
