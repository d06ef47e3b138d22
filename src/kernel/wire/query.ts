/** The query and ec2 protocols: a form-encoded POST in, XML out. They differ in how lists are counted, members named and replies wrapped. */

import { formReader, parseForm } from './codec-form.ts';
import { type JsonCodec, jsonCodec } from './codec-json.ts';
import { type XmlCodec, xmlCodec } from './codec-xml.ts';
import { WireFailure } from './failure.ts';
import type { ServiceModel } from './model.ts';
import {
  type ErrorReply,
  type Headers,
  operationOf,
  type Protocol,
  type Reply,
  type WireReply,
  type WireRequest,
  wholeBody,
} from './protocol.ts';
import { queryJson } from './query-json.ts';
import { escapeText } from './xml.ts';

type Style = {
  name: 'query' | 'ec2';
  contentType: string;
  success(model: ServiceModel, operation: string, body: string, requestId: string): string;
  failure(model: ServiceModel, error: ErrorReply, fields: string, requestId: string): string;
};

const declaration = (model: ServiceModel) => model.xmlDeclaration ?? '';
const namespace = (model: ServiceModel) => (model.xmlNamespace === undefined ? '' : ` xmlns="${model.xmlNamespace}"`);

const QUERY: Style = {
  name: 'query',
  contentType: 'text/xml',
  success(model, operation, body, requestId) {
    const { resultWrapper, output } = operationOf(model, operation);
    const wrapper = resultWrapper ?? `${operation}Result`;
    const result = output === undefined ? '' : `<${wrapper}>${body}</${wrapper}>`;
    return `${declaration(model)}<${operation}Response${namespace(model)}>${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`;
  },
  failure(model, error, fields, requestId) {
    const type = error.sender ? 'Sender' : 'Receiver';
    return `${declaration(model)}<ErrorResponse${namespace(model)}><Error><Type>${type}</Type>${codeAndMessage(error)}${fields}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  },
};

const EC2: Style = {
  name: 'ec2',
  contentType: 'text/xml;charset=UTF-8',
  success: (model, operation, body, requestId) =>
    `<${operation}Response${namespace(model)}>${body}<requestId>${requestId}</requestId></${operation}Response>`,
  failure: (_, error, fields, requestId) =>
    `<Response><Errors><Error>${codeAndMessage(error)}${fields}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
};

/** The awsQuery protocol over the service's model. */
export const queryProtocol = (model: ServiceModel) => formProtocol(model, QUERY);
/** The ec2Query protocol over the service's model. */
export const ec2Protocol = (model: ServiceModel) => formProtocol(model, EC2);

function formProtocol(model: ServiceModel, style: Style): Protocol {
  const readers = formReader(model, style.name);
  const codec = xmlCodec(model, style.name === 'ec2');
  let built: JsonCodec | undefined;
  const json = () => {
    built ??= jsonCodec(model, false);
    return built;
  };
  return {
    name: style.name,
    route: (request) => ({ operation: actionOf(model, request), labels: {} }),
    streams: () => false,
    read(route, request) {
      const { input } = operationOf(model, route.operation);
      return input === undefined ? {} : readers(input)(formOf(request));
    },
    write(operation, output, reply): WireReply {
      const { output: shape } = operationOf(model, operation);
      if (isJson(style, reply))
        return jsonReply(200, reply, queryJson(model, json(), operation, output, reply.requestId));
      const body = shape === undefined ? '' : codec.writeBody(shape)(output);
      return {
        status: 200,
        headers: headersOf(style, reply),
        body: style.success(model, operation, body, reply.requestId),
      };
    },
    fail(error, reply): WireReply {
      if (isJson(style, reply)) return jsonReply(error.status, reply, jsonError(error, reply));
      return {
        status: error.status,
        headers: headersOf(style, reply),
        body: style.failure(model, error, errorFields(model, codec, error), reply.requestId),
      };
    },
  };
}

/** Services of the query protocol answer in JSON who asks for it, as integrations of API Gateway do. */
function isJson({ name }: Style, { accept }: Reply): boolean {
  return name === 'query' && accept === 'application/json';
}

function jsonReply(status: number, { requestId }: Reply, body: object): WireReply {
  const headers = { 'content-type': 'application/json', 'x-amzn-requestid': requestId };
  return { status, headers, body: JSON.stringify(body) };
}

function jsonError({ code, message, sender }: ErrorReply, { requestId }: Reply): object {
  return { Error: { Code: code, Message: message, Type: sender ? 'Sender' : 'Receiver' }, RequestId: requestId };
}

/** Characters that no XML document can have; an error may quote them from a request. */
const NO_XML_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
/** The same as `escapeText` writes them. */
const NO_XML = /&#x(?:[0-8bcef]|1[0-9a-f]);|[\ufffe\uffff]/g;

/** An error's code, and its message where it has one. */
export function codeAndMessage(error: ErrorReply): string {
  const text = escapeText(error.message.replace(NO_XML_CHARACTER, '\ufffd'));
  const message = error.message === '' ? '' : `<Message>${text}</Message>`;
  return `<Code>${escapeText(error.code)}</Code>${message}`;
}

/** Members of the error's shape beyond the message. */
export function errorFields(model: ServiceModel, codec: XmlCodec, error: ErrorReply): string {
  if (model.shapes[error.name] === undefined) return '';
  const { message: _, Message: __, ...fields } = error.fields;
  return codec.writeBody(error.name)(fields).replace(NO_XML, '\ufffd');
}

function headersOf(style: Style, reply: Reply): Headers {
  return { 'content-type': style.contentType, 'x-amzn-requestid': reply.requestId };
}

/** Routing and reading look at the same parameters. */
const forms = new WeakMap<WireRequest, Map<string, string>>();

/**
 * Parameters of the body, or of the URL where the body names no action: a GET, or an integration of API Gateway whose body is something else.
 * Source: serverless-operations/serverless-apigateway-service-proxy, lib/apiGateway/sqs.
 */
function formOf(request: WireRequest): Map<string, string> {
  let form = forms.get(request);
  if (form === undefined) {
    const body = wholeBody(request);
    form = parseForm(body.length > 0 ? body.toString('utf8') : request.query);
    if (body.length > 0 && !form.has('Action') && request.query.includes('Action=')) form = parseForm(request.query);
    forms.set(request, form);
  }
  return form;
}

/** `Action`, from the body or the URL. */
function actionOf(model: ServiceModel, request: WireRequest): string {
  const action = formOf(request).get('Action') ?? '';
  if (!Object.hasOwn(model.operations, action))
    throw new WireFailure(
      'unknown-operation',
      action === '' ? 'MissingAction' : `Could not find operation ${action} for version ${model.version}`,
    );
  return action;
}
