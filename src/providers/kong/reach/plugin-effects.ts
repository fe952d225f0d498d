import type { Effect, Spec, SpecValue } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';

interface Doing {
  readonly effect: Effect;
  /** Completes "http-log on every route …". */
  readonly words: string;
}

const sends = (what: string): Doing => ({ effect: 'exposes', words: `sends ${what}` });
const requests = sends('requests with their headers elsewhere');
const traces = sends('traces with paths and callers elsewhere');
const rewrites: Doing = { effect: 'opens', words: 'rewrites what the upstream believes about the request' };
const code: Doing = { effect: 'opens', words: 'runs code on every request, with its tokens in hand' };
const answers: Doing = { effect: 'opens', words: 'answers in the place of the upstream' };
const elsewhere: Doing = { effect: 'exposes', words: 'sends requests with their tokens to another place' };
const rewritesAnswers: Doing = { effect: 'weakens', words: 'rewrites what the gateway answers' };
const refuses = (whom: string): Doing => ({ effect: 'breaks', words: `refuses ${whom}` });
const credential = refuses('whoever has no credential of its own');
const keeps: Doing = { effect: 'exposes', words: 'answers one caller with what it has kept of another' };

/** What a plugin of Kong does to requests that it was not meant for. One that is not here is not known. (https://developer.konghq.com/plugins/) */
const BY_NAME: Readonly<Record<string, Doing>> = {
  ...named(requests, 'http-log', 'tcp-log', 'udp-log', 'file-log', 'syslog', 'loggly', 'kafka-log', 'kafka-upstream', 'confluent', 'solace-upstream', 'app-dynamics', 'request-callout', 'metering-and-billing'),
  ...named(traces, 'opentelemetry', 'zipkin'),
  ...named(sends('names of routes and consumers elsewhere'), 'datadog', 'statsd', 'statsd-advanced'),
  ...named(rewrites, 'request-transformer', 'request-transformer-advanced', 'grpc-gateway', 'grpc-web', 'degraphql', 'jq', 'json-rpc', 'tls-metadata-headers', 'ai-request-transformer', 'ai-prompt-decorator', 'ai-prompt-template'),
  ...named(code, 'pre-function', 'post-function', 'exit-transformer', 'datakit'),
  ...named(answers, 'aws-lambda', 'azure-functions', 'openwhisk', 'mocking', 'ai-proxy', 'ai-proxy-advanced', 'ai-semantic-cache', 'ai-mcp-proxy', 'session', 'acme'),
  ...named(elsewhere, 'forward-proxy', 'route-by-header', 'canary', 'route-transformer-advanced', 'redirect', 'upstream-oauth', 'proxy-mirror'),
  ...named(rewritesAnswers, 'response-transformer', 'response-transformer-advanced', 'ai-response-transformer', 'cors', 'xml-threat-response'),
  ...named(keeps, 'proxy-cache', 'proxy-cache-advanced', 'graphql-proxy-cache-advanced'),
  ...named(credential, 'key-auth', 'key-auth-enc', 'basic-auth', 'hmac-auth', 'ldap-auth', 'ldap-auth-advanced', 'oauth2', 'oauth2-introspection', 'jwt', 'jwt-signer', 'openid-connect', 'mtls-auth', 'header-cert-auth', 'vault-auth', 'saml', 'jwt-keycloak', 'oidc', 'authctl-token-guard', 'authctl-phantom-token', 'authctl-session'),
  ...named({ effect: 'opens', words: 'takes tokens from a cookie, where the blueprint takes none' }, 'authctl-token-cookie'),
  ...named(refuses('whoever it does not list'), 'ip-restriction', 'acl', 'bot-detection', 'opa', 'authctl-opa', 'authctl-scope-guard'),
  ...named(refuses('requests beyond its limits'), 'rate-limiting', 'rate-limiting-advanced', 'response-ratelimiting', 'request-size-limiting', 'graphql-rate-limiting-advanced', 'ai-rate-limiting-advanced', 'service-protection', 'websocket-size-limit', 'upstream-timeout'),
  ...named(refuses('requests that it does not find well-formed'), 'request-validator', 'oas-validation', 'json-threat-protection', 'xml-threat-protection', 'injection-protection', 'standard-webhooks', 'websocket-validator', 'ai-prompt-guard', 'ai-semantic-prompt-guard', 'ai-azure-content-safety'),
  ...named({ effect: 'differs', words: 'puts an id of its own on requests' }, 'correlation-id'),
  ...named({ effect: 'differs', words: 'asks for a certificate when a connection is made' }, 'tls-handshake-modifier'),
};

/** Whether it is known what a plugin does. */
export const isKnown = (name: string): boolean => HARMLESS.has(name) || name === 'request-termination' || Object.hasOwn(BY_NAME, name);

/** Plugins that count, and touch neither requests nor answers. */
const HARMLESS: ReadonlySet<string> = new Set(['prometheus']);

function named(doing: Doing, ...names: readonly string[]): Readonly<Record<string, Doing>> {
  return Object.fromEntries(names.map((name) => [name, doing]));
}

/** Headers that a service may believe about who calls. */
const TELLS_WHO = /auth|cookie|user|role|group|email|consumer|tenant|account|identity|principal|subject|admin|forwarded|client/i;

const isEmpty = (value: SpecValue | undefined): boolean =>
  value == null || value === '' || (Array.isArray(value) ? value.length === 0 : isSpec(value) && Object.values(value).every(isEmpty));
/** A transformer that nobody has told what to transform. */
const isIdle = (name: string, config: Spec | null | undefined): boolean =>
  /^(request|response)-transformer$/.test(name) && config?.add !== undefined && Object.values(config).every(isEmpty);

/** What a plugin of somebody else does on our traffic; nothing for one that is known to touch none of it. */
export const doingOf = (name: string, config: Spec | null | undefined): Doing | undefined => {
  if (HARMLESS.has(name) || isIdle(name, config)) return undefined;
  if ((config?.anonymous ?? null) !== null) return { effect: 'opens', words: 'lets requests without a valid credential through as an anonymous consumer' };
  if (name === 'request-termination') {
    const status = Number(config?.status_code ?? 503);
    return status >= 400 ? { effect: 'breaks', words: `answers ${status} in the place of the upstream` } : { effect: 'opens', words: `answers ${status} in the place of the upstream` };
  }
  if (name === 'ip-restriction' && Array.isArray(config?.deny) && config.deny.length > 0 && !(Array.isArray(config.allow) && config.allow.length > 0)) return refuses('whoever it lists');
  if (name === 'correlation-id' && TELLS_WHO.test(String(config?.header_name ?? ''))) return rewrites;
  return BY_NAME[name] ?? { effect: 'weakens', words: 'does what is not known here' };
};

/** Where a plugin sends what it sees, as its configuration says. */
export const destinationOf = (config: Spec | null | undefined): string | undefined => {
  for (const field of ['http_endpoint', 'traces_endpoint', 'endpoint', 'logs_endpoint', 'host', 'path', 'location', 'proxy_host', 'upstream_url', 'url']) {
    const value = config?.[field];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
};
