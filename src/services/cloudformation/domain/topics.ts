/** Topics that a stack is to tell what happens to it. */
import { type Ctx, ServiceError } from '#kernel/contract';
import { invalid } from '../errors.ts';

/**
 * A change set is made with whatever topics, and refused when it is executed.
 * Source: github.com/aws/aws-cdk/issues/20603 and 20806.
 * Deviation: a topic that lets the caller publish nothing is taken.
 *
 * @throws {ServiceError} ValidationError for what is no topic of the stack's region, in SNS's words
 */
export async function checkTopics(arns: readonly string[] = [], ctx: Ctx): Promise<void> {
  for (const TopicArn of arns)
    try {
      await ctx.awsForCaller().sns.GetTopicAttributes({ TopicArn });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const status = STATUS.get(error.code);
      if (status === undefined) continue;
      const facts = `Service: AmazonSNS; Status Code: ${status}; Error Code: ${error.code.replace(/Exception$/, '')}`;
      throw invalid(`${error.message} (${facts}; Request ID: ${ctx.requestId}; Proxy: null)`);
    }
}

const STATUS = new Map([
  ['InvalidParameterException', 400],
  ['NotFoundException', 404],
]);
