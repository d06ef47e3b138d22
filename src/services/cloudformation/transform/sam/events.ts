/** What calls a function: each event of SAM as the resources it stands for. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { invalidSam, permission, type Resources } from './common.ts';

type Event = { id: string; name: string; target: Json; given: JsonObject; all: Resources };
type Made = { resources: Resources; policy?: string };

/** Streams and queues that Lambda reads itself, with the policy that lets it. */
const POLLED: { readonly [type: string]: { source: string; policy: string } } = {
  DynamoDB: { source: 'Stream', policy: 'service-role/AWSLambdaDynamoDBExecutionRole' },
  Kinesis: { source: 'Stream', policy: 'service-role/AWSLambdaKinesisExecutionRole' },
  MSK: { source: 'Stream', policy: 'service-role/AWSLambdaMSKExecutionRole' },
  SQS: { source: 'Queue', policy: 'service-role/AWSLambdaSQSQueueExecutionRole' },
};

const EVENTS: { readonly [type: string]: (event: Event) => Made } = {
  // The API itself comes of all events together.
  Api({ id, name, target, given }) {
    const { RestApiId = { Ref: 'ServerlessRestApi' }, Path = '/', Method = 'ANY' } = given;
    const method = String(Method).toUpperCase() === 'ANY' ? '*' : String(Method).toUpperCase();
    const path = String(Path).replace(/\{[^}]+\}/g, '*');
    const SourceArn = {
      'Fn::Sub': [
        `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${__ApiId__}/\${__Stage__}/${method}${path}`,
        { __ApiId__: RestApiId, __Stage__: '*' },
      ],
    };
    return { resources: { [`${id}${name}PermissionProd`]: permission(target, 'apigateway', { SourceArn }) } };
  },
  HttpApi({ id, name, target, given }) {
    const { ApiId = { Ref: 'ServerlessHttpApi' }, Path, Method } = given;
    const rest = Path === undefined || Method === undefined ? '*' : `*${String(Path).replace(/\{[^}]+\}/g, '*')}`;
    const SourceArn = {
      'Fn::Sub': [
        `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${__ApiId__}/\${__Stage__}/${rest}`,
        { __ApiId__: ApiId, __Stage__: '*' },
      ],
    };
    return { resources: { [`${id}${name}Permission`]: permission(target, 'apigateway', { SourceArn }) } };
  },
  SNS({ id, name, target, given }) {
    const { Topic = '', SqsSubscription, ...filters } = given;
    if (SqsSubscription !== undefined && SqsSubscription !== false)
      throw invalidSam(id, 'SqsSubscription is not built in Cloudyard yet');
    return {
      resources: {
        [`${id}${name}`]: {
          Type: 'AWS::SNS::Subscription',
          Properties: { ...filters, TopicArn: Topic, Protocol: 'lambda', Endpoint: target },
        },
        [`${id}${name}Permission`]: permission(target, 'sns', { SourceArn: Topic }),
      },
    };
  },
  S3({ id, name, target, given, all }) {
    const bucket = (given.Bucket as JsonObject | undefined)?.Ref;
    const declared = typeof bucket === 'string' ? all[bucket] : undefined;
    if (typeof bucket !== 'string' || declared === undefined)
      throw invalidSam(
        id,
        `Event with id [${name}] is invalid. S3 events must reference an S3 bucket in the same template.`,
      );
    const properties = { ...(declared.Properties as JsonObject | undefined) };
    const notifications = { ...(properties.NotificationConfiguration as JsonObject | undefined) };
    const wanted = Array.isArray(given.Events) ? given.Events : [given.Events ?? ''];
    const added = wanted.map((Event) => ({
      Event,
      Function: target,
      ...(given.Filter !== undefined && { Filter: given.Filter }),
    }));
    notifications.LambdaConfigurations = [...((notifications.LambdaConfigurations ?? []) as Json[]), ...added];
    const before = declared.DependsOn;
    const after = before === undefined ? [] : Array.isArray(before) ? before : [before];
    const allowed = `${id}${name}Permission`;
    return {
      resources: {
        [bucket]: {
          ...declared,
          DependsOn: [...after, allowed],
          Properties: { ...properties, NotificationConfiguration: notifications },
        },
        [allowed]: permission(target, 's3', { SourceAccount: { Ref: 'AWS::AccountId' } }),
      },
    };
  },
  Schedule: ({ id, name, target, given }) => {
    const { Schedule = '', Enabled, Input, Name, Description, State } = given;
    const state = State ?? (Enabled === undefined ? undefined : Enabled === false ? 'DISABLED' : 'ENABLED');
    return rule(id, name, target, {
      ScheduleExpression: Schedule,
      ...(state !== undefined && { State: state }),
      ...(Name !== undefined && { Name }),
      ...(Description !== undefined && { Description }),
      Targets: [{ Id: `${id}${name}LambdaTarget`, Arn: target, ...(Input !== undefined && { Input }) }],
    });
  },
  EventBridgeRule: ({ id, name, target, given }) => {
    const {
      Pattern = {},
      EventBusName,
      Input,
      InputPath,
      InputTransformer,
      RetryPolicy,
      DeadLetterConfig,
      State,
    } = given;
    return rule(id, name, target, {
      EventPattern: Pattern,
      ...(EventBusName !== undefined && { EventBusName }),
      ...(State !== undefined && { State }),
      Targets: [
        {
          Id: `${id}${name}LambdaTarget`,
          Arn: target,
          ...defined({ Input, InputPath, InputTransformer, RetryPolicy, DeadLetterConfig }),
        },
      ],
    });
  },
  ScheduleV2({ id, name, target, given }) {
    const { Input, RoleArn, ScheduleExpression = '', State, RetryPolicy, Name, FlexibleTimeWindow, ...rest } = given;
    const role = `${id}${name}Role`;
    return {
      resources: {
        [`${id}${name}`]: {
          Type: 'AWS::Scheduler::Schedule',
          Properties: {
            ...rest,
            Name: Name ?? `${id}${name}`,
            ScheduleExpression,
            FlexibleTimeWindow: FlexibleTimeWindow ?? { Mode: 'OFF' },
            ...defined({ State }),
            Target: {
              Arn: target,
              RoleArn: RoleArn ?? { 'Fn::GetAtt': [role, 'Arn'] },
              ...defined({ Input, RetryPolicy }),
            },
          },
        },
        ...(RoleArn === undefined && { [role]: schedulerRole(role, target) }),
      },
    };
  },
  CloudWatchLogs({ id, name, target, given }) {
    const { LogGroupName = '', FilterPattern = '' } = given;
    const SourceArn = {
      'Fn::Sub': [
        `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:\${__LogGroupName__}:*`,
        { __LogGroupName__: LogGroupName },
      ],
    };
    return {
      resources: {
        [`${id}${name}`]: {
          Type: 'AWS::Logs::SubscriptionFilter',
          DependsOn: [`${id}${name}Permission`],
          Properties: { LogGroupName, FilterPattern, DestinationArn: target },
        },
        [`${id}${name}Permission`]: permission(target, 'logs', { SourceArn }),
      },
    };
  },
};

