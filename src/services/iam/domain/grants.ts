/** Which services a policy gives access to, whatever resources and conditions it names. */
import { type Policy, parsePolicy } from '#kernel/identity';
import { NAMESPACES } from './namespaces.ts';

type Statement = Policy['statements'][number];

/** Whether some statement of the policy allows an action of the service. */
export function grantsService(document: string, namespace: string): boolean {
  return parsePolicy(document, 'identity').allows.some((statement) => coversSome(statement, namespace));
}

/** The services that some of the policies give access to, in the order of their namespaces. */
export function grantedServices(documents: readonly string[]): string[] {
  const statements = documents.flatMap((text) => [...parsePolicy(text, 'identity').allows]);
  return Object.keys(NAMESPACES).filter((namespace) => statements.some((one) => coversSome(one, namespace)));
}

function coversSome({ actions, notAction }: Statement, namespace: string): boolean {
  const sources = actions.map(({ source }) => source);
  // Of what NotAction leaves, something is of the service unless it names all of it.
  if (notAction) return !sources.some((action) => action === '*' || (isOf(action, namespace) && action.endsWith(':*')));
  return sources.some((action) => isOf(action, namespace));
}

function isOf(action: string, namespace: string): boolean {
  const colon = action.indexOf(':');
  return action === '*' || action.slice(0, Math.max(colon, 0)).toLowerCase() === namespace;
}
