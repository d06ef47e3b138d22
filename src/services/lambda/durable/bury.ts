/** Executions that nobody waited for and that came to no good end: their input goes to the dead letters of their function. */
import { persistently, ServiceError, type TaskHandler } from '#kernel/contract';
import { sendToDeadLetters } from '../domain/dead-letters.ts';
import { versionOf } from '../domain/find.ts';
import { actAsRole } from '../domain/spec.ts';
import { dataOf, draftOf } from './draft.ts';

/** Source: Lambda Developer Guide, "Invoking durable Lambda functions": dead-letter queues, no destinations. */
export const bury: TaskHandler = async ({ id }, ctx) => {
  const draft = draftOf(String(id), ctx);
  const version = draft && versionOf(draft.store, draft.row.function, draft.row.version);
  if (draft === undefined || version?.deadLetterArn === undefined) return;
  const { input = '', error } = dataOf(draft);
  const letter = { text: input, requestId: draft.row.id, code: '200', message: error?.ErrorMessage ?? '' };
  const isSent = await persistently(() => actAsRole(version, ctx), ctx)
    .then((acting) => sendToDeadLetters(version.deadLetterArn ?? '', letter, acting.aws(), ctx))
    .catch((failure) => {
      if (failure instanceof ServiceError) return false;
      throw failure;
    });
  if (!isSent) ctx.count('DeadLetterErrors', { FunctionName: draft.row.function }, 1);
};
