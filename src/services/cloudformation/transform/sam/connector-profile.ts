/** Which types connectors connect, and what of them is asked for. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { CONNECTOR_PROFILES } from './data/connector-profiles.ts';
import { getAtt, type Maybe, ref, sub } from './values.ts';

export type Statement = { category: string; text: string };
export type Profile = {
  kind: 'source-role' | 'destination-role' | 'queue' | 'topic' | 'permission';
  before?: string;
  /** Which categories go together, where not all do. */
  only?: string[][];
  statements: Statement[];
};

const PROFILES: ReadonlyMap<string, Profile> = new Map(
  CONNECTOR_PROFILES.trim()
    .split(/\n(?! )/)
    .map((block): [string, Profile] => {
      const [head = '', ...lines] = block.split('\n');
      const [source, , destination, kind, ...options] = head.split(' ');
      const option = (name: string) => options.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
      const [before, only] = [option('before'), option('only')];
      const statements = lines.map((line): Statement => {
        const [, category = '', text = ''] = /^ {2}(\w+) (.*)$/.exec(line) ?? [];
        return { category, text };
      });
      const profile: Profile = {
        kind: kind as Profile['kind'],
        ...(before !== undefined && { before }),
        ...(only !== undefined && { only: only.split('|').map((names) => names.split('+')) }),
        statements,
      };
      return [`${source} ${destination}`, profile];
    }),
);

/** The profile of a pair of types; undefined where they can not be connected. */
export function profileOf(source: string, destination: string): Profile | undefined {
  return PROFILES.get(`${source} ${destination}`);
}

/** What is known of an end of a connector. */
export type Known = { [fact in 'Arn' | 'ResourceId' | 'Name' | 'Qualifier']: Maybe };
export type Ends = { Source: Known; Destination: Known };

/**
 * A text of a profile with what it names of the ends.
 *
 * @throws {Error} that says which fact is missing
 */
export function filled(text: string, ends: Ends): Json {
  const whole = /^\{(Source|Destination)\.(\w+)\}$/.exec(text);
  if (whole !== null) return fact(whole, ends);
  const variables: JsonObject = {};
  const made = text
    .replace(/^arn:/, `arn:\${AWS::Partition}:`)
    .replace(':~:', `:\${AWS::Region}:\${AWS::AccountId}:`)
    .replace(/(?<!\$)\{(Source|Destination)\.(\w+)\}/g, (...match) => {
      variables[`${match[1]}${match[2]}`] = fact(match as unknown as RegExpExecArray, ends);
      return `\${${match[1]}${match[2]}}`;
    });
  if (Object.keys(variables).length > 0) return sub(made, variables);
  return made.includes('${') ? sub(made) : made;
}

function fact([, end, name]: RegExpExecArray, ends: Ends): Json {
  const value = ends[end as keyof Ends][name as keyof Known];
  if (value === undefined || value === null) throw new Error(`${end}.${name} is missing.`);
  return value;
}

type Outputs = { Arn?: JsonObject; Url?: JsonObject; Id?: JsonObject; Name?: JsonObject; Qualifier?: string };

/** What refers to a resource of the template. */
export function outputsOf(type: string, id: string): Outputs {
  const arn = getAtt(id, 'Arn');
  switch (type) {
    case 'AWS::StepFunctions::StateMachine':
      return { Arn: ref(id), Name: getAtt(id, 'Name') };
    case 'AWS::AppSync::GraphQLApi':
      return { Id: getAtt(id, 'ApiId'), Arn: ref(id) };
    case 'AWS::AppSync::DataSource':
    case 'AWS::SNS::Topic':
      return { Arn: ref(id) };
    case 'AWS::SQS::Queue':
      return { Arn: arn, Url: ref(id) };
    case 'AWS::ApiGatewayV2::Api':
    case 'AWS::ApiGateway::RestApi':
      return { Arn: arn, Qualifier: '*', Id: ref(id) };
    case 'AWS::Lambda::Function':
    case 'AWS::Events::Rule':
    case 'AWS::DynamoDB::Table':
    case 'AWS::S3::Bucket':
    case 'AWS::Location::PlaceIndex':
    case 'AWS::Events::EventBus':
      return { Arn: arn };
    default:
      return {};
  }
}

/** The property by which a type has its role. */
export const ROLE_PROPERTY: { readonly [type: string]: string } = {
  'AWS::Lambda::Function': 'Role',
  'AWS::StepFunctions::StateMachine': 'RoleArn',
  'AWS::AppSync::DataSource': 'ServiceRoleArn',
};
