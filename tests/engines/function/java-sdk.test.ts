/** Requests of AWS's SDKs for Java reach the cloud, whichever their version: functions with the shape of an SDK, asking as that does. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { archive, openBench } from '../../support/engine.ts';

const SHAPE = join(import.meta.dirname, '../../../src/engines/function/bootstrap/java/sdk');
/** Loads the interceptors that are on the class path, as the SDK does, and tells where they lead a request. */
const CLIENT = `package app;
  import java.net.URI;
  import java.util.*;
  import software.amazon.awssdk.core.interceptor.*;
  import software.amazon.awssdk.http.SdkHttpRequest;
  public class Client {
    record Request(String protocol, String host, int port, String encodedPath) implements SdkHttpRequest {
      public Builder toBuilder() { return new Maker(this); }
    }
    static class Maker implements SdkHttpRequest.Builder {
      String protocol; String host; int port; String path;
      Maker(Request from) { protocol = from.protocol; host = from.host; port = from.port; path = from.encodedPath; }
      public Maker protocol(String given) { protocol = given; return this; }
      public Maker host(String given) { host = given; return this; }
      public Maker port(Integer given) { port = given; return this; }
      public Maker encodedPath(String given) { path = given; return this; }
      public Object build() { return new Request(protocol, host, port, path); }
    }
    public String ask(String address) throws Exception {
      URI uri = URI.create(address);
      Request request = new Request(uri.getScheme(), uri.getHost(), 443, uri.getRawPath());
      ClassLoader loader = Thread.currentThread().getContextClassLoader();
      for (var found : Collections.list(loader.getResources("software/amazon/awssdk/global/handlers/execution.interceptors"))) {
        try (var stream = found.openStream()) {
          Request asked = request;
          String name = new String(stream.readAllBytes()).trim();
          ExecutionInterceptor interceptor = (ExecutionInterceptor) Class.forName(name, true, loader).getDeclaredConstructor().newInstance();
          request = (Request) interceptor.modifyHttpRequest(() -> asked, new ExecutionAttributes());
        }
      }
      return request.protocol + "://" + request.host + ":" + request.port + request.encodedPath;
    }
  }`;

/** The same of version 1, which loads the one file that it finds. */
const CLIENT_ONE = `package app;
  import java.net.URI;
  import com.amazonaws.Request;
  import com.amazonaws.handlers.RequestHandler2;
  public class ClientOne {
    static class Asked implements Request<Object> {
      URI endpoint; String path;
      public URI getEndpoint() { return endpoint; }
      public void setEndpoint(URI given) { endpoint = given; }
      public String getResourcePath() { return path; }
      public void setResourcePath(String given) { path = given; }
    }
    public String ask(String[] given) throws Exception {
      Asked request = new Asked();
      request.endpoint = URI.create(given[0]);
      request.path = given[1];
      ClassLoader loader = Thread.currentThread().getContextClassLoader();
      try (var stream = loader.getResourceAsStream("com/amazonaws/global/handlers/request.handler2s")) {
        String name = new String(stream.readAllBytes()).trim();
        ((RequestHandler2) Class.forName(name, true, loader).getDeclaredConstructor().newInstance()).beforeRequest(request);
      }
      return request.endpoint + " " + request.path;
    }
  }`;

const bench = openBench();
after(() => bench.close());
const fault = await bench.engine.runtimeFault('java17');

function compile() {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-java-'));
  try {
    cpSync(SHAPE, join(folder, 'sources'), { recursive: true });
    mkdirSync(join(folder, 'sources/app'));
    writeFileSync(join(folder, 'sources/app/Client.java'), CLIENT);
    writeFileSync(join(folder, 'sources/app/ClientOne.java'), CLIENT_ONE);
    const files = (of: string) =>
      readdirSync(join(folder, of), { recursive: true, encoding: 'utf8' }).filter((name) =>
        statSync(join(folder, of, name)).isFile(),
      );
    execFileSync('javac', [
      '-d',
      join(folder, 'classes'),
      ...files('sources').map((name) => join(folder, 'sources', name)),
    ]);
    return archive(
      Object.fromEntries(files('classes').map((name) => [name, readFileSync(join(folder, 'classes', name))])),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("requests of AWS's SDK for Java 2 reach the cloud", { skip: fault && `needs a JDK: ${fault}` }, async () => {
  const java = bench.functionOf({ runtime: 'java17', handler: 'app.Client::ask', code: compile(), memory: 512 });
  const cloud = 'http://127.0.0.1:1';
  const leads = async (address: string) => (await bench.invoke(java, address)).value as unknown;
  assert.equal(
    await leads('https://lambda.us-east-1.amazonaws.com/2016-08-19/account-settings/'),
    `${cloud}/2016-08-19/account-settings/`,
  );
  assert.equal(await leads('https://iam.amazonaws.com/'), `${cloud}/`);
  assert.equal(await leads('https://my.bucket.s3.eu-west-1.amazonaws.com/a%20b/c'), `${cloud}/my.bucket/a%20b/c`);
  assert.equal(await leads('https://things.s3.amazonaws.com/a'), `${cloud}/things/a`);
  // Bring more than a service's name: only their own host tells them.
  for (const other of ['https://abc.execute-api.us-east-1.amazonaws.com:443/dev', 'https://example.com:443/'])
    assert.equal(await leads(other), other);
});

test("requests of AWS's SDK for Java 1 reach the cloud", { skip: fault && `needs a JDK: ${fault}` }, async () => {
  const java = bench.functionOf({ runtime: 'java17', handler: 'app.ClientOne::ask', code: compile(), memory: 512 });
  const cloud = 'http://127.0.0.1:1';
  const leads = async (...asked: (string | null)[]) => (await bench.invoke(java, asked)).value as unknown;
  assert.equal(await leads('https://sqs.us-east-1.amazonaws.com', '/'), `${cloud} /`);
  assert.equal(await leads('https://my.bucket.s3.eu-west-1.amazonaws.com', 'a b/ü'), `${cloud} my.bucket/a b/ü`);
  assert.equal(await leads('https://things.s3.amazonaws.com', null), `${cloud} things/`);
  const other = 'https://abc.execute-api.us-east-1.amazonaws.com';
  assert.equal(await leads(other, '/dev'), `${other} /dev`);
});
