import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { WatchState } from '../../../src/app/watch/loop.ts';
import { collectorIn, exportOf, openCollector } from '../../../src/app/watch/otlp.ts';

const finding = { key: 'a', sort: 'opens', words: 'kong.route/sneak: leads to orders' };
const state: WatchState = { looks: 3, failedLooks: 1, seconds: 0.5, findings: [finding, { ...finding, key: 'b' }], appeared: 2, gone: 0, lastGood: 1, lastGoodAt: 1_795_000_000, pending: 4 };

interface Received {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: ReturnType<typeof exportOf>;
}

/** A collector that answers each request with the next of these, and with the last of them from then on. */
const startCollector = async (...answers: readonly (readonly [status: number, body: string])[]) => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const [status, body] = answers[Math.min(received.length, answers.length - 1)] ?? [200, '{}'];
      received.push({ url: request.url, headers: request.headers, body: JSON.parse(text) as Received['body'] });
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => { server.close(); server.closeAllConnections(); });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
};
const opened = (env: Readonly<Record<string, string>>) => {
  const collector = openCollector(collectorIn(env) ?? expect.fail('one is named'), 'shop');
  onTestFinished(collector.close);
  return collector;
};

describe('where metrics go', () => {
  it.each<readonly [env: Readonly<Record<string, string>>, url: string | undefined]>([
    [{}, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, 'http://collector:4318/v1/metrics'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector/otel/' }, 'https://collector/otel/v1/metrics'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://b:4318/in?tenant=1' }, 'http://b:4318/in?tenant=1'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318', OTEL_SDK_DISABLED: 'TRUE' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318', OTEL_METRICS_EXPORTER: 'none' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318', OTEL_METRICS_EXPORTER: 'prometheus, otlp' }, 'http://a:4318/v1/metrics'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json' }, 'http://a:4318/v1/metrics'],
  ])('%j: %s', (env, url) => {
    expect(collectorIn(env)?.url.href).toBe(url);
  });

  it('has headers, a limit and a name, each by its variable', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://a:4318', OTEL_EXPORTER_OTLP_TIMEOUT: '5000', OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc, x-tenant = shop ,',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging,service.name=unused', OTEL_SERVICE_NAME: 'night watch',
    };
    expect(collectorIn(env)).toMatchObject({
      headers: { authorization: 'Bearer abc', 'x-tenant': 'shop' }, timeoutMs: 5000, resource: { 'service.name': 'night watch', 'deployment.environment.name': 'staging' },
    });
    expect(collectorIn({ ...env, OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'a=b', OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '1', OTEL_SERVICE_NAME: '' })).toMatchObject({
      headers: { a: 'b' }, timeoutMs: 1, resource: { 'service.name': 'unused' },
    });
  });

  it.each<readonly [variable: string, value: string]>([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'http://user:hidden@collector:4318'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'http/protobuf'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '10s'],
    // A timer that is set to so much fires at once: nothing would be sent, ever.
    ['OTEL_EXPORTER_OTLP_TIMEOUT', 'Infinity'],
    ['OTEL_EXPORTER_OTLP_METRICS_TIMEOUT', '2147483648'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=hidden%0d%0ax:y'],
    ['OTEL_EXPORTER_OTLP_METRICS_HEADERS', 'authorization=hidden%E2%9C%93'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'Bearer hidden'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=hidden%zz'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=hidden\r\nx: y'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'staging'],
  ])('is refused by the name of the variable, whose value is not shown: %s=%s', (variable, value) => {
    const thrown = (() => { try { return collectorIn({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318', [variable]: value }); } catch (problem) { return problem; } })();
    expect(thrown).toMatchObject({ code: 'WATCH_OTLP', message: expect.stringMatching(new RegExp(`^${variable} `)) as string });
    expect(JSON.stringify(thrown)).not.toContain('hidden');
  });

  it.each<readonly [endpoint: string, more: Readonly<Record<string, string>>, refused: boolean]>([
    ['http://collector:4318', {}, true],
    ['http://10.0.0.7:4318', { OTEL_EXPORTER_OTLP_INSECURE: 'false' }, true],
    ['http://127.0.0.1.example:4318', {}, true],
    ['https://collector:4318', {}, false],
    ['http://127.0.0.1:4318', {}, false],
    ['http://[::1]:4318', {}, false],
    ['http://collector:4318', { OTEL_EXPORTER_OTLP_INSECURE: 'True' }, false],
    ['http://collector:4318', { OTEL_EXPORTER_OTLP_INSECURE: 'true', OTEL_EXPORTER_OTLP_METRICS_INSECURE: 'false' }, true],
  ])('gets no header where it could be read on the way, unless that is said: %s %j', (endpoint, more, refused) => {
    const found = (() => { try { return collectorIn({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'authorization=Bearer%20hidden', ...more }); } catch (problem) { return problem; } })();
    expect(found).toMatchObject(refused ? { code: 'WATCH_OTLP', message: 'OTEL_EXPORTER_OTLP_ENDPOINT is plain http to another machine: what OTEL_EXPORTER_OTLP_METRICS_HEADERS holds can be read on the way' } : { headers: { authorization: 'Bearer hidden' } });
    if (refused) expect(JSON.stringify(found)).not.toContain('hidden');
  });
});

describe('what a collector is sent', () => {
  interface Recorded {
    readonly resourceMetrics: readonly { readonly resource: object; readonly scopeMetrics: readonly { readonly scope: object; readonly metrics: readonly { readonly name: string }[] }[] }[];
  }
  /** Times and counts of what was left out differ; a number of 64 bits is a text as the mapping of protobuf has it, and may be a number. */
  const comparable = (sent: unknown): Recorded =>
    JSON.parse(JSON.stringify(sent, (key, value: unknown) => (/UnixNano$|^dropped/.test(key) ? undefined : key === 'asInt' ? String(value as number) : value))) as Recorded;

  it('is what the exporter of OpenTelemetry sends for the same numbers', () => {
    // Of @opentelemetry/exporter-metrics-otlp-http 0.223.0, with instruments of the same names, kinds and units.
    const recorded = comparable(JSON.parse(readFileSync('test/data/otlp/metrics.json', 'utf8')));
    const names = new Set(recorded.resourceMetrics[0]?.scopeMetrics[0]?.metrics.map(({ name }) => name));
    const { resourceMetrics: [resource] } = comparable(exportOf({ resource: { 'service.name': 'authctl', 'service.version': '0.1.0' }, blueprint: 'shop', state, begun: '1', now: '2' }));
    const [scope] = resource?.scopeMetrics ?? [];
    expect(names.size).toBe(3);
    expect({ resourceMetrics: [{ ...resource, scopeMetrics: [{ ...scope, metrics: scope?.metrics.filter(({ name }) => names.has(name)) }] }] }).toEqual(recorded);
  });

  it('has a beginning and a time at each sum, and a time at each state', () => {
    const [resource] = exportOf({ resource: {}, blueprint: 'shop', state, begun: '1795000000000000000', now: '1795000300000000000' }).resourceMetrics;
    const points = (resource?.scopeMetrics[0]?.metrics ?? []).map((metric) => [metric.name, 'sum' in metric ? metric.sum.dataPoints[0] : 'gauge' in metric ? metric.gauge.dataPoints[0] : undefined] as const);
    expect(Object.fromEntries(points)).toMatchObject({
      'authctl.drift.findings': { timeUnixNano: '1795000300000000000', asInt: '2' },
      'authctl.drift.changes': { startTimeUnixNano: '1795000000000000000', timeUnixNano: '1795000300000000000', asInt: '2' },
      'authctl.drift.looks': { startTimeUnixNano: '1795000000000000000', asInt: '2' },
      'authctl.drift.look': { asDouble: 0.5 },
      'authctl.drift.last_seen.timestamp': { asDouble: 1_795_000_000 },
      'authctl.drift.untold': { asInt: '4' },
    });
  });

  it('says nothing of what was found but how much of which sort', () => {
    expect(JSON.stringify(exportOf({ resource: {}, blueprint: 'shop', state, begun: '1', now: '2' }))).not.toContain('sneak');
  });

  it('goes to the path of metrics with the headers, and once more where the collector is busy', async () => {
    const { url, received } = await startCollector([503, ''], [200, '{"partialSuccess":{}}']);
    await opened({ OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/otel`, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc' }).send(state);
    expect(received.map((request) => [request.url, request.headers['content-type'], request.headers.authorization])).toEqual(Array(2).fill(['/otel/v1/metrics', 'application/json', 'Bearer abc']));
    expect(received[1]?.body).toEqual(received[0]?.body);
  });

  it.each<readonly [status: number, body: string, why: RegExp]>([
    [401, '{"message":"no"}', /^HTTP 401$/],
    [200, '{"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"of Bearer abc\\nno more"}}', /^it took a part alone: of \[secret\]\\nno more$/],
    [200, '{"partialSuccess":{"rejectedDataPoints":2}}', /^it took a part alone: it does not say why$/],
    // What comes behind the scheme alone, and what Basic makes of a password.
    [200, '{"partialSuccess":{"rejectedDataPoints":1,"errorMessage":"abc is of no tenant"}}', /alone: \[secret\] is of no tenant$/],
  ])('is told as not taken where the answer says so: %s %s', async (status, body, why) => {
    const { url } = await startCollector([status, body]);
    await expect(opened({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc' }).send(state)).rejects.toThrow(why);
  });

  it('shows no password that it was sent as Basic, whichever way it is repeated', async () => {
    const basic = Buffer.from('shop:hidden').toString('base64');
    const { url } = await startCollector([200, JSON.stringify({ partialSuccess: { rejectedDataPoints: 1, errorMessage: `Basic ${basic}; ${basic}; shop:hidden; hidden` } })]);
    await expect(opened({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_HEADERS: `authorization=Basic ${basic}` }).send(state)).rejects.toThrow(/alone: \[secret\]; \[secret\]; \[secret\]; \[secret\]$/);
  });
});
