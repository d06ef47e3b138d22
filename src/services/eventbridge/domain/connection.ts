/** Connections: what of their authorization is secret, and what is shown. */
import { type Ctx, type InputOf, notBuilt } from '#kernel/contract';
import { connectionNotFound, validation } from '../errors.ts';
import { type AuthorizationType, type ConnectionRow, connections } from '../state.ts';

type Given = NonNullable<InputOf<'eventbridge', 'UpdateConnection'>['AuthParameters']>;
type Http = NonNullable<Given['InvocationHttpParameters']>;
type Parameter = { Key?: string; Value?: string; IsValueSecret?: boolean };
export type Parameters = { name: string; value: string }[];
export type HttpParts = { headers: Parameters; query: Parameters; body: Parameters };

/** What a connection's secret says: as AWS writes it, that a person may read it. */
export type Credentials = {
  username?: string;
  password?: string;
  api_key_name?: string;
  api_key_value?: string;
  client_id?: string;
  client_secret?: string;
  authorization_endpoint?: string;
  http_method?: 'GET' | 'POST' | 'PUT';
  oauth_http_parameters?: Http;
  invocation_http_parameters?: Http;
};

/** @throws {ServiceError} ResourceNotFoundException */
export function findConnection(name: string, { store }: Ctx, before = ''): ConnectionRow {
  const row = store.get(connections, { name });
  if (row === undefined) throw connectionNotFound(name, before);
  return row;
}

/** A connection by its ARN, which no later one of the same name has. @throws {ServiceError} ResourceNotFoundException, ValidationException */
export function connectionOf(arn: string, ctx: Ctx): ConnectionRow {
  if (arn.split(':')[3] !== ctx.region) throw validation(`Invalid ARN: '${arn}'`);
  const row = ctx.store.get(connections, { name: arn.split(':connection/')[1]?.split('/')[0] ?? '' });
  if (row?.arn !== arn) throw connectionNotFound(arn);
  return row;
}

const REQUIRED: {
  readonly [type in AuthorizationType]: readonly [member: keyof Given, fields: (keyof Credentials)[]];
} = {
  BASIC: ['BasicAuthParameters', ['username', 'password']],
  API_KEY: ['ApiKeyAuthParameters', ['api_key_name', 'api_key_value']],
  OAUTH_CLIENT_CREDENTIALS: [
    'OAuthParameters',
    ['client_id', 'client_secret', 'authorization_endpoint', 'http_method'],
  ],
};

/**
 * What the secret says once a request's parameters are in it; what they leave out stays.
 *
 * @throws {ServiceError} ValidationException where it is not all that the type needs; 501 for what is not built
 */
export function credentialsOf(type: AuthorizationType, given: Given | undefined, before: Credentials): Credentials {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: key, OAuthParameters: oauth } = given ?? {};
  if (given?.ConnectivityParameters !== undefined) throw notBuilt('private connections');
  const all: Credentials = {
    ...(type === 'BASIC' && {
      username: basic?.Username ?? before.username,
      password: basic?.Password ?? before.password,
    }),
    ...(type === 'API_KEY' && {
      api_key_name: key?.ApiKeyName ?? before.api_key_name,
      api_key_value: key?.ApiKeyValue ?? before.api_key_value,
    }),
    ...(type === 'OAUTH_CLIENT_CREDENTIALS' && {
      client_id: oauth?.ClientParameters?.ClientID ?? before.client_id,
      client_secret: oauth?.ClientParameters?.ClientSecret ?? before.client_secret,
      authorization_endpoint: oauth?.AuthorizationEndpoint ?? before.authorization_endpoint,
      http_method: oauth?.HttpMethod ?? before.http_method,
      oauth_http_parameters: oauth?.OAuthHttpParameters ?? before.oauth_http_parameters,
    }),
    invocation_http_parameters: given?.InvocationHttpParameters ?? before.invocation_http_parameters,
  };
  const [member, fields] = REQUIRED[type];
  if (fields.some((field) => all[field] === undefined))
    throw validation(`Parameter ${member} is not valid. Reason: Missing required field(s)`);
  if (all.authorization_endpoint !== undefined) checkEndpoint(all.authorization_endpoint, 'AuthorizationEndpoint');
  return all;
}

/** Deviation: an endpoint on this machine may be plain HTTP. @throws {ServiceError} ValidationException */
export function checkEndpoint(endpoint: string, name: string): void {
  const url = URL.parse(endpoint.replaceAll('*', 'x'));
  const isHere = url?.protocol === 'http:' && /^(localhost|.+\.localhost|127\..+|\[::1\])$/.test(url.hostname);
  if (url === null || (url.protocol !== 'https:' && !isHere))
    throw validation(`Parameter ${name} is not valid. Reason: Endpoint '${endpoint}' is not valid`);
}

/** The parts that are no secret. */
export function shownOf(type: AuthorizationType, all: Credentials): ConnectionRow['shown'] {
  const invocation = all.invocation_http_parameters;
  const oauth = all.oauth_http_parameters;
  return {
    ...(type === 'BASIC' && { BasicAuthParameters: { Username: all.username } }),
    ...(type === 'API_KEY' && { ApiKeyAuthParameters: { ApiKeyName: all.api_key_name } }),
    ...(type === 'OAUTH_CLIENT_CREDENTIALS' && {
      OAuthParameters: {
        ClientParameters: { ClientID: all.client_id },
        AuthorizationEndpoint: all.authorization_endpoint,
        HttpMethod: all.http_method,
        ...(oauth !== undefined && { OAuthHttpParameters: withoutSecrets(oauth) }),
      },
    }),
    ...(invocation !== undefined && { InvocationHttpParameters: withoutSecrets(invocation) }),
  };
}

function withoutSecrets(http: Http): Http {
  const open = (list: readonly Parameter[] | undefined) =>
    list?.map(({ Key, Value, IsValueSecret = false }) =>
      IsValueSecret ? { Key, IsValueSecret } : { Key, Value, IsValueSecret },
    );
  const { HeaderParameters: headers, QueryStringParameters: query, BodyParameters: body } = http;
  return {
    ...(headers !== undefined && { HeaderParameters: open(headers) }),
    ...(query !== undefined && { QueryStringParameters: open(query) }),
    ...(body !== undefined && { BodyParameters: open(body) }),
  } as Http;
}

/** What a request gets besides. */
export function partsOf(http: Http | undefined): HttpParts {
  const list = (given: readonly Parameter[] | undefined): Parameters =>
    (given ?? []).map(({ Key: name = '', Value: value = '' }) => ({ name, value }));
  return {
    headers: list(http?.HeaderParameters),
    query: list(http?.QueryStringParameters),
    body: list(http?.BodyParameters),
  };
}
