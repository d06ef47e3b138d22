/** Amazon Simple Notification Service. */
import { defineService } from '#kernel/contract';
import { audit } from './audit.ts';
import { ask, part } from './domain/confirm.ts';
import { logLine } from './domain/delivery-log.ts';
import { tellEvent } from './domain/push.ts';
import { replay } from './domain/replay.ts';
import { addPermission, removePermission } from './operations/permission.ts';
import * as platform from './operations/platform.ts';
import { getDataProtectionPolicy, putDataProtectionPolicy } from './operations/protection.ts';
import { publish, publishBatch } from './operations/publish.ts';
import * as sms from './operations/sms.ts';
import {
  confirmSubscription,
  listSubscriptions,
  listSubscriptionsByTopic,
  subscribe,
  unsubscribe,
} from './operations/subscription.ts';
import { getSubscriptionAttributes, setSubscriptionAttributes } from './operations/subscription-attributes.ts';
import { listTagsForResource, tagResource, tagsOf, untagResource } from './operations/tag.ts';
import { createTopic, deleteTopic, getTopicAttributes, listTopics, setTopicAttributes } from './operations/topic.ts';
import { page } from './page.ts';
import { access } from './policy.ts';
import { apart, deliver, drain, offer, offerInOrder } from './tasks.ts';
import * as timers from './timers.ts';
import { voice } from './voice.ts';

export const service = defineService<'sns'>({
  name: 'sns',
  prefix: 'sns',
  access,
  tagsOf,
  voice,
  allowsAnonymous: true,
  metrics: 'AWS/SNS',
  page,
  timers,
  tasks: apart({ ask, audit, deliver, drain, logLine, offer, offerInOrder, part, replay, tellEvent }),
  dataEvents: ['Publish', 'PublishBatch'],
  operations: {
    AddPermission: addPermission,
    CheckIfPhoneNumberIsOptedOut: sms.checkIfPhoneNumberIsOptedOut,
    ConfirmSubscription: confirmSubscription,
    CreatePlatformApplication: platform.createPlatformApplication,
    CreatePlatformEndpoint: platform.createPlatformEndpoint,
    CreateSMSSandboxPhoneNumber: sms.createSMSSandboxPhoneNumber,
    CreateTopic: createTopic,
    DeleteEndpoint: platform.deleteEndpoint,
    DeletePlatformApplication: platform.deletePlatformApplication,
    DeleteSMSSandboxPhoneNumber: sms.deleteSMSSandboxPhoneNumber,
    DeleteTopic: deleteTopic,
    GetDataProtectionPolicy: getDataProtectionPolicy,
    GetEndpointAttributes: platform.getEndpointAttributes,
    GetPlatformApplicationAttributes: platform.getPlatformApplicationAttributes,
    GetSMSAttributes: sms.getSMSAttributes,
    GetSMSSandboxAccountStatus: sms.getSMSSandboxAccountStatus,
    GetSubscriptionAttributes: getSubscriptionAttributes,
    GetTopicAttributes: getTopicAttributes,
    ListEndpointsByPlatformApplication: platform.listEndpointsByPlatformApplication,
    ListOriginationNumbers: sms.listOriginationNumbers,
    ListPhoneNumbersOptedOut: sms.listPhoneNumbersOptedOut,
    ListPlatformApplications: platform.listPlatformApplications,
    ListSMSSandboxPhoneNumbers: sms.listSMSSandboxPhoneNumbers,
    ListSubscriptions: listSubscriptions,
    ListSubscriptionsByTopic: listSubscriptionsByTopic,
    ListTagsForResource: listTagsForResource,
    ListTopics: listTopics,
    OptInPhoneNumber: sms.optInPhoneNumber,
    Publish: publish,
    PublishBatch: publishBatch,
    PutDataProtectionPolicy: putDataProtectionPolicy,
    RemovePermission: removePermission,
    SetEndpointAttributes: platform.setEndpointAttributes,
    SetPlatformApplicationAttributes: platform.setPlatformApplicationAttributes,
    SetSMSAttributes: sms.setSMSAttributes,
    SetSubscriptionAttributes: setSubscriptionAttributes,
    SetTopicAttributes: setTopicAttributes,
    Subscribe: subscribe,
    TagResource: tagResource,
    Unsubscribe: unsubscribe,
    UntagResource: untagResource,
    VerifySMSSandboxPhoneNumber: sms.verifySMSSandboxPhoneNumber,
  },
});
