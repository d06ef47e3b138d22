/** The README's first minute with the AWS CLI as it is, version 1 and version 2 where they are installed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { isRecentCli } from '../support/clients.ts';
import { clientEnvironment, hashOf, outputOf, surviveKill, writeRandom } from './minute.ts';

const TEMPLATE = `
Parameters: { Delay: { Type: Number, Default: 5 } }
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: !Ref Delay } }
  Bucket: { Type: AWS::S3::Bucket }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
Outputs:
  Queue: { Value: !Ref Queue, Export: { Name: app-queue } }
`;
const PLACES = ['aws', 'aws2', '/usr/local/bin/aws', '/opt/homebrew/bin/aws'];
const found = PLACES.map((command) => ({ command, version: outputOf(command, '--version') ?? '' }));

for (const major of ['1', '2']) {
  const isIt = (version: string) => version.startsWith(`aws-cli/${major}.`) && isRecentCli(version);
  const command = found.find(({ version }) => isIt(version))?.command ?? '';
  test(`the AWS CLI, version ${major}`, { skip: command === '' && `needs the AWS CLI, version ${major}` }, async () => {
    const at = (url: string, cwd: string) => async (line: string) => {
      // Version 1 does not read AWS_ENDPOINT_URL for SQS.
      const place = major === '1' && line.startsWith('sqs') ? ['--endpoint-url', url] : [];
      const { stdout } = await promisify(execFile)(command, [...line.split(' '), ...place], {
        cwd,
        env: clientEnvironment(url) as NodeJS.ProcessEnv,
      });
      return stdout.startsWith('{') ? JSON.parse(stdout) : stdout;
    };
    let hash = '';
    let queue = '';
    await surviveKill(
      async ({ url }, { folder }) => {
        const aws = at(url, folder);
        hash = writeRandom(join(folder, 'file'));
        await aws('s3 mb s3://photos');
        await aws('s3 cp file s3://photos/file --no-progress');
        await aws('s3 cp s3://photos/file back --no-progress');
        assert.equal(hashOf(join(folder, 'back')), hash);
        queue = (await aws('sqs create-queue --queue-name jobs')).QueueUrl;
        await aws(`sqs send-message --queue-url ${queue} --message-body first`);
        await aws(`sqs send-message --queue-url ${queue} --message-body second`);
        const { Messages } = await aws(`sqs receive-message --queue-url ${queue}`);
        assert.match(Messages[0].Body, /^(first|second)$/);
        await aws(`sqs delete-message --queue-url ${queue} --receipt-handle ${Messages[0].ReceiptHandle}`);
        await aws(
          'dynamodb create-table --table-name things --key-schema AttributeName=id,KeyType=HASH --attribute-definitions AttributeName=id,AttributeType=S --billing-mode PAY_PER_REQUEST',
        );
        await aws('dynamodb wait table-exists --table-name things');
        await aws('dynamodb put-item --table-name things --item {"id":{"S":"x"},"n":{"N":"42"}}');
        const { Item } = await aws('dynamodb get-item --table-name things --key {"id":{"S":"x"}}');
        assert.deepEqual(Item, { id: { S: 'x' }, n: { N: '42' } });
        await aws('logs create-log-group --log-group-name app');
        await aws('logs create-log-stream --log-group-name app --log-stream-name one');
        const event = `timestamp=${Date.now()},message=hello`;
        await aws(`logs put-log-events --log-group-name app --log-stream-name one --log-events ${event}`);
        const { TopicArn } = await aws('sns create-topic --name news');
        await aws(`sns subscribe --topic-arn ${TopicArn} --protocol email --notification-endpoint anna@example.com`);
        await aws(`sns publish --topic-arn ${TopicArn} --message hello --subject Hi`);
        writeFileSync(join(folder, 'template.yml'), TEMPLATE);
        const deploy =
          'cloudformation deploy --stack-name app --template-file template.yml --capabilities CAPABILITY_IAM';
        assert.match(await aws(deploy), /Successfully created\/updated stack - app/);
        assert.match(
          await aws(`${deploy} --no-fail-on-empty-changeset`),
          /No changes to deploy. Stack app is up to date/,
        );
      },
      async ({ url }, { folder }) => {
        const aws = at(url, folder);
        await aws('s3 cp s3://photos/file again --no-progress');
        assert.equal(hashOf(join(folder, 'again')), hash);
        assert.match(await aws('s3 ls s3://photos'), /20971520 file\n/);
        const { QueueUrl } = await aws('sqs get-queue-url --queue-name jobs');
        const { Messages } = await aws(`sqs receive-message --queue-url ${QueueUrl} --max-number-of-messages 10`);
        assert.equal(Messages.length, 1, 'one was deleted, one was kept');
        const { events } = await aws('logs filter-log-events --log-group-name app --filter-pattern hello');
        assert.deepEqual([events[0].logStreamName, events[0].message], ['one', 'hello']);
        const { Subscriptions } = await aws('sns list-subscriptions');
        assert.equal(Subscriptions[0].SubscriptionArn, 'PendingConfirmation');
        const { Item } = await aws('dynamodb get-item --table-name things --key {"id":{"S":"x"}}');
        assert.deepEqual(Item, { id: { S: 'x' }, n: { N: '42' } });
        const { Stacks } = await aws('cloudformation describe-stacks --stack-name app');
        assert.equal(Stacks[0].StackStatus, 'CREATE_COMPLETE');
        await aws('cloudformation delete-stack --stack-name app');
        await aws('cloudformation wait stack-delete-complete --stack-name app');
        assert.deepEqual((await aws('cloudformation list-exports')).Exports, []);
      },
    );
  });
}
