/** Amazon Simple Queue Service. */
import { defineService } from '#kernel/contract';
import { invalidParameter } from './errors.ts';
import { changeMessageVisibilityBatch, deleteMessageBatch, sendMessageBatch } from './operations/batch.ts';
import { changeMessageVisibility, deleteMessage, receiveMessage, sendMessage } from './operations/message.ts';
import { cancelMessageMoveTask, listMessageMoveTasks, startMessageMoveTask } from './operations/move-task.ts';
import { addPermission, removePermission } from './operations/permission.ts';
import {
  createQueue,
  deleteQueue,
  getQueueAttributes,
  getQueueUrl,
  listDeadLetterSourceQueues,
  listQueues,
  purgeQueue,
  setQueueAttributes,
} from './operations/queue.ts';
import { listQueueTags, tagQueue, tagsOf, untagQueue } from './operations/tag.ts';
import { access } from './policy.ts';
import { throttles } from './throttles.ts';
import { forget, gauge, move, redelay, sweep } from './timers.ts';
import { voice } from './voice.ts';

export const service = defineService<'sqs'>({
  name: 'sqs',
  prefix: 'sqs',
  reservedTag: invalidParameter,
  access,
  tagsOf,
  throttles,
  voice,
  pathMember: 'QueueUrl',
  allowsAnonymous: true,
  metrics: 'AWS/SQS',
  timers: { forget, sweep, move, redelay, gauge },
  dataEvents: [
    'SendMessage',
    'SendMessageBatch',
    'ReceiveMessage',
    'DeleteMessage',
    'DeleteMessageBatch',
    'ChangeMessageVisibility',
    'ChangeMessageVisibilityBatch',
  ],
  reads: { ReceiveMessage: 'silent' },
  operations: {
    AddPermission: addPermission,
    CancelMessageMoveTask: cancelMessageMoveTask,
    ChangeMessageVisibility: changeMessageVisibility,
    ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
    CreateQueue: createQueue,
    DeleteMessage: deleteMessage,
    DeleteMessageBatch: deleteMessageBatch,
    DeleteQueue: deleteQueue,
    GetQueueAttributes: getQueueAttributes,
    GetQueueUrl: getQueueUrl,
    ListDeadLetterSourceQueues: listDeadLetterSourceQueues,
    ListMessageMoveTasks: listMessageMoveTasks,
    ListQueues: listQueues,
    ListQueueTags: listQueueTags,
    PurgeQueue: purgeQueue,
    ReceiveMessage: receiveMessage,
    RemovePermission: removePermission,
    SendMessage: sendMessage,
    SendMessageBatch: sendMessageBatch,
    SetQueueAttributes: setQueueAttributes,
    StartMessageMoveTask: startMessageMoveTask,
    TagQueue: tagQueue,
    UntagQueue: untagQueue,
  },
});
