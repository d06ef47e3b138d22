/** Amazon EventBridge. */
import { defineService, notYet } from '#kernel/contract';
import { announced, authorize, replay, sweep, tick } from './background.ts';
import { again, deliver } from './deliver.ts';
import { validation } from './errors.ts';
import {
  cancelReplay,
  createArchive,
  deleteArchive,
  describeArchive,
  describeReplay,
  listArchives,
  listReplays,
  startReplay,
  updateArchive,
} from './operations/archive.ts';
import {
  createEventBus,
  deleteEventBus,
  describeEventBus,
  listEventBuses,
  putPermission,
  removePermission,
  updateEventBus,
} from './operations/bus.ts';
import {
  createConnection,
  deauthorizeConnection,
  deleteConnection,
  describeConnection,
  listConnections,
  updateConnection,
} from './operations/connection.ts';
import {
  createApiDestination,
  deleteApiDestination,
  describeApiDestination,
  listApiDestinations,
  updateApiDestination,
} from './operations/destination.ts';
import { putEvents, testEventPattern } from './operations/event.ts';
import { listEndpoints, listEventSources } from './operations/none.ts';
import {
  deleteRule,
  describeRule,
  disableRule,
  enableRule,
  listRuleNamesByTarget,
  listRules,
  listTargetsByRule,
  putRule,
  putTargets,
  removeTargets,
} from './operations/rule.ts';
import { listTagsForResource, tagResource, tagsOf, untagResource } from './operations/tag.ts';
import { access } from './policy.ts';

const ENDPOINTS = notYet('global endpoints need health checks of Route 53, which is not there yet');
const PARTNERS = notYet('no partner sends events to this cloud');

export const service = defineService<'eventbridge'>({
  name: 'eventbridge',
  prefix: 'events',
  reservedTag: validation,
  access,
  tagsOf,
  metrics: 'AWS/Events',
  dataEvents: ['PutEvents', 'TestEventPattern'],
  tasks: { authorize, deliver, replay },
  timers: { again, tick, sweep },
  events: { 'aws.event': announced },
  unbuilt: {
    CreateConnection: ['InvocationConnectivityParameters'],
    PutEvents: ['EndpointId'],
    UpdateConnection: ['InvocationConnectivityParameters'],
  },
  operations: {
    ActivateEventSource: PARTNERS,
    CancelReplay: cancelReplay,
    CreateApiDestination: createApiDestination,
    CreateArchive: createArchive,
    CreateConnection: createConnection,
    CreateEndpoint: ENDPOINTS,
    CreateEventBus: createEventBus,
    CreatePartnerEventSource: PARTNERS,
    DeactivateEventSource: PARTNERS,
    DeauthorizeConnection: deauthorizeConnection,
    DeleteApiDestination: deleteApiDestination,
    DeleteArchive: deleteArchive,
    DeleteConnection: deleteConnection,
    DeleteEndpoint: ENDPOINTS,
    DeleteEventBus: deleteEventBus,
    DeletePartnerEventSource: PARTNERS,
    DeleteRule: deleteRule,
    DescribeApiDestination: describeApiDestination,
    DescribeArchive: describeArchive,
    DescribeConnection: describeConnection,
    DescribeEndpoint: ENDPOINTS,
    DescribeEventBus: describeEventBus,
    DescribeEventSource: PARTNERS,
    DescribePartnerEventSource: PARTNERS,
    DescribeReplay: describeReplay,
    DescribeRule: describeRule,
    DisableRule: disableRule,
    EnableRule: enableRule,
    ListApiDestinations: listApiDestinations,
    ListArchives: listArchives,
    ListConnections: listConnections,
    ListEndpoints: listEndpoints,
    ListEventBuses: listEventBuses,
    ListEventSources: listEventSources,
    ListPartnerEventSourceAccounts: PARTNERS,
    ListPartnerEventSources: PARTNERS,
    ListReplays: listReplays,
    ListRuleNamesByTarget: listRuleNamesByTarget,
    ListRules: listRules,
    ListTagsForResource: listTagsForResource,
    ListTargetsByRule: listTargetsByRule,
    PutEvents: putEvents,
    PutPartnerEvents: PARTNERS,
    PutPermission: putPermission,
    PutRule: putRule,
    PutTargets: putTargets,
    RemovePermission: removePermission,
    RemoveTargets: removeTargets,
    StartReplay: startReplay,
    TagResource: tagResource,
    TestEventPattern: testEventPattern,
    UntagResource: untagResource,
    UpdateApiDestination: updateApiDestination,
    UpdateArchive: updateArchive,
    UpdateConnection: updateConnection,
    UpdateEndpoint: ENDPOINTS,
    UpdateEventBus: updateEventBus,
  },
});
