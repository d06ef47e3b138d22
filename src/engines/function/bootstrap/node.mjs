// The Node.js runtime: loads a function's handler and carries out events that it fetches from Lambda's Runtime API.
// Its texts and types of errors are those of Lambda. Source: Lambda Developer Guide, "Building Lambda functions with Node.js".
import { closeSync, existsSync, readFileSync, readSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { beginLog, failureOf, now, sayError } from './log.mjs';
import { bringModules } from './modules.mjs';

const { Agent, request } = process.getBuiltinModule('node:http');
const { env } = process;

// Begun before it was known for which function: a byte says that its room is ready, then comes its environment.
if (env.CLOUDYARD_WAITS !== undefined) {
  if (readSync(0, Buffer.alloc(1)) === 0) process.exit(1);
  const given = JSON.parse(readFileSync(4, 'utf8'));
  closeSync(4);
  for (const name of Object.keys(env)) delete env[name];
  Object.assign(env, given, { PWD: given.LAMBDA_TASK_ROOT });
  process.chdir(env.LAMBDA_TASK_ROOT);
}

const [host, port] = env.AWS_LAMBDA_RUNTIME_API.split(':');
const BASE = '/2018-06-01/runtime';
const agent = new Agent({ keepAlive: true, maxSockets: 2 });
const STREAMED = Symbol.for('aws.lambda.runtime.handler.streaming');
// Source: "Node.js 24 runtime now available in AWS Lambda": from it on, handlers are asynchronous or give their result at once.
const hasCallbacks = Number(/nodejs(\d+)/.exec(env.AWS_EXECUTION_ENV ?? '')?.[1] ?? 0) < 24;

beginLog();

// --- AWS's own addresses, and this cloud's by name, lead to it, in the clear, as it is on this machine

const AWS_NAME = /(^|\.)(amazonaws\.com(\.cn)?|on\.aws|cloudfront\.net)$|\.localhost$/;
const cloud = URL.parse(env.AWS_ENDPOINT_URL ?? '');
if (cloud?.protocol === 'http:') {
  const tls = process.getBuiltinModule('node:tls');
  const net = process.getBuiltinModule('node:net');
  const { connect } = tls;
  tls.connect = (...args) => {
    const [options, then] = args;
    const isOurs = (name) => name === cloud.hostname || AWS_NAME.test(name);
    if (typeof options !== 'object' || Number(options.port) !== 443 || !isOurs(options.host ?? ''))
      return connect(...args);
    const socket = net.connect({ host: cloud.hostname, port: Number(cloud.port) });
    if (typeof then === 'function') socket.once('secureConnect', then);
    socket.once('connect', () => socket.emit('secureConnect'));
    return Object.assign(socket, { encrypted: true, authorized: true, getPeerCertificate: () => ({}) });
  };
  syncBuiltinESMExports();
}

// --- the Runtime API

function send(method, path, headers, body) {
  return new Promise((done, fail) => {
    const outgoing = request({ host, port, method, path: BASE + path, agent, headers }, (incoming) => {
      const pieces = [];
      incoming.on('data', (piece) => pieces.push(piece));
      incoming.on('end', () => done({ headers: incoming.headers, body: Buffer.concat(pieces) }));
      incoming.on('error', fail);
    });
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}

const post = (path, body, type, headers = {}) =>
  send('POST', path, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers }, body);

function postError(path, error) {
  const failure = failureOf(error);
  return post(path, JSON.stringify(failure), 'application/vnd.aws.lambda.error+json', {
    'lambda-runtime-function-error-type': failure.errorType,
  });
}

// --- the handler

const kinds = {};

/** An error of the runtime's own, of a class of its own. */
function runtimeError(kind, message) {
  kinds[kind] ??= { [kind]: class extends Error {} }[kind];
  kinds[kind].prototype.name = `Runtime.${kind}`;
  return new kinds[kind](message);
}

async function loadHandler() {
  const full = env._HANDLER;
  const file = basename(full);
  const dot = file.indexOf('.');
  if (dot < 1 || dot === file.length - 1) throw runtimeError('MalformedHandlerName', 'Bad handler');
  if (full.includes('..'))
    throw runtimeError(
      'MalformedHandlerName',
      `'${full}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  const root = resolve(env.LAMBDA_TASK_ROOT, dirname(full));
  const name = file.slice(0, dot);
  const found = ['', '.js', '.mjs', '.cjs'].map((end) => join(root, name + end)).find((path) => existsSync(path));
  if (found === undefined)
    throw runtimeError(
      'ImportModuleError',
      `Error: Cannot find module '${name}'\nRequire stack:\n- /var/runtime/index.mjs`,
    );
  let module;
  try {
    module =
      found === join(root, name) ? { default: createRequire(found)(found) } : await import(pathToFileURL(found).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw runtimeError('UserCodeSyntaxError', String(error));
    if (error?.code === 'MODULE_NOT_FOUND') throw runtimeError('ImportModuleError', String(error));
    throw error;
  }
  const path = file.slice(dot + 1).split('.');
  const within = (from) => path.reduce((value, key) => value?.[key], from);
  const handler = within(module) ?? within(module.default);
  if (handler === undefined) throw runtimeError('HandlerNotFound', `${full} is undefined or not exported`);
  if (typeof handler !== 'function') throw runtimeError('HandlerNotFound', `${full} is not a function`);
  if (!hasCallbacks && handler.length > 2 && handler[STREAMED] === undefined)
    throw runtimeError(
      'CallbackHandlerDeprecated',
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    );
  return handler;
}

bringModules(env.CLOUDYARD_MODULES, env.LAMBDA_TASK_ROOT === '/var/task');
// What is the runtime's own is not the function's.
delete env.CLOUDYARD_MODULES;
delete env._LAMBDA_TELEMETRY_LOG_FD;

globalThis.awslambda = {
  streamifyResponse(handler, options) {
    handler[STREAMED] = 'response';
    if (options?.highWaterMark !== undefined) handler.highWaterMark = options.highWaterMark;
    return handler;
  },
  // biome-ignore lint/complexity/noStaticOnlyClass: functions know it as a class
  HttpResponseStream: class {
    static from(stream, prelude) {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.write(JSON.stringify(prelude));
      stream.write(Buffer.alloc(8));
      return stream;
    }
  },
};

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const parsed = (name) => (headers[name] === undefined ? undefined : JSON.parse(headers[name]));
  return {
    ...(hasCallbacks && { callbackWaitsForEmptyEventLoop: true }),
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed('lambda-runtime-client-context'),
    identity: parsed('lambda-runtime-cognito-identity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

/** What a handler gives: by promise, at once, or before Node.js 24 by callback (once nothing is left to do, unless it says otherwise) and by the old `done`. */
async function outcomeOf(handler, event, context) {
  if (!hasCallbacks) return handler(event, context);
  return new Promise((done, fail) => {
    const settle = (error, value) => {
      const act = () => (error === null || error === undefined ? done(value) : fail(error));
      if (context.callbackWaitsForEmptyEventLoop) process.once('beforeExit', act);
      else act();
    };
    context.done = settle;
    context.succeed = (value) => done(value);
    context.fail = (error) => fail(error ?? 'handled');
    const given = handler(event, context, settle);
    // What it gives otherwise is not looked at.
    if (given !== undefined && given !== null && typeof given.then === 'function') given.then(done, fail);
  });
}

/** Where nothing is left to do that could settle it, an asynchronous handler has failed, and any other has given nothing. */
function untilIdle(outcome, handler) {
  return new Promise((done, fail) => {
    let isSettled = false;
    const idle = () =>
      setImmediate(() => isSettled || (isAsync(handler) ? fail(runtimeError('NodeJsExit', IDLE)) : done(null)));
    process.once('beforeExit', idle);
    outcome.then(done, fail).finally(() => {
      isSettled = true;
      process.removeListener('beforeExit', idle);
    });
  });
}

const isAsync = (handler) => handler.constructor?.name === 'AsyncFunction';
const IDLE =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes';

async function carryOut(handler, path, event, context) {
  if (handler[STREAMED] !== undefined) return stream(handler, path, event, context);
  let text;
  try {
    const value = await untilIdle(outcomeOf(handler, event, context), handler);
    try {
      text = JSON.stringify(value === undefined ? null : value);
    } catch {
      throw runtimeError('MarshalError', `Unable to stringify response body`);
    }
  } catch (error) {
    sayError('Invoke Error', error);
    await postError(`${path}/error`, error);
    return;
  }
  await post(`${path}/response`, text ?? 'null', 'application/json');
}

/** The answer in pieces. An error on the way is told in trailers. */
async function stream(handler, path, event, context) {
  const body = new PassThrough({ highWaterMark: handler.highWaterMark ?? 16_384 });
  let type = 'application/octet-stream';
  body.setContentType = (given) => {
    type = given;
  };
  let begun;
  const begin = () => {
    begun ??= new Promise((done, fail) => {
      const outgoing = request(
        {
          host,
          port,
          method: 'POST',
          path: `${BASE}${path}/response`,
          agent,
          headers: {
            'content-type': type,
            'lambda-runtime-function-response-mode': 'streaming',
            'transfer-encoding': 'chunked',
            trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
          },
        },
        (incoming) => incoming.resume().on('end', done),
      );
      outgoing.on('error', fail);
      body.failure = (error) => {
        const failure = failureOf(error);
        outgoing.addTrailers({
          'Lambda-Runtime-Function-Error-Type': failure.errorType,
          'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(failure)).toString('base64'),
        });
        outgoing.end();
      };
      body.on('data', (piece) => {
        if (outgoing.write(piece)) return;
        body.pause();
        outgoing.once('drain', () => body.resume());
      });
      body.on('end', () => outgoing.writableEnded || outgoing.end());
    });
    return begun;
  };
  const write = body.write;
  // What is neither text nor bytes is written as JSON, as AWS's runtime does.
  body.write = (piece, ...given) => {
    const isPlain = typeof piece === 'string' || Buffer.isBuffer(piece) || piece?.constructor === Uint8Array;
    const result = write.call(body, isPlain ? piece : JSON.stringify(piece), ...given);
    setImmediate(begin);
    return result;
  };
  try {
    const ended = new Promise((done) => body.once('finish', done));
    await handler(event, body, context);
    if (!body.writableEnded) body.end();
    await ended;
    await begin();
  } catch (error) {
    sayError('Invoke Error', error);
    if (begun === undefined) await postError(`${path}/error`, error);
    else {
      body.failure(error);
      await begun;
    }
  }
}

async function main() {
  let handler;
  try {
    handler = await loadHandler();
  } catch (error) {
    sayError('Uncaught Exception', error);
    // Its environment may end before the answer comes.
    await postError('/init/error', error).catch(() => {});
    process.exit(1);
  }
  let path;
  const fatal = async (what, error, status) => {
    sayError(what, error);
    if (path !== undefined) await postError(`${path}/error`, error).catch(() => {});
    process.exit(status);
  };
  process.on('uncaughtException', (error) => fatal('Uncaught Exception', error, 129));
  process.on('unhandledRejection', (reason, promise) => {
    const error = runtimeError('UnhandledPromiseRejection', String(reason));
    fatal('Unhandled Promise Rejection', Object.assign(error, { reason, promise }), 128);
  });
  for (;;) {
    const { headers, body } = await send('GET', '/invocation/next', {}, undefined);
    const context = contextOf(headers);
    now.requestId = context.awsRequestId;
    now.tenantId = context.tenantId;
    env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
    path = `/invocation/${now.requestId}`;
    let event;
    try {
      event = JSON.parse(body.toString('utf8'));
    } catch (error) {
      await postError(`${path}/error`, runtimeError('UnmarshalError', String(error)));
      continue;
    }
    await carryOut(handler, path, event, context);
    path = undefined;
  }
}

await main();
