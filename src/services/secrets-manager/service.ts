/** AWS Secrets Manager. */
import { defineService, notYet } from '#kernel/contract';
import { setTimersThere } from './domain/timers.ts';
import { listSecrets } from './operations/list.ts';
import {
  deleteResourcePolicy,
  getResourcePolicy,
  listResourcePolicies,
  putResourcePolicy,
  tagResource,
  untagResource,
  validateResourcePolicy,
} from './operations/policy.ts';
import {
  removeRegionsFromReplication,
  replicate,
  replicateSecretToRegions,
  stopReplicationToReplica,
} from './operations/replica.ts';
import { cancelRotateSecret, eraseDue, rotate, rotateSecret, rotation, rotationTest } from './operations/rotation.ts';
import {
  createSecret,
  deleteSecret,
  describeSecret,
  putSecretValue,
  restoreSecret,
  updateSecret,
  updateSecretVersionStage,
} from './operations/secret.ts';
import { batchGetSecretValue, getRandomPassword, getSecretValue, listSecretVersionIds } from './operations/value.ts';
import { access, tagsOf } from './policy.ts';

const UNBUILT = notYet('replicas in other accounts are not built yet');

export const service = defineService<'secrets-manager'>({
  name: 'secrets-manager',
  prefix: 'secretsmanager',
  access,
  tagsOf,
  timers: { erase: eraseDue, rotate },
  tasks: { replicate, rotation, rotationTest, setTimersThere },
  unbuilt: {
    CreateSecret: ['Type', 'CrossAccountPrimaryARN'],
    RotateSecret: ['ExternalSecretRotationMetadata', 'ExternalSecretRotationRoleArn'],
    UpdateSecret: ['Type'],
  },
  operations: {
    AssociateCrossAccountReplica: UNBUILT,
    BatchGetSecretValue: batchGetSecretValue,
    CancelRotateSecret: cancelRotateSecret,
    CreateSecret: createSecret,
    DeleteResourcePolicy: deleteResourcePolicy,
    DeleteSecret: deleteSecret,
    DescribeSecret: describeSecret,
    DisassociateCrossAccountReplica: UNBUILT,
    GetRandomPassword: getRandomPassword,
    GetResourcePolicy: getResourcePolicy,
    GetSecretValue: getSecretValue,
    ListResourcePolicies: listResourcePolicies,
    ListSecretVersionIds: listSecretVersionIds,
    ListSecrets: listSecrets,
    PutResourcePolicy: putResourcePolicy,
    PutSecretValue: putSecretValue,
    RemoveRegionsFromReplication: removeRegionsFromReplication,
    ReplicateSecretToRegions: replicateSecretToRegions,
    RestoreSecret: restoreSecret,
    RotateSecret: rotateSecret,
    StopReplicationToReplica: stopReplicationToReplica,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateSecret: updateSecret,
    UpdateSecretVersionStage: updateSecretVersionStage,
    ValidateResourcePolicy: validateResourcePolicy,
  },
});
