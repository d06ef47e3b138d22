/**
 * The actions that are built. Source: FIS User Guide, "AWS FIS actions reference"; descriptions as recorded from ListActions where they are.
 * Those that begin with `cloudyard:` are Cloudyard's own.
 */
import { HOUR, type Millis, SECOND } from '#kernel/base';
import {
  BUCKETS_TARGETED_MAX,
  DURATION_MAX,
  DURATION_MIN,
  FUNCTIONS_TARGETED_MAX,
  TABLES_TARGETED_MAX,
} from '../limits.ts';

export type ParameterSpec = {
  description: string;
  required: boolean;
  /** What it may be; a text where nothing is said. */
  is?:
    | { kind: 'duration'; from: Millis; to: Millis }
    | { kind: 'number'; from: number; to: number }
    | { kind: 'boolean' }
    | { kind: 'region' }
    | { kind: 'status' };
};

export type ActionKind = {
  id: string;
  description: string;
  parameters: { [name: string]: ParameterSpec };
  /** Types of targets by the key that an action names them with. */
  targets: { [key: string]: string };
  /** How many resources all actions of this kind in one experiment may have for targets. */
  targetsMax?: number;
};

const duration: ParameterSpec = {
  description: 'The duration of the action (ISO 8601 duration).',
  required: true,
  is: { kind: 'duration', from: DURATION_MIN, to: DURATION_MAX },
};
const shortDuration: ParameterSpec = { ...duration, is: { kind: 'duration', from: SECOND, to: DURATION_MAX } };
const service: ParameterSpec = { description: 'The AWS API namespace.', required: true };
const operations: ParameterSpec = {
  description: 'The operations to inject the fault into, separated by commas.',
  required: true,
};
const percent = (description: string, required: boolean): ParameterSpec => ({
  description,
  required,
  is: { kind: 'number', from: 1, to: 100 },
});
const percentage = percent('The percentage (1-100) of calls to inject the fault into.', true);
const invocationPercentage = percent(
  'The percentage (1-100) of function invocations to inject the fault into. The default is 100.',
  false,
);
const preventExecution: ParameterSpec = {
  description: 'If the value is true, the action will return the response without executing the function.',
  required: true,
  is: { kind: 'boolean' },
};

const apiError = (kind: string, said: string): ActionKind => ({
  id: `aws:fis:inject-api-${kind}-error`,
  description: `Cause an AWS service to return ${said} for specific callers and operations.`,
  parameters: { duration, operations, percentage, service },
  targets: { Roles: 'aws:iam:role' },
});

/** By id, in its order. */
export const ACTIONS: ReadonlyMap<string, ActionKind> = new Map(
  [
    {
      id: 'aws:cloudwatch:assert-alarm-state',
      description: 'Assert that the specified CloudWatch alarms are in one of the specified alarm states.',
      parameters: {
        alarmArns: { description: 'The ARNs of the alarms, separated by commas.', required: true },
        alarmStates: {
          description: 'The alarm states, separated by commas: OK, ALARM, INSUFFICIENT_DATA.',
          required: true,
        },
      },
      targets: {},
    },
    {
      id: 'aws:dynamodb:global-table-pause-replication',
      description: 'Pause replication of the specified DynamoDB global tables to and from their other replicas.',
      parameters: { duration },
      targets: { Tables: 'aws:dynamodb:global-table' },
      targetsMax: TABLES_TARGETED_MAX,
    },
    apiError('internal', 'internal error responses'),
    apiError('throttle', 'throttled responses'),
    apiError('unavailable', 'unavailable error responses'),
    {
      id: 'aws:fis:wait',
      description: 'Wait for the specified duration. Stop condition monitoring will continue during this time.',
      parameters: { duration },
      targets: {},
    },
    {
      id: 'aws:lambda:invocation-add-delay',
      description: 'Delay the start of the specified Lambda functions.',
      parameters: {
        duration,
        invocationPercentage,
        startupDelayMilliseconds: {
          description: 'The time in milliseconds (0-900,000) to wait before the function code. The default is 1000.',
          required: false,
          is: { kind: 'number', from: 0, to: 900_000 },
        },
      },
      targets: { Functions: 'aws:lambda:function' },
      targetsMax: FUNCTIONS_TARGETED_MAX,
    },
    {
      id: 'aws:lambda:invocation-error',
      description: 'Mark invocations of the specified Lambda functions as failed.',
      parameters: { duration, invocationPercentage, preventExecution },
      targets: { Functions: 'aws:lambda:function' },
      targetsMax: FUNCTIONS_TARGETED_MAX,
    },
    {
      id: 'aws:lambda:invocation-http-integration-response',
      description: 'Return an HTTP response in place of that of the specified Lambda functions.',
      parameters: {
        contentTypeHeader: { description: 'The HTTP content type header to return.', required: true },
        duration,
        invocationPercentage,
        preventExecution,
        statusCode: {
          description: 'The HTTP status code (000-999) to return.',
          required: true,
          is: { kind: 'status' },
        },
      },
      targets: { Functions: 'aws:lambda:function' },
      targetsMax: FUNCTIONS_TARGETED_MAX,
    },
    {
      id: 'aws:s3:bucket-pause-replication',
      description: 'Pause replication from the specified source buckets to destination buckets.',
      parameters: {
        destinationBuckets: { description: 'The destination buckets, separated by commas.', required: false },
        duration,
        prefixes: { description: 'The key prefixes of replication rules, separated by commas.', required: false },
        region: {
          description: 'The AWS Region where the destination buckets are.',
          required: true,
          is: { kind: 'region' },
        },
      },
      targets: { Buckets: 'aws:s3:bucket' },
      targetsMax: BUCKETS_TARGETED_MAX,
    },
    {
      id: 'cloudyard:api:latency',
      description: 'Delay the calls of specific callers before they are carried out. Not an action of AWS.',
      parameters: {
        delayMilliseconds: {
          description: 'The time in milliseconds that each call is delayed by.',
          required: true,
          is: { kind: 'number', from: 1, to: HOUR },
        },
        duration: shortDuration,
        operations: { ...operations, required: false },
        percentage: { ...percentage, required: false },
        service,
      },
      targets: { Roles: 'aws:iam:role' },
    },
    {
      id: 'cloudyard:region:dark',
      description: 'Nothing answers or works in a Region, for anybody. Not an action of AWS.',
      parameters: {
        duration: shortDuration,
        region: { description: 'The Region.', required: true, is: { kind: 'region' } },
      },
      targets: {},
    },
  ].map((kind) => [kind.id, kind as ActionKind]),
);

