import { arriving, pathFor, whoPasses } from '../../access/index.ts';
import { isOnlyLookedAt } from '../../blueprint/looking.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import type { RouteSubject } from '../subject.ts';
import type { RecordedCall } from './recorder.ts';

/**
 * Another path at which requests for a route came to its service; nothing where all came at that of the route, below what the blueprint says of its upstream.
 * Where it says in the gateway's own words what becomes of a path, where the gateway is only looked at, and of a function, nothing is expected.
 */
export const otherPathOf = (blueprint: Blueprint, { gateway, service, route }: RouteSubject, calls: readonly RecordedCall[]): string | undefined => {
  const { raw } = blueprint;
  const key = `${service.id}.${route.id}`;
  const own = gateway === 'kong' ? [raw.kong.services[service.id], raw.kong.routes[key]] : [raw.aws?.integrations[key]];
  if (isOnlyLookedAt(blueprint, gateway) || own.some((fields) => fields !== undefined) || !/^https?:/.test(service.upstream) || !URL.canParse(service.upstream)) return undefined;
  const asked = withoutQuery(pathFor(service, route, whoPasses(blueprint, route)));
  const expected = `${new URL(service.upstream).pathname.replace(/\/$/, '')}${arriving(route, asked)}`;
  return calls.map(({ path }) => withoutQuery(path)).find((path) => plain(path) !== plain(expected));
};

const withoutQuery = (path: string): string => path.replace(/\?.*$/s, '');

/** What is percent-encoded and need not be is the same path (RFC 3986 section 6.2.2.2). */
const plain = (path: string): string => {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
};