function defined(values: { [name: string]: Json | undefined }): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as JsonObject;
}

function rule(id: string, name: string, target: Json, Properties: JsonObject): Made {
  const SourceArn = { 'Fn::GetAtt': [`${id}${name}`, 'Arn'] };
  return {
    resources: {
      [`${id}${name}`]: { Type: 'AWS::Events::Rule', Properties },
      [`${id}${name}Permission`]: permission(target, 'events', { SourceArn }),
    },
  };
}

function schedulerRole(name: string, Resource: Json): JsonObject {
  const trust = { Effect: 'Allow', Action: ['sts:AssumeRole'], Principal: { Service: ['scheduler.amazonaws.com'] } };
  const allowed = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource };
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trust] },
      Policies: [
        { PolicyName: `${name}LambdaPolicy`, PolicyDocument: { Version: '2012-10-17', Statement: [allowed] } },
      ],
    },
  };
}

function polled(type: string, { id, name, target, given }: Event): Made {
  const { source = '', policy = '' } = POLLED[type] ?? {};
  const { [source]: arn = '', ...rest } = given;
  return {
    policy,
    resources: {
      [`${id}${name}`]: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { ...rest, EventSourceArn: arn, FunctionName: target },
      },
    },
  };
}

/** The resources of all events of a function, and the managed policies that its role needs for them. */
export function eventResources(id: string, { Events = {} }: JsonObject, all: Resources, target: Json) {
  const resources: Resources = {};
  const policies = new Set<string>();
  for (const [name, declared] of Object.entries((Events ?? {}) as JsonObject)) {
    const { Type: type = '', Properties = {} } = (declared ?? {}) as JsonObject;
    const kind = type === 'CloudWatchEvent' ? 'EventBridgeRule' : String(type);
    const event = { id, name, target, given: (Properties ?? {}) as JsonObject, all: { ...all, ...resources } };
    const made = kind in POLLED ? polled(kind, event) : EVENTS[kind]?.(event);
    if (made === undefined)
      throw invalidSam(
        id,
        `Event with id [${name}] is invalid. Events of type ${String(type)} are not built in Cloudyard yet.`,
      );
    Object.assign(resources, made.resources);
    if (made.policy !== undefined) policies.add(made.policy);
  }
  return { resources, policies: [...policies] };
}
