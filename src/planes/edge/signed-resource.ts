/** Which addresses a signed policy is for. Source: CloudFront Developer Guide, "Create a signed URL using a custom policy", Resource: Wildcard characters. */
import { isLike } from '#kernel/base';

/** An address in its sections, which wildcards do not cross. */
export type Address = { protocol: string; domain: string; path: string; query: string };

/** `*` is any characters and `?` is one, each within its section: `[protocol]://[domain]/[path]\?[query string]`. */
export function isMeant(resource: string, address: Address): boolean {
  return formsOf(resource).some((form) =>
    (['protocol', 'domain', 'path', 'query'] as const).every((section) => isLike(form[section], address[section])),
  );
}

/** What a resource may say: a bare `?` may also begin the query, as it is written where nobody has thought of wildcards. */
function formsOf(resource: string): Address[] {
  const [, protocol = '*', rest = ''] = /^(?:([^/?]*):\/\/)?(.*)$/s.exec(resource) ?? [];
  const mark = rest.indexOf('\\?');
  if (mark !== -1) return [formOf(protocol, rest.slice(0, mark), rest.slice(mark + 2))];
  const bare = rest.indexOf('?', Math.max(0, rest.indexOf('/')));
  const plain = formOf(protocol, rest);
  return bare === -1 ? [plain] : [plain, formOf(protocol, rest.slice(0, bare), rest.slice(bare + 1))];
}

/** An asterisk that ends a section stands for what comes after it, too. */
function formOf(protocol: string, place: string, query?: string): Address {
  const slash = place.indexOf('/');
  const domain = slash === -1 ? place : place.slice(0, slash);
  const path = slash === -1 ? (domain.endsWith('*') ? '/*' : '/') : place.slice(slash);
  return { protocol, domain, path, query: query ?? (path.endsWith('*') ? '*' : '') };
}
