/** EventBridge's types of CloudFormation that lead outward: connections, API destinations, who may put events on a bus. */
import type { InputOf, Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, refuseProperties, textOf } from '#kernel/contract';

const GONE = 'ResourceNotFoundException';
const EXISTS = 'ResourceAlreadyExistsException';
type Connection = InputOf<'eventbridge', 'CreateConnection'>;
type Destination = InputOf<'eventbridge', 'CreateApiDestination'>;

function connectionInput(Name: string, properties: Properties): Connection {
  return { Name, ...booleans(properties) } as Connection;
}

/** Templates write booleans as texts, too; of these properties only IsValueSecret is one. */
function booleans(value: unknown): object {
  return JSON.parse(JSON.stringify(value), (name, one) => (name === 'IsValueSecret' ? String(one) === 'true' : one));
}

async function connectionMade(Name: string, { aws }: ResourceScope): Promise<Made> {
  const { ConnectionArn, SecretArn } = await aws.eventbridge.DescribeConnection({ Name });
  const ArnForPolicy = ConnectionArn?.slice(0, ConnectionArn.lastIndexOf('/'));
  return { id: Name, attributes: { Arn: ConnectionArn, ArnForPolicy, SecretArn } };
}

function destinationInput(Name: string, properties: Properties): Destination {
  const { InvocationRateLimitPerSecond: rate } = properties;
  return {
    ...properties,
    Name,
    ...(rate !== undefined && { InvocationRateLimitPerSecond: Number(rate) }),
  } as Destination;
}

async function destinationMade(Name: string, { aws }: ResourceScope): Promise<Made> {
  const { ApiDestinationArn: Arn } = await aws.eventbridge.DescribeApiDestination({ Name });
  return { id: Name, attributes: { Arn, ArnForPolicy: Arn?.slice(0, Arn.lastIndexOf('/')) } };
}

const busOf = ({ EventBusName }: Properties) => textOf(EventBusName) ?? 'default';

type Statement = { Sid?: string };

async function statementsOf(Name: string, { aws }: ResourceScope): Promise<Statement[]> {
  const { Policy } = await aws.eventbridge.DescribeEventBus({ Name });
  return Policy === undefined ? [] : (JSON.parse(Policy) as { Statement: Statement[] }).Statement;
}

/** One statement of a bus's policy; the others stay. */
async function putStatement(properties: Properties, scope: ResourceScope): Promise<Made> {
  const { Statement: given, StatementId: Sid, Action, Principal, Condition } = properties;
  const [EventBusName, StatementId] = [busOf(properties), String(Sid)];
  const { eventbridge } = scope.aws;
  if (given === undefined)
    await eventbridge.PutPermission({
      EventBusName,
      StatementId,
      Action: textOf(Action),
      Principal: textOf(Principal),
      ...(Condition !== undefined && { Condition: Condition as { Type: string; Key: string; Value: string } }),
    });
  else {
    const own = { ...(given as object), Sid: StatementId };
    const others = (await statementsOf(EventBusName, scope)).filter((one) => one.Sid !== StatementId);
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [...others, own] });
    await eventbridge.PutPermission({ EventBusName, Policy });
  }
  return { id: `${EventBusName}|${StatementId}`, attributes: {} };
}

export const resources: ResourceTypes = {
  // Source of names: AWS's own handlers of the types (aws-cloudformation/aws-cloudformation-resource-providers-events).
  'AWS::Events::Connection': {
    async create(properties, scope) {
      refuseProperties(properties, ['InvocationConnectivityParameters']);
      const name = textOf(properties.Name) ?? scope.name(64, true);
      await madeOnce(EXISTS, scope, scope.aws.eventbridge.CreateConnection(connectionInput(name, properties)));
      return connectionMade(name, scope);
    },
    async update(name, properties, _, scope) {
      refuseProperties(properties, ['InvocationConnectivityParameters']);
      await scope.aws.eventbridge.UpdateConnection(connectionInput(name, properties));
      return connectionMade(name, scope);
    },
    delete: (Name, _, { aws }) => isGone(GONE, aws.eventbridge.DeleteConnection({ Name })),
    async read(Name, properties, { aws }) {
      const found = await ifThere(GONE, aws.eventbridge.DescribeConnection({ Name }));
      const { AuthorizationType, Description } = found ?? {};
      return (
        found && { ...properties, AuthorizationType, ...(properties.Description !== undefined && { Description }) }
      );
    },
  },
  'AWS::Events::ApiDestination': {
    async create(properties, scope) {
      const name = textOf(properties.Name) ?? scope.name(64, true);
      await madeOnce(EXISTS, scope, scope.aws.eventbridge.CreateApiDestination(destinationInput(name, properties)));
      return destinationMade(name, scope);
    },
    async update(name, properties, _, scope) {
      await scope.aws.eventbridge.UpdateApiDestination(destinationInput(name, properties));
      return destinationMade(name, scope);
    },
    delete: (Name, _, { aws }) => isGone(GONE, aws.eventbridge.DeleteApiDestination({ Name })),
    async read(Name, properties, { aws }) {
      const found = await ifThere(GONE, aws.eventbridge.DescribeApiDestination({ Name }));
      const asked = Object.keys(properties).filter((name) => name in (found ?? {}));
      const all = found as Record<string, unknown> | undefined;
      return all && { ...properties, ...Object.fromEntries(asked.map((name) => [name, all[name]])) };
    },
  },
  'AWS::Events::EventBusPolicy': {
    create: putStatement,
    update: (_, properties, __, scope) => putStatement(properties, scope),
    async delete(_, properties, { aws }) {
      const StatementId = String(properties.StatementId);
      await isGone(GONE, aws.eventbridge.RemovePermission({ EventBusName: busOf(properties), StatementId }));
    },
    async read(_, properties, scope) {
      const bus = busOf(properties);
      const found = await ifThere(GONE, statementsOf(bus, scope));
      const own = found?.find(({ Sid }) => Sid === String(properties.StatementId));
      return own && { ...properties, ...(properties.Statement !== undefined && { Statement: own }) };
    },
  },
};
