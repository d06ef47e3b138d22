/** Paths of custom domain names, and which APIs they may lead to. Source: API Gateway Developer Guide, "Map API stages to a custom domain name", "Choose a security policy for your custom domain". */
import type { Ctx } from '#kernel/contract';
import type { Reads } from '#kernel/store';
import type { DomainName } from '#models/api-gateway';
import { badRequest, conflict } from '../errors.ts';
import { apis, type MappingRow, mappings } from '../state.ts';

/** Stands for the empty path. */
export const NO_PATH = '(none)';
const PATH = /^[\w$.+!*'(),-]+(\/[\w$.+!*'(),-]+)*$/;

/** Whether a path can be one. */
export const isMappingPath = (path: string) => path === NO_PATH || PATH.test(path);

/** All of a domain; they are few. */
export function mappingsOf({ store }: { store: Reads }, owner: string): MappingRow[] {
  return store.list(mappings, { where: { owner } });
}

const isEnhanced = ({ securityPolicy = '' }: { securityPolicy?: string }) =>
  securityPolicy.startsWith('SecurityPolicy_');

const policyOf = ({ store }: Ctx, id: string) => store.get(apis, { owner: '', id })?.value ?? {};

/**
 * Keeps a mapping, in place of one that it was before. In a transaction.
 *
 * Deviation: AWS's texts for APIs that a domain name can't lead to are not known.
 *
 * @throws {ServiceError} where the path is taken, or can't lead there
 */
export function keepMapping(domain: DomainName, row: MappingRow, before: MappingRow | undefined, ctx: Ctx): void {
  const { owner, id } = row;
  if (id !== before?.id && ctx.store.get(mappings, { owner, id }) !== undefined)
    throw conflict('Base path already exists for this domain name');
  const isRegional = domain.endpointConfiguration?.types?.includes('REGIONAL') === true;
  const isRest = ctx.store.get(apis, { owner: '', id: row.api }) !== undefined;
  if (!isRest && !isRegional) throw badRequest('Only REST APIs can be mapped to edge-optimized domain names.');
  if (id.includes('/') && (!isRegional || domain.securityPolicy === 'TLS_1_0'))
    throw badRequest('API mappings with several levels need a regional domain name with the security policy TLS_1_2.');
  if (before !== undefined) ctx.store.delete(mappings, before);
  ctx.store.put(mappings, row);
  checkHttpMappings(domain, ctx);
}

/** Deviation: as above. @throws {ServiceError} where HTTP APIs are mapped to what has an enhanced security policy */
export function checkHttpMappings(domain: DomainName, ctx: Ctx): void {
  const all = mappingsOf(ctx, domain.domainName ?? '');
  const isRest = ({ api }: MappingRow) => ctx.store.get(apis, { owner: '', id: api }) !== undefined;
  if (all.every(isRest)) return;
  if (isEnhanced(domain))
    throw badRequest(`HTTP APIs can't be mapped to a domain name with the security policy ${domain.securityPolicy}.`);
  if (all.some(({ id, api }) => id.includes('/') && isEnhanced(policyOf(ctx, api))))
    throw badRequest(
      'HTTP APIs can’t be mapped to a domain name of which several levels lead to a REST API with an enhanced security policy.',
    );
}

/** Whether some domain name leads to an API. */
export function isMapped({ store }: { store: Reads }, api: string): boolean {
  return store.list(mappings, { index: 'byApi', where: { api }, limit: 1 }).length > 0;
}

/**
 * A stage that a domain name leads to is not deleted.
 * Source: API Gateway's answer to DeleteStage as users show it: terraform-provider-aws, issue 41651, and of HTTP APIs, with the names.
 *
 * @throws {ServiceError} BadRequestException
 */
export function checkUnmapped({ store }: { store: Reads }, api: string, stage: string): void {
  const leading = store.list(mappings, { index: 'byApi', where: { api } }).filter((row) => row.stage === stage);
  const domains = [...new Set(leading.map(({ owner }) => owner))];
  if (domains.length > 0)
    throw badRequest(
      `Deleting stage ${stage} failed. Please remove all base path mappings related to the stage in your domains: ${domains.join(', ')}`,
    );
}
