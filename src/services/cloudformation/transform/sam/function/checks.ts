/** Properties of functions that do not go together. */
import type { JsonObject } from '../../../domain/parse.ts';
import { expectText, ofResource } from '../expect.ts';
import { resourceFault } from '../faults.ts';
import { told } from '../python.ts';
import type { Declared } from '../setting.ts';
import { isGiven, mapOf } from '../values.ts';

/** @throws {SamFault} */
export function checkTogether({ id, given }: Declared): void {
  const isSet = (name: string) => given[name] !== undefined && given[name] !== null;
  const why = [
    ...['ProvisionedConcurrencyConfig', 'VpcConfig']
      .filter((name) => isSet('CapacityProviderConfig') && isSet(name))
      .map((name) => `Cannot specify 'CapacityProviderConfig' and '${name}' together.`),
    ...[
      ['FunctionScalingConfig', 'CapacityProviderConfig'],
      ['VersionDeletionPolicy', 'AutoPublishAlias'],
    ]
      .filter(([name = '', needed = '']) => isSet(name) && !isSet(needed))
      .map(([name, needed]) => `'${name}' requires '${needed}'.`),
  ];
  if (why.length > 0) throw resourceFault(id, why.join('\n'));
  if (isGiven(given.DeadLetterQueue)) checkDeadLetters(id, mapOf(given.DeadLetterQueue));
  if (isGiven(given.TenancyConfig)) checkTenancy(id, given);
}

/** The permission that each kind of dead letter queue needs. */
export const DEAD_LETTERS: { readonly [type: string]: string } = { SQS: 'sqs:SendMessage', SNS: 'sns:Publish' };

function checkDeadLetters(id: string, { Type: type, TargetArn }: JsonObject): void {
  if (!isGiven(type) || !isGiven(TargetArn))
    throw resourceFault(id, "'DeadLetterQueue' requires Type and TargetArn properties to be specified.");
  const kind = expectText(type, ofResource(id, 'DeadLetterQueue.Type'));
  if (!Object.hasOwn(DEAD_LETTERS, kind)) throw resourceFault(id, "'DeadLetterQueue' requires Type of ['SQS', 'SNS']");
}

function checkTenancy(id: string, given: JsonObject): void {
  const barred = {
    ProvisionedConcurrencyConfig: 'Provisioned concurrency',
    FunctionUrlConfig: 'Function URL',
    SnapStart: 'SnapStart',
  };
  for (const [name, what] of Object.entries(barred))
    if (isGiven(given[name]))
      throw resourceFault(id, `${what} is not supported for functions enabled with tenancy configuration.`);
  for (const event of Object.values(mapOf(given.Events))) {
    const { Type: type } = mapOf(event);
    if (type !== 'Api' && type !== 'HttpApi')
      throw resourceFault(
        id,
        `Event source '${told(type)}' is not supported for functions enabled with tenancy configuration. Only Api and HttpApi event sources are supported.`,
      );
  }
}
