/**
 * What there is of each type in an account and Region: the identifiers, as the services list them.
 *
 * Deviation: AWS scans every type that can be imported; types that are not here are found in no scan, and can't be in a generated template.
 */
import type { Aws } from '#kernel/contract';

type Names = (string | undefined)[] | undefined;
type Token = string | undefined;
type Page = { names: Names; next?: Token };

/** Reads page after page. */
async function all(read: (token: Token) => Promise<Page>): Promise<string[]> {
  const found: string[] = [];
  let token: Token;
  do {
    const { names = [], next } = await read(token);
    found.push(...names.flatMap((name) => (name === undefined ? [] : [name])));
    token = next;
  } while (token !== undefined && token !== '');
  return found;
}

export const LISTS: { readonly [type: string]: (aws: Aws) => Promise<string[]> } = {
  'AWS::CloudWatch::Alarm': ({ cloudwatch }) =>
    all(async (NextToken) => {
      const { MetricAlarms, NextToken: next } = await cloudwatch.DescribeAlarms({ NextToken });
      return { names: MetricAlarms?.map(({ AlarmName }) => AlarmName), next };
    }),
  'AWS::DynamoDB::Table': ({ dynamodb }) =>
    all(async (ExclusiveStartTableName) => {
      const { TableNames: names, LastEvaluatedTableName: next } = await dynamodb.ListTables({
        ExclusiveStartTableName,
      });
      return { names: names === undefined ? undefined : [...names], next };
    }),
  'AWS::ECR::Repository': ({ ecr }) =>
    all(async (nextToken) => {
      const { repositories, nextToken: next } = await ecr.DescribeRepositories({ nextToken });
      return { names: repositories?.map(({ repositoryName }) => repositoryName), next };
    }),
  'AWS::IAM::Group': ({ iam }) =>
    all(async (Marker) => {
      const { Groups, Marker: next } = await iam.ListGroups({ Marker });
      return { names: Groups.map(({ GroupName }) => GroupName), next };
    }),
  'AWS::IAM::InstanceProfile': ({ iam }) =>
    all(async (Marker) => {
      const { InstanceProfiles, Marker: next } = await iam.ListInstanceProfiles({ Marker });
      return { names: InstanceProfiles.map(({ InstanceProfileName }) => InstanceProfileName), next };
    }),
  'AWS::IAM::ManagedPolicy': ({ iam }) =>
    all(async (Marker) => {
      const { Policies, Marker: next } = await iam.ListPolicies({ Marker, Scope: 'Local' });
      return { names: Policies?.map(({ Arn }) => Arn), next };
    }),
  'AWS::IAM::Role': ({ iam }) =>
    all(async (Marker) => {
      const { Roles, Marker: next } = await iam.ListRoles({ Marker });
      // Those that belong to services are made by services.
      const own = Roles.filter(({ Path }) => !Path.startsWith('/aws-service-role/'));
      return { names: own.map(({ RoleName }) => RoleName), next };
    }),
  'AWS::IAM::User': ({ iam }) =>
    all(async (Marker) => {
      const { Users, Marker: next } = await iam.ListUsers({ Marker });
      return { names: Users.map(({ UserName }) => UserName), next };
    }),
  'AWS::Lambda::Function': ({ lambda }) =>
    all(async (Marker) => {
      const { Functions, NextMarker: next } = await lambda.ListFunctions({ Marker });
      return { names: Functions?.map(({ FunctionName }) => FunctionName), next };
    }),
  'AWS::Logs::LogGroup': ({ 'cloudwatch-logs': logs }) =>
    all(async (nextToken) => {
      const { logGroups, nextToken: next } = await logs.DescribeLogGroups({ nextToken });
      return { names: logGroups?.map(({ logGroupName }) => logGroupName), next };
    }),
  'AWS::S3::Bucket': ({ s3 }) =>
    all(async (ContinuationToken) => {
      const { Buckets, ContinuationToken: next } = await s3.ListBuckets({ ContinuationToken });
      return { names: Buckets?.map(({ Name }) => Name), next };
    }),
  'AWS::S3Express::DirectoryBucket': ({ s3 }) =>
    all(async (ContinuationToken) => {
      const { Buckets, ContinuationToken: next } = await s3.ListDirectoryBuckets({ ContinuationToken });
      return { names: Buckets?.map(({ Name }) => Name), next };
    }),
  'AWS::SNS::Topic': ({ sns }) =>
    all(async (NextToken) => {
      const { Topics, NextToken: next } = await sns.ListTopics({ NextToken });
      return { names: Topics?.map(({ TopicArn }) => TopicArn), next };
    }),
  'AWS::SQS::Queue': ({ sqs }) =>
    all(async (NextToken) => {
      const { QueueUrls, NextToken: next } = await sqs.ListQueues({ NextToken, MaxResults: 1_000 });
      return { names: QueueUrls === undefined ? undefined : [...QueueUrls], next };
    }),
  'AWS::SSM::Parameter': ({ ssm }) =>
    all(async (NextToken) => {
      const { Parameters, NextToken: next } = await ssm.DescribeParameters({ NextToken });
      return { names: Parameters?.map(({ Name }) => Name), next };
    }),
  'AWS::SecretsManager::Secret': ({ 'secrets-manager': secrets }) =>
    all(async (NextToken) => {
      const { SecretList, NextToken: next } = await secrets.ListSecrets({ NextToken });
      return { names: SecretList?.map(({ ARN }) => ARN), next };
    }),
};
