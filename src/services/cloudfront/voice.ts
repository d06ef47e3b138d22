/** What CloudFront says in its own words of requests that do not fit its model. */
import { commonError, ServiceError, type Voice } from '#kernel/contract';

/** Source: aws/aws-sdk-php issue 1973 (MalformedXML); aws/aws-sdk-ruby issue 1067, laurilehmijoki/s3_website issue 320 (MalformedInput). */
export const voice: Voice = {
  invalid: (failures, usual) => commonError('MalformedXML', usual(failures).message),
  unreadable: (failure) =>
    failure.kind === 'unknown-operation'
      ? new ServiceError('UnknownOperationException', '', { status: 404 })
      : commonError('MalformedInput', failure.message),
};
