/** AWS Lambda. */
import { defineService, notYet } from '#kernel/contract';
import { deliver, retry } from './deliver.ts';
import { provision } from './domain/provision.ts';
import { takeSnapshot } from './domain/snap-start.ts';
import { bury } from './durable/bury.ts';
import { chainOnce } from './durable/chain.ts';
import { forget, forgetLater, timeOut } from './durable/execution.ts';
import { execute, reinvoke } from './durable/invocation.ts';
import { operationDue } from './durable/wait.ts';
import { invalid } from './errors.ts';
import { createAlias, deleteAlias, getAlias, listAliases, updateAlias } from './operations/alias.ts';
import { sendCallbackFailure, sendCallbackHeartbeat, sendCallbackSuccess } from './operations/callback.ts';
import {
  deleteFunctionConcurrency,
  deleteProvisionedConcurrencyConfig,
  getAccountSettings,
  getFunctionConcurrency,
  getProvisionedConcurrencyConfig,
  listProvisionedConcurrencyConfigs,
  putFunctionConcurrency,
  putProvisionedConcurrencyConfig,
} from './operations/concurrency.ts';
import {
  checkpointDurableExecution,
  deleteDurableExecution,
  getDurableExecution,
  getDurableExecutionHistory,
  getDurableExecutionState,
  listDurableExecutions,
  pauseDurableExecution,
  resumeDurableExecution,
  stopDurableExecution,
} from './operations/durable.ts';
import {
  deleteFunctionEventInvokeConfig,
  getFunctionEventInvokeConfig,
  listFunctionEventInvokeConfigs,
  putFunctionEventInvokeConfig,
  updateFunctionEventInvokeConfig,
} from './operations/event-config.ts';
import {
  createFunction,
  deleteFunction,
  getFunction,
  getFunctionConfiguration,
  listFunctions,
  updateFunctionCode,
  updateFunctionConfiguration,
} from './operations/function.ts';
import { invoke, invokeAsync, invokeWithResponseStream } from './operations/invoke.ts';
import {
  addLayerVersionPermission,
  deleteLayerVersion,
  getLayerVersion,
  getLayerVersionByArn,
  getLayerVersionPolicy,
  listLayers,
  listLayerVersions,
  publishLayerVersion,
  removeLayerVersionPermission,
} from './operations/layer.ts';
import {
  createEventSourceMapping,
  deleteEventSourceMapping,
  getEventSourceMapping,
  listEventSourceMappings,
  updateEventSourceMapping,
} from './operations/mapping.ts';
import { addPermission, getPolicy, removePermission } from './operations/permission.ts';
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy } from './operations/resource-policy.ts';
import {
  getFunctionRecursionConfig,
  getRuntimeManagementConfig,
  putFunctionRecursionConfig,
  putRuntimeManagementConfig,
} from './operations/runtime.ts';
import {
  createCodeSigningConfig,
  deleteCodeSigningConfig,
  deleteFunctionCodeSigningConfig,
  getCodeSigningConfig,
  getFunctionCodeSigningConfig,
  listCodeSigningConfigs,
  listFunctionsByCodeSigningConfig,
  putFunctionCodeSigningConfig,
  updateCodeSigningConfig,
} from './operations/signing.ts';
import { listTags, tagResource, tagsOf, untagResource } from './operations/tag.ts';
import {
  createFunctionUrlConfig,
  deleteFunctionUrlConfig,
  getFunctionUrlConfig,
  listFunctionUrlConfigs,
  updateFunctionUrlConfig,
} from './operations/url.ts';
import { listVersionsByFunction, publishVersion } from './operations/version.ts';
import { access } from './policy.ts';
import { deliverBatch, poll } from './sources/queue.ts';
import { read } from './sources/stream.ts';
import { arrived, wakeUp } from './sources/watch.ts';
import { traffic } from './traffic.ts';
import { voice } from './voice.ts';

const CAPACITY = notYet('capacity providers run functions on EC2 instances, which are not built');