/** Actions of AWS that are not built, by what is missing here. */
const NOT_BUILT: { readonly [missing: string]: readonly string[] } = {
  'zonal shifts': ['aws:arc:start-zonal-autoshift'],
  'Direct Connect': ['aws:directconnect:virtual-interface-disconnect'],
  'Aurora DSQL': ['aws:dsql:cluster-connection-failure'],
  EBS: ['aws:ebs:pause-volume-io', 'aws:ebs:volume-io-latency'],
  EC2: [
    'aws:ec2:api-insufficient-instance-capacity-error',
    'aws:ec2:asg-insufficient-instance-capacity-error',
    'aws:ec2:reboot-instances',
    'aws:ec2:send-spot-instance-interruptions',
    'aws:ec2:stop-instances',
    'aws:ec2:terminate-instances',
  ],
  ECS: [
    'aws:ecs:drain-container-instances',
    'aws:ecs:stop-task',
    'aws:ecs:task-cpu-stress',
    'aws:ecs:task-io-stress',
    'aws:ecs:task-kill-process',
    'aws:ecs:task-network-blackhole-port',
    'aws:ecs:task-network-latency',
    'aws:ecs:task-network-packet-loss',
  ],
  EKS: [
    'aws:eks:inject-kubernetes-custom-resource',
    'aws:eks:pod-cpu-stress',
    'aws:eks:pod-delete',
    'aws:eks:pod-io-stress',
    'aws:eks:pod-memory-stress',
    'aws:eks:pod-network-blackhole-port',
    'aws:eks:pod-network-latency',
    'aws:eks:pod-network-packet-loss',
    'aws:eks:terminate-nodegroup-instances',
  ],
  ElastiCache: ['aws:elasticache:replicationgroup-interrupt-az-power'],
  Kinesis: ['aws:kinesis:stream-provisioned-throughput-exception', 'aws:kinesis:stream-expired-iterator-exception'],
  MemoryDB: ['aws:memorydb:multi-region-cluster-pause-replication'],
  networks: [
    'aws:network:disrupt-connectivity',
    'aws:network:disrupt-vpc-endpoint',
    'aws:network:route-table-disrupt-cross-region-connectivity',
    'aws:network:transit-gateway-disrupt-cross-region-connectivity',
  ],
  RDS: ['aws:rds:failover-db-cluster', 'aws:rds:reboot-db-instances'],
  "Systems Manager's Run Command and Automation": ['aws:ssm:send-command', 'aws:ssm:start-automation-execution'],
};

/** What is missing for an action of AWS to be built; undefined where AWS has none of that id. */
export function missingFor(id: string): string | undefined {
  return Object.keys(NOT_BUILT).find((missing) => NOT_BUILT[missing]?.includes(id));
}
