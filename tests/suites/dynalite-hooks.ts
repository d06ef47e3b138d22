/**
 * Loaded into mocha before dynalite's tests: they get the cloud at SUITE_PORT instead of starting dynalite, tables with capacity
 * that isn't used up, and the name of DynamoDB's host where a request is not signed (it is all that tells whom it is meant for).
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const port = String(process.env.SUITE_PORT);
const SERVER = 'module.exports = () => ({ listen: (_, done) => done(), close: (done) => done && done() })';

registerHooks({
  load(url, context, nextLoad) {
    if (url.endsWith('/test/helpers.js')) {
      const source = readFileSync(fileURLToPath(url), 'utf8')
        .replaceAll(/(port: options\.port \|\| |port = )[^,]+,/g, `$1${port},`)
        .replaceAll(/(readCapacity|writeCapacity)( = |: options\.\w+ \|\| )\d+/g, '$1$220000')
        .replaceAll(
          'http.request(opts,',
          "http.request({ ...opts, headers: { ...opts.headers, Host: 'dynamodb.us-east-1.amazonaws.com' } },",
        );
      return { format: 'commonjs', source, shortCircuit: true };
    }
    if (!url.includes('/node_modules/') && url.endsWith('/index.js') && !url.includes('/test/'))
      return { format: 'commonjs', source: SERVER, shortCircuit: true };
    return nextLoad(url, context);
  },
});
