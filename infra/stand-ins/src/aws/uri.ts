import type { PathParameters } from './route-key.ts';
import type { ParameterMap } from './types.ts';

/** An integration URI taken apart but not normalised: what a client sends as a path variable must not be resolved here. */
export interface UpstreamUrl {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Begins with a slash; no query. */
  readonly path: string;
  readonly query: string;
  /** The name that the certificate there must have, where it is not the host's. */
  readonly serverName?: string;
}

const split = (uri: string): UpstreamUrl | undefined => {
  const [, scheme, authority, path, query] = /^(https?):\/\/([^/?#]+)([^?#]*)(?:\?([^#]*))?$/.exec(uri) ?? [];
  if (scheme === undefined || authority === undefined || authority.includes('@')) return undefined;
  const origin = `${scheme}://${authority}`;
  if (!URL.canParse(origin)) return undefined;
  const { hostname, port } = new URL(origin);
  const secure = scheme === 'https';
  return {
    secure,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    path: path === undefined || path === '' ? '/' : path,
    query: query ?? '',
  };
};

const stageVariable = /\$\{stageVariables\.([A-Za-z0-9_]+)\}/g;
const pathVariable = /\{([A-Za-z0-9._:-]+)\}/g;

/** True for a full http or https URL, in which `{name}` stands in the path or query only and `${stageVariables.name}` anywhere. */
export const isIntegrationUri = (uri: string): boolean => {
  const filled = uri.replace(stageVariable, 'x');
  const authority = /^https?:\/\/([^/?#]*)/.exec(filled)?.[1];
  return (
    authority !== undefined &&
    !/[{}]/.test(authority) &&
    /^[\x21-\x7e]+$/.test(uri) &&
    split(filled.replace(pathVariable, 'x')) !== undefined
  );
};

/** Fills the URI in; `undefined` when a stage variable makes it something other than a URL. A missing variable is empty. */
export const fillUri = (uri: string, parameters: PathParameters, stageVariables: ParameterMap): UpstreamUrl | undefined => {
  const staged = uri.replace(stageVariable, (_, name: string) => stageVariables[name] ?? '');
  const parts = split(staged);
  const fill = (text: string): string =>
    text.replace(pathVariable, (_, name: string) => (Object.hasOwn(parameters, name) ? (parameters[name] ?? '') : ''));
  return parts && { ...parts, path: fill(parts.path), query: fill(parts.query) };
};

const listenerArn = /^arn:aws[a-z-]*:(elasticloadbalancing:[a-z0-9-]+:\d{12}:listener\/(app|net)\/[^/]+\/[0-9a-f]+\/[0-9a-f]+|servicediscovery:[a-z0-9-]+:\d{12}:service\/srv-[a-z0-9]+)$/;

/** True for the ARN of a listener of a load balancer, or of a service of Cloud Map. */
export const isListenerUri = (uri: string): boolean => listenerArn.test(uri);

const functionArn = /^(?:arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/)?arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:([A-Za-z0-9_-]+)(?::([A-Za-z0-9$_-]+))?(?:\/invocations)?$/;

/** The function and its alias or version, of its own ARN or of the one it is invoked at; `undefined` for anything else. */
export const functionIn = (uri: string, stageVariables: ParameterMap): { readonly name: string; readonly qualifier?: string | undefined } | undefined => {
  const [, name, qualifier] = functionArn.exec(uri.replace(stageVariable, (_, variable: string) => stageVariables[variable] ?? '')) ?? [];
  return name === undefined ? undefined : { name, qualifier };
};

/** True for the ARN of a function, in which `${stageVariables.name}` may stand anywhere. */
export const isFunctionUri = (uri: string): boolean => functionArn.test(uri.replace(stageVariable, 'x'));
