import { validateHeaderValue } from 'node:http';
import { isLoopback } from '../../blueprint/checks/addresses.ts';
import type { Environment } from '../../blueprint/resolve.ts';
import { isObject, objectOf, textOf } from '../../core/json.ts';
import { oneLine } from '../../core/one-line.ts';
import { Problem } from '../../core/problem.ts';
import { versionOf } from '../../core/version.ts';
import { createHttp } from '../../providers/http.ts';
import type { WatchState } from './loop.ts';
import { metricsOf } from './metrics.ts';
import type { Sample } from './metrics.ts';

const LONGEST = 600_000;

/** Where metrics go, as the documented variables say it. */
export interface Collector {
  readonly url: URL;
  /** Credentials, mostly. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly resource: Readonly<Record<string, string>>;
}

/**
 * The collector that an environment names; none where it names none, or says that nothing is to be sent. What one variable says of all signals another
 * says of metrics alone, and goes before it. Throws `WATCH_OTLP`.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/, https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export const collectorIn = (environment: Environment): Collector | undefined => {
  /** Empty is unset. */
  const stated = (name: string): { readonly name: string; readonly value: string } | undefined => {
    const value = environment[name]?.trim();
    return value === undefined || value === '' ? undefined : { name, value };
  };
  const ofMetrics = (name: string) => stated(`OTEL_EXPORTER_OTLP_METRICS_${name}`) ?? stated(`OTEL_EXPORTER_OTLP_${name}`);
  const endpoint = ofMetrics('ENDPOINT');
  if (endpoint === undefined || stated('OTEL_SDK_DISABLED')?.value.toLowerCase() === 'true') return undefined;
  const exporters = stated('OTEL_METRICS_EXPORTER')?.value.split(',').map((one) => one.trim());
  if (exporters !== undefined && !exporters.includes('otlp')) return undefined;

  const protocol = ofMetrics('PROTOCOL');
  if (protocol !== undefined && protocol.value !== 'http/json')
    throw wrong(protocol.name, 'names a protocol that is not spoken here', 'http/json', 'most collectors take it at the port of OTLP over HTTP, 4318, beside the other');
  const timeout = ofMetrics('TIMEOUT');
  const timeoutMs = Number(timeout?.value ?? 10_000);
  // No look begins before the last one was told, and a timer of Node's that is set to 25 days or more fires at once.
  if (!(timeoutMs > 0 && timeoutMs <= LONGEST)) throw wrong(timeout?.name ?? '', 'is no time that a look could wait', `milliseconds, such as 10000, ${LONGEST} at the most`);
  const given = stated('OTEL_RESOURCE_ATTRIBUTES');
  const service = stated('OTEL_SERVICE_NAME');
  const credentials = ofMetrics('HEADERS');
  const headers = credentials === undefined ? {} : headersOf(credentials);
  const url = urlOf(endpoint);
  if (credentials !== undefined && url.protocol === 'http:' && !isLoopback(url) && ofMetrics('INSECURE')?.value.toLowerCase() !== 'true')
    throw wrong(endpoint.name, `is plain http to another machine: what ${credentials.name} holds can be read on the way`, 'an https:// URL', 'where the network between is yours alone, say so with OTEL_EXPORTER_OTLP_INSECURE=true');
  return {
    url,
    headers,
    timeoutMs,
    resource: { 'service.name': 'authctl', 'service.version': versionOf(), ...(given !== undefined && pairsOf(given)), ...(service !== undefined && { 'service.name': service.value }) },
  };
};

/** One of metrics alone is the very address; behind that of all signals comes the path of metrics. */
const urlOf = ({ name, value }: { readonly name: string; readonly value: string }): URL => {
  if (!/^https?:\/\/[^/]/.test(value) || !URL.canParse(value)) throw wrong(name, 'is no address', 'an http:// or https:// URL, such as http://127.0.0.1:4318');
  const url = new URL(value);
  if (url.username !== '' || url.password !== '') throw wrong(name, 'has a user in it', 'an address alone', 'a credential goes into OTEL_EXPORTER_OTLP_HEADERS');
  if (!name.includes('METRICS')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/metrics`;
  return url;
};

/** `key=value,key=value`, percent-encoded (https://www.w3.org/TR/baggage/#header-content). The values are nobody's business. */
const pairsOf = ({ name, value }: { readonly name: string; readonly value: string }): Readonly<Record<string, string>> =>
  Object.fromEntries(
    value.split(',').filter((pair) => pair.trim() !== '').map((pair) => {
      const [, key, text] = /^\s*([!#$%&'*+\-.^_`|~\w]+)\s*=\s*([\x20-\x7e]*?)\s*$/.exec(pair) ?? [];
      if (key === undefined || text === undefined) throw wrong(name, 'is not what it should be', 'key=value, several by comma');
      try {
        return [key, decodeURIComponent(text)] as const;
      } catch {
        throw wrong(name, 'is not percent-encoded', 'key=value, several by comma, each value percent-encoded');
      }
    }),
  );

