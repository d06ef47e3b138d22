/** The endpoints of a custom domain name: one, or two while it goes from one to the other. */
import { type Ctx, notBuilt } from '#kernel/contract';
import type { DomainName, EndpointType } from '#models/api-gateway';
import { badRequest } from '../errors.ts';
import { compact, newId } from './noun.ts';

type Kind = Exclude<EndpointType, 'PRIVATE'>;

/** What a domain name has for each of its endpoints. */
const OWN = {
  EDGE: ['certificateArn', 'certificateName', 'distributionDomainName', 'distributionHostedZoneId'],
  REGIONAL: ['regionalCertificateArn', 'regionalCertificateName', 'regionalDomainName', 'regionalHostedZoneId'],
} as const;

/** The names under which an endpoint is reached. */
export function namesOf(kind: Kind, ctx: Ctx): Partial<DomainName> {
  if (kind === 'EDGE')
    return { distributionDomainName: `d${newId(ctx, 13)}.cloudfront.net`, distributionHostedZoneId: 'Z2FDTNDATAQYW2' };
  const regionalDomainName = `d-${newId(ctx)}.execute-api.${ctx.region}.amazonaws.com`;
  return { regionalDomainName, regionalHostedZoneId: 'Z1UJRXOUMOOFQ8' };
}

/**
 * A changed domain name with the names of the endpoint that it has got, without what was of the one that it has lost.
 *
 * @throws {ServiceError} for an endpoint without a certificate, and where one would be lost and another got at once
 * @see API Gateway Developer Guide, "Migrate a custom domain name to a different API endpoint type"
 */
export function changeEndpoints(before: DomainName, changed: DomainName, ctx: Ctx): DomainName {
  const [old, now] = [kindsOf(before), kindsOf(changed)];
  const gone = old.filter((kind) => !now.includes(kind));
  const [come] = now.filter((kind) => !old.includes(kind));
  // Source: aws/aws-cdk, issue 12845.
  if (gone.length > 0 && come !== undefined)
    throw badRequest(
      `Can only perform one update operation at a time. Request would delete ${gone[0]?.toLowerCase()} endpoint, create ${come.toLowerCase()} endpoint`,
    );
  const lost = new Set<string>(gone.flatMap((kind) => OWN[kind]));
  const value = Object.fromEntries(Object.entries(changed).filter(([name]) => !lost.has(name)));
  for (const kind of now)
    if (value[OWN[kind][0]] === undefined) throw badRequest('Invalid certificate ARN: a certificate must be given');
  return compact<DomainName>({ ...value, ...(come !== undefined && namesOf(come, ctx)) });
}

/** Deviation: AWS's text about a domain name without any endpoint is not known. */
function kindsOf({ endpointConfiguration }: DomainName): Kind[] {
  const types = endpointConfiguration?.types ?? ['EDGE'];
  if (types.includes('PRIVATE'))
    throw notBuilt('private domain names (endpointConfiguration.types): VPC endpoints are not here');
  const kinds = (['EDGE', 'REGIONAL'] as const).filter((kind) => types.includes(kind));
  if (kinds.length === 0 || kinds.length < types.length) throw badRequest('Invalid endpoint types');
  return kinds;
}
