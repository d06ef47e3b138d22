/** Amazon Simple Queue Service. */
import { defineService, notYet } from '#kernel/contract';
import { changeMessageVisibilityBatch, deleteMessageBatch, sendMessageBatch } from './operations/batch.ts';
import { changeMessageVisibility, deleteMessage, receiveMessage, sendMessage } from './operations/message.ts';
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
import { listQueueTags, tagQueue, untagQueue } from './operations/tag.ts';
import { access } from './policy.ts';
import { throttles } from './throttles.ts';
import { sweep } from './timers.ts';
import { voice } from './voice.ts';

export const service = defineService<'sqs'>({
  name: 'sqs',
  prefix: 'sqs',
  access,
  throttles,
  voice,
  allowsAnonymous: true,
  metrics: 'AWS/SQS',
  timers: { sweep },
  dataEvents: [
    'SendMessage',
    'SendMessageBatch',
    'ReceiveMessage',
    'DeleteMessage',
    'DeleteMessageBatch',
    'ChangeMessageVisibility',
    'ChangeMessageVisibilityBatch',
  ],
  operations: {
    AddPermission: notYet('policies by label come with the complete SQS; SetQueueAttributes sets a whole policy'),
    CancelMessageMoveTask: notYet('redrive tasks come with the complete SQS'),
    ChangeMessageVisibility: changeMessageVisibility,
    ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
    CreateQueue: createQueue,
    DeleteMessage: deleteMessage,
    DeleteMessageBatch: deleteMessageBatch,
    DeleteQueue: deleteQueue,
    GetQueueAttributes: getQueueAttributes,
    GetQueueUrl: getQueueUrl,
    ListDeadLetterSourceQueues: listDeadLetterSourceQueues,
    ListMessageMoveTasks: notYet('redrive tasks come with the complete SQS'),
    ListQueues: listQueues,
    ListQueueTags: listQueueTags,
    PurgeQueue: purgeQueue,
    ReceiveMessage: receiveMessage,
    RemovePermission: notYet('policies by label come with the complete SQS; SetQueueAttributes sets a whole policy'),
    SendMessage: sendMessage,
    SendMessageBatch: sendMessageBatch,
    SetQueueAttributes: setQueueAttributes,
    StartMessageMoveTask: notYet('redrive tasks come with the complete SQS'),
    TagQueue: tagQueue,
    UntagQueue: untagQueue,
  },
});