/** What can be sent: a line feed that was percent-encoded is seen now, and not by every look. */
const headersOf = (stated: Parameters<typeof pairsOf>[0]): Readonly<Record<string, string>> => {
  const headers = pairsOf(stated);
  for (const [key, value] of Object.entries(headers)) {
    try {
      validateHeaderValue(key, value);
    } catch {
      throw wrong(stated.name, 'has a character that no header may have', 'key=value, several by comma, each value percent-encoded');
    }
  }
  return headers;
};

const wrong = (variable: string, what: string, expected: string, hint?: string): Problem => new Problem('WATCH_OTLP', `${variable} ${what}`, { expected, ...(hint !== undefined && { hint }) });

/**
 * Sends all numbers after each look. They are sums since the beginning and states of now, so that one that was sent twice changes nothing, and one that was
 * not is made up for by the next.
 */
export const openCollector = ({ url, headers, timeoutMs, resource }: Collector, blueprint: string) => {
  const http = createHttp({ target: 'the collector', url: url.origin, headers, timeoutMs, tries: 2 });
  const begun = nanoseconds();
  // Whoever answers may repeat what he was sent, the longest first: what it is a part of would not be found any more.
  const hidden = Object.values(headers).flatMap(credentialsIn).filter((value) => value !== '').toSorted((a, b) => b.length - a.length);
  const hide = (text: string): string => hidden.reduce((shown, value) => shown.replaceAll(value, '[secret]'), text);
  return {
    send: async (state: WatchState): Promise<void> => {
      const { status, body } = await http.send('POST', `${url.pathname}${url.search}`, { body: exportOf({ resource, blueprint, state, begun, now: nanoseconds() }), repeatable: true });
      if (status < 200 || status > 299) throw new Error(`HTTP ${status}`);
      const rejected = isObject(body) ? objectOf(body['partialSuccess']) : {};
      if (Number(rejected['rejectedDataPoints'] ?? 0) > 0) throw new Error(`it took a part alone: ${hide(oneLine(textOf(rejected['errorMessage']) ?? 'it does not say why'))}`);
    },
    close: http.close,
  };
};

/** The value of a header; without its scheme (RFC 9110 section 11.4); of Basic (RFC 7617) the user with the password, and the password. */
const credentialsIn = (value: string): readonly string[] => {
  const [, scheme = '', credentials = ''] = /^(\S+)\s+(.*)$/.exec(value) ?? [];
  if (scheme.toLowerCase() !== 'basic') return [value, credentials];
  const both = Buffer.from(credentials, 'base64').toString();
  return [value, credentials, both, both.slice(both.indexOf(':') + 1)];
};

/** Since 1970, as JSON of protobuf has 64 bits: a text. */
const nanoseconds = (): string => `${Date.now()}000000`;

interface Export {
  readonly resource: Collector['resource'];
  readonly blueprint: string;
  readonly state: WatchState;
  readonly begun: string;
  readonly now: string;
}

/** `ExportMetricsServiceRequest` as JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
export const exportOf = ({ resource, blueprint, state, begun, now }: Export) => ({
  resourceMetrics: [
    {
      resource: { attributes: attributes(resource) },
      scopeMetrics: [
        {
          scope: { name: 'authctl', version: versionOf() },
          metrics: metricsOf(state)
            .filter(({ samples }) => samples.length > 0)
            .map(({ name, type, unit, help: description, samples }) => {
              const dataPoints = samples.map(({ labels, value }) => ({
                attributes: attributes({ blueprint, ...labels }),
                ...(type === 'counter' && { startTimeUnixNano: begun }),
                timeUnixNano: now,
                ...(unit === 's' ? { asDouble: value } : { asInt: String(value) }),
              }));
              // 2: AGGREGATION_TEMPORALITY_CUMULATIVE
              return { name, description, unit, ...(type === 'counter' ? { sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true } } : { gauge: { dataPoints } }) };
            }),
        },
      ],
    },
  ],
});

const attributes = (of: Sample['labels']) => Object.entries(of).map(([key, value]) => ({ key, value: { stringValue: value } }));
