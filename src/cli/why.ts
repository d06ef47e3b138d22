/** `cloudyard why`: the full reasoning of the decisions about a request, for a person to read. */
import type { CallRecord } from '#kernel/events';
import type { ConditionExplanation, Explanation, LayerExplanation, StatementExplanation } from '#kernel/identity';
import { ask, CONNECTION, type Endpoint, findEndpoint } from './admin-client.ts';
import { CommandError, command, EXIT, print, UsageError } from './usage.ts';

type Reasoning = { requestId: string; call: CallRecord | null; decisions: Explanation[] };

const LAYERS: { readonly [layer in LayerExplanation['layer']]: string } = {
  rcp: 'Resource control policies',
  scp: 'Service control policies',
  resource: 'The resource’s own policy',
  identity: 'The caller’s policies',
  boundary: 'The permissions boundary',
  session: 'The session’s policies',
};
const OUTCOMES = { allow: 'allow', deny: 'deny', none: 'say nothing' } as const;

export const why = command(
  {
    name: 'why',
    summary: 'Explain why a request was allowed or denied',
    operands: '[<request id>]',
    flags: CONNECTION,
    notes: 'Without an id: the last call that failed. The last 1,000 decisions are kept while the cloud runs.',
  },
  async ({ values, operands }) => {
    if (operands.length > 1) throw new UsageError(`why takes one request id, not '${operands[1]}' too`);
    const endpoint = findEndpoint(values);
    const id = operands[0] ?? (await lastFailure(endpoint));
    const reasoning = await ask<Reasoning>(endpoint, 'GET', `why/${encodeURIComponent(id)}`);
    print(values, reasoning, showReasoning(reasoning));
    return EXIT.done;
  },
);

async function lastFailure(endpoint: Endpoint): Promise<string> {
  const { events } = await ask<{ events: CallRecord[] }>(endpoint, 'GET', 'events?errors=true&limit=1');
  const [last] = events;
  if (last === undefined)
    throw new CommandError(
      'No call has failed. Name a request: cloudyard why <request id>.',
      'not-found',
      EXIT.missing,
    );
  return last.requestId;
}

/** Everything that bore on a request, statement by statement. */
function showReasoning({ requestId, call, decisions }: Reasoning): string {
  const lines = [`Request ${requestId}`];
  if (call !== null) {
    lines.push(
      `  ${call.service} ${call.operation} in ${call.account}/${call.region} by ${call.principal || 'anonymous'}`,
    );
    lines.push(`  ${call.error === undefined ? 'succeeded' : `failed: ${call.error}: ${call.message ?? ''}`}`);
  }
  if (decisions.length === 0)
    lines.push('', 'No policy was asked: the caller is the root of the account, or the request failed before that.');
  for (const decision of decisions) lines.push('', ...showDecision(decision, call?.message));
  return lines.join('\n');
}

function showDecision(
  { principal, action, resource, decision, layers, message }: Explanation,
  said: string | undefined,
): string[] {
  const lines = [
    `${decision.allowed ? 'ALLOWED' : 'DENIED'}  ${action}`,
    `  on  ${resource}`,
    `  by  ${principal}`,
    ...(message === undefined || message === said ? [] : [`  ${message}`]),
  ];
  if (layers.length === 0) lines.push('', '  No policy of any kind applies to this caller.');
  for (const layer of layers) lines.push('', ...showLayer(layer));
  return lines;
}

function showLayer({ layer, consulted, outcome, policies }: LayerExplanation): string[] {
  const said = !consulted
    ? 'are not asked for this caller'
    : policies.length === 0
      ? 'there are none'
      : OUTCOMES[outcome];
  return [
    `  ${LAYERS[layer]}: ${said}`,
    ...policies.flatMap(({ policy, level, statements }) => [
      `    ${policy}${level === undefined ? '' : ` (level ${level})`}`,
      ...statements.flatMap(showStatement),
    ]),
  ];
}

function showStatement(one: StatementExplanation): string[] {
  const { statement, effect, applies, action, resource, principal, conditions } = one;
  const name = typeof statement === 'number' ? `statement ${statement}` : `'${statement}'`;
  return [
    `      ${applies ? '●' : '○'} ${name}: ${effect}, ${applies ? 'applies' : 'does not apply'}`,
    part(action.matched, action.element, action.listed),
    ...(resource === undefined ? [] : [part(resource.matched, resource.element, resource.listed)]),
    ...(principal === undefined ? [] : [part(principal.named !== 'no', principal.element, principal.listed)]),
    ...conditions.map(showCondition),
  ];
}

function part(matched: boolean, element: string, listed: readonly (string | null)[]): string {
  return `          ${mark(matched)} ${element}  ${listed.map(shown).join(', ')}`;
}

function showCondition({ operator, key, wanted, seen, matched }: ConditionExplanation): string {
  const saw = seen === null ? 'the request has none' : `the request has ${[seen].flat().map(shown).join(', ')}`;
  return `          ${mark(matched)} ${operator}  ${key}: wants ${wanted.map(shown).join(' or ')}; ${saw}`;
}

function mark(matched: boolean): string {
  return matched ? '✓' : '✗';
}

function shown(value: string | null): string {
  return value ?? '(a variable without a value)';
}
