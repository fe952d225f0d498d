import type { Integration, Stage } from '@aws-sdk/client-apigatewayv2';
import { canonicalHost, defaultPort, endpointsOf, isAddress, mayBeOne } from '../../address.ts';
import type { Resolve } from '../../address.ts';
import { partOf } from '../../controls.ts';
import type { Control } from '../../controls.ts';
import { functionOf, unqualified } from '../../../blueprint/lambda.ts';
import type { Effect } from '../../../core/resource.ts';

/** A service of the blueprint, by where it is. */
export interface Upstream {
  readonly service: string;
  /** `https://orders.internal.example` */
  readonly url: string;
  /** For whom its tokens are: several where they name their client in the place of an audience. */
  readonly audiences?: readonly string[];
}

/** Where an integration leads: one of ours, what manages or decides, wherever its caller says, through a VPC link to nobody knows where, or elsewhere. */
export type Target =
  | { readonly leads: 'ours'; readonly upstream: Upstream; readonly url: string }
  | { readonly leads: 'control'; readonly what: string; readonly effect: Effect; readonly url: string }
  | { readonly leads: 'anywhere' | 'unknown' | 'elsewhere'; readonly url: string };

const AUTHORITY = /^(https?|wss?):\/\/([^/?#]*)/i;
const VARIABLE = /\$\{?stageVariables\.([A-Za-z0-9_]+)\}?/g;

/** The integration's address with the variables of a stage put in. A variable that the stage does not have is empty. */
const filled = (uri: string, { StageVariables = {} }: Pick<Stage, 'StageVariables'>): string => uri.replace(VARIABLE, (_, name: string) => StageVariables[name] ?? '');

const endpoint = (url: string): { readonly host: string; readonly port: number } | undefined => {
  const [, scheme = 'http', authority = ''] = AUTHORITY.exec(url) ?? [];
  // What somebody writes before the host is no part of it.
  const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(authority.slice(authority.lastIndexOf('@') + 1)) ?? [];
  return host ? { host, port: port === undefined ? defaultPort(scheme.toLowerCase()) : Number(port) } : undefined;
};

/** Hosts whose addresses somebody must find out before two places can be compared. */
export const namesIn = (urls: readonly string[]): readonly string[] =>
  urls.flatMap((url) => {
    const place = endpoint(url);
    return place === undefined || isAddress(place.host) || /[{}$]/.test(place.host) ? [] : [canonicalHost(place.host)];
  });

/** Every address that an integration has, one for each stage that has variables of its own. */
export const urlsOf = (integration: Integration, stages: readonly Stage[]): readonly string[] => {
  const { IntegrationUri: uri = '' } = integration;
  return hasVariables(integration) ? [...new Set(stages.map((stage) => filled(uri, stage)))] : [uri];
};

/** Whether an address is known only with the variables of a stage. */
export const hasVariables = ({ IntegrationUri = '' }: Integration): boolean => IntegrationUri.search(VARIABLE) !== -1;

interface Known {
  readonly upstreams: readonly Upstream[];
  readonly controls?: readonly Control[];
  readonly resolve: Resolve;
}

export const targetOf = (integration: Integration, stages: readonly Stage[], { upstreams, controls = [], resolve }: Known): Target => {
  const { IntegrationUri = '', ConnectionType, IntegrationType = '' } = integration;
  if (ConnectionType === 'VPC_LINK') {
    // By which link makes no difference: a listener is one place.
    const upstream = upstreams.find(({ url }) => url === IntegrationUri);
    return upstream ? { leads: 'ours', upstream, url: IntegrationUri } : { leads: 'unknown', url: IntegrationUri };
  }
  if (IntegrationType === 'AWS_PROXY' && integration.IntegrationSubtype === undefined) return functionTarget(urlsOf(integration, stages), upstreams);
  if (!/^HTTP/.test(IntegrationType)) return { leads: 'elsewhere', url: IntegrationUri || IntegrationType };
  const urls = urlsOf(integration, stages);
  for (const url of urls) {
    const place = endpoint(url);
    if (place === undefined || /[{}$]/.test(place.host)) return { leads: 'anywhere', url };
    const here = endpointsOf(place.host, place.port, resolve);
    const isHere = (one: { readonly url: string }): boolean => {
      const own = endpoint(one.url);
      return own !== undefined && mayBeOne(endpointsOf(own.host, own.port, resolve), here);
    };
    const upstream = upstreams.find(isHere);
    if (upstream) return { leads: 'ours', upstream, url };
    const [control] = controls.filter(isHere).flatMap((one) => partOf(one, (wanted) => reachesBelow(integration, url, wanted)) ?? []);
    if (control) return { leads: 'control', ...control, url };
  }
  return { leads: 'elsewhere', url: urls[0] ?? IntegrationUri };
};

/** A function is the same one by every alias and version. */
const functionTarget = (places: readonly string[], upstreams: readonly Upstream[]): Target => {
  for (const asked of places.flatMap((url) => functionOf(url) ?? [])) {
    const upstream = upstreams.find(({ url }) => {
      const other = functionOf(url);
      return other !== undefined && unqualified(other) === unqualified(asked);
    });
    if (upstream) return { leads: 'ours', upstream, url: asked.arn };
  }
  return { leads: 'elsewhere', url: places[0] ?? '' };
};

/** Whether some request through the integration gets to a path below `wanted`. A variable in it, and a mapping of the path, may bring any. */
const reachesBelow = ({ RequestParameters = {} }: Integration, url: string, wanted: string): boolean => {
  const path = RequestParameters['overwrite:path'] ?? (url.replace(AUTHORITY, '').replace(/[?#].*$/, '') || '/');
  const fixed = path.replace(/[{$].*$/, '');
  return fixed === wanted || fixed.startsWith(`${wanted}/`) || (fixed !== path && wanted.startsWith(fixed));
};
