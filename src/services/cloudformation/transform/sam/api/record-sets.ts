/** Records of Route 53 for domains of APIs: one group for each hosted zone, or one for each domain. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { expectBoolean, expectMap, ofResource } from '../expect.ts';
import { resourceFault } from '../faults.ts';
import { hashOf, type Made, made } from '../made.ts';
import type { Declared, Setting } from '../setting.ts';
import { isGiven, listOf, type Maybe } from '../values.ts';

/** @param target where the name leads to */
export function recordSetsOf(
  { id, passed }: Declared,
  domain: JsonObject,
  setting: Setting,
  target: (route53: JsonObject) => JsonObject,
): Made | undefined {
  if (domain.Route53 === undefined || domain.Route53 === null) return undefined;
  const route53 = expectMap(domain.Route53, ofResource(id, 'Domain.Route53'));
  const { HostedZoneId, HostedZoneName, SeparateRecordSetGroup } = route53;
  const isSet = (value: Maybe) => value !== undefined && value !== null;
  if (!isSet(HostedZoneId) && !isSet(HostedZoneName))
    throw resourceFault(id, 'HostedZoneId or HostedZoneName is required to enable Route53 support on Custom Domains.');
  const zone: Json = isGiven(HostedZoneId) ? HostedZoneId : (HostedZoneName ?? null);
  const records = recordsOf(domain, route53, target(route53));
  const make = (logical: string) =>
    made(
      logical,
      'AWS::Route53::RecordSetGroup',
      { HostedZoneId, HostedZoneName, RecordSets: [] },
      { attributes: passed },
    );
  if (isGiven(SeparateRecordSetGroup)) {
    expectBoolean(SeparateRecordSetGroup, ofResource(id, 'Domain.Route53.SeparateRecordSetGroup'));
    const group = make(`RecordSetGroup${hashOf([zone, domain.DomainName ?? null])}`);
    group.properties.RecordSets = records;
    return group;
  }
  const logical = `RecordSetGroup${hashOf(zone)}`;
  const group = setting.recordSets.get(logical) ?? make(logical);
  setting.recordSets.set(logical, group);
  group.properties.RecordSets = [...listOf(group.properties.RecordSets), ...records];
  return group;
}

function recordsOf({ DomainName = null }: JsonObject, route53: JsonObject, AliasTarget: JsonObject): JsonObject[] {
  const { Region, SetIdentifier, EvaluateTargetHealth, IpV6 } = route53;
  const isSet = (value: Maybe) => value !== undefined && value !== null;
  const record = (Type: string): JsonObject => ({
    Name: DomainName,
    Type,
    AliasTarget: {
      ...(isSet(EvaluateTargetHealth) && { EvaluateTargetHealth: EvaluateTargetHealth ?? null }),
      ...AliasTarget,
    },
    ...(isSet(Region) && { Region: Region ?? null }),
    ...(isSet(SetIdentifier) && { SetIdentifier: SetIdentifier ?? null }),
  });
  return IpV6 === true ? [record('A'), record('AAAA')] : [record('A')];
}