export const service = defineService<'lambda'>({
  name: 'lambda',
  prefix: 'lambda',
  reservedTag: invalid,
  access,
  tagsOf,
  metrics: 'AWS/Lambda',
  dataEvents: ['Invoke', 'InvokeAsync', 'InvokeWithResponseStream'],
  traffic,
  voice,
  tasks: {
    deliver,
    provision,
    snapshot: takeSnapshot,
    poll,
    batch: deliverBatch,
    read,
    execute,
    chain: chainOnce,
    forget,
    bury,
  },
  timers: {
    retry,
    wake: wakeUp,
    operation: operationDue,
    reinvoke,
    'execution-timeout': timeOut,
    forget: forgetLater,
  },
  events: { 'sqs.arrived': arrived, 'dynamodb.recorded': arrived, 'kinesis.recorded': arrived },
  unbuilt: {
    ListFunctions: ['MasterRegion'],
  },
  operations: {
    AddLayerVersionPermission: addLayerVersionPermission,
    AddPermission: addPermission,
    CheckpointDurableExecution: checkpointDurableExecution,
    CreateAlias: createAlias,
    CreateCapacityProvider: CAPACITY,
    CreateCodeSigningConfig: createCodeSigningConfig,
    CreateEventSourceMapping: createEventSourceMapping,
    CreateFunction: createFunction,
    CreateFunctionUrlConfig: createFunctionUrlConfig,
    DeleteAlias: deleteAlias,
    DeleteCapacityProvider: CAPACITY,
    DeleteCodeSigningConfig: deleteCodeSigningConfig,
    DeleteDurableExecution: deleteDurableExecution,
    DeleteEventSourceMapping: deleteEventSourceMapping,
    DeleteFunction: deleteFunction,
    DeleteFunctionCodeSigningConfig: deleteFunctionCodeSigningConfig,
    DeleteFunctionConcurrency: deleteFunctionConcurrency,
    DeleteFunctionEventInvokeConfig: deleteFunctionEventInvokeConfig,
    DeleteFunctionUrlConfig: deleteFunctionUrlConfig,
    DeleteLayerVersion: deleteLayerVersion,
    DeleteProvisionedConcurrencyConfig: deleteProvisionedConcurrencyConfig,
    DeleteResourcePolicy: deleteResourcePolicy,
    GetAccountSettings: getAccountSettings,
    GetAlias: getAlias,
    GetCapacityProvider: CAPACITY,
    GetCodeSigningConfig: getCodeSigningConfig,
    GetDurableExecution: getDurableExecution,
    GetDurableExecutionHistory: getDurableExecutionHistory,
    GetDurableExecutionState: getDurableExecutionState,
    GetEventSourceMapping: getEventSourceMapping,
    GetFunction: getFunction,
    GetFunctionCodeSigningConfig: getFunctionCodeSigningConfig,
    GetFunctionConcurrency: getFunctionConcurrency,
    GetFunctionConfiguration: getFunctionConfiguration,
    GetFunctionEventInvokeConfig: getFunctionEventInvokeConfig,
    GetFunctionRecursionConfig: getFunctionRecursionConfig,
    GetFunctionScalingConfig: CAPACITY,
    GetFunctionUrlConfig: getFunctionUrlConfig,
    GetLayerVersion: getLayerVersion,
    GetLayerVersionByArn: getLayerVersionByArn,
    GetLayerVersionPolicy: getLayerVersionPolicy,
    GetPolicy: getPolicy,
    GetProvisionedConcurrencyConfig: getProvisionedConcurrencyConfig,
    GetResourcePolicy: getResourcePolicy,
    GetRuntimeManagementConfig: getRuntimeManagementConfig,
    Invoke: invoke,
    InvokeAsync: invokeAsync,
    InvokeWithResponseStream: invokeWithResponseStream,
    ListAliases: listAliases,
    ListCapacityProviders: CAPACITY,
    ListCodeSigningConfigs: listCodeSigningConfigs,
    ListDurableExecutionsByFunction: listDurableExecutions,
    ListEventSourceMappings: listEventSourceMappings,
    ListFunctionEventInvokeConfigs: listFunctionEventInvokeConfigs,
    ListFunctionUrlConfigs: listFunctionUrlConfigs,
    ListFunctionVersionsByCapacityProvider: CAPACITY,
    ListFunctions: listFunctions,
    ListFunctionsByCodeSigningConfig: listFunctionsByCodeSigningConfig,
    ListLayerVersions: listLayerVersions,
    ListLayers: listLayers,
    ListProvisionedConcurrencyConfigs: listProvisionedConcurrencyConfigs,
    ListTags: listTags,
    ListVersionsByFunction: listVersionsByFunction,
    PauseDurableExecution: pauseDurableExecution,
    PublishLayerVersion: publishLayerVersion,
    PublishVersion: publishVersion,
    PutFunctionCodeSigningConfig: putFunctionCodeSigningConfig,
    PutFunctionConcurrency: putFunctionConcurrency,
    PutFunctionEventInvokeConfig: putFunctionEventInvokeConfig,
    PutFunctionRecursionConfig: putFunctionRecursionConfig,
    PutFunctionScalingConfig: CAPACITY,
    PutProvisionedConcurrencyConfig: putProvisionedConcurrencyConfig,
    PutResourcePolicy: putResourcePolicy,
    PutRuntimeManagementConfig: putRuntimeManagementConfig,
    RemoveLayerVersionPermission: removeLayerVersionPermission,
    RemovePermission: removePermission,
    ResumeDurableExecution: resumeDurableExecution,
    SendDurableExecutionCallbackFailure: sendCallbackFailure,
    SendDurableExecutionCallbackHeartbeat: sendCallbackHeartbeat,
    SendDurableExecutionCallbackSuccess: sendCallbackSuccess,
    StopDurableExecution: stopDurableExecution,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateAlias: updateAlias,
    UpdateCapacityProvider: CAPACITY,
    UpdateCodeSigningConfig: updateCodeSigningConfig,
    UpdateEventSourceMapping: updateEventSourceMapping,
    UpdateFunctionCode: updateFunctionCode,
    UpdateFunctionConfiguration: updateFunctionConfiguration,
    UpdateFunctionEventInvokeConfig: updateFunctionEventInvokeConfig,
    UpdateFunctionUrlConfig: updateFunctionUrlConfig,
  },
});
