import { pathFor, sampleOf, whoPasses } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import type { RouteSubject } from '../subject.ts';

/** A request to a route, in the words of a check. */
export interface Attack {
  /** How the evidence names it; holds no secret. */
  readonly label: string;
  /** What people do every day, whatever becomes of it: no claim about hostile requests counts it. */
  readonly benign?: true;
  /** Sent as `Authorization: Bearer <token>`; to a service behind sessions it is the session cookie's value. */
  readonly token?: string;
  /** Sent as given, in order, repeats kept. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Added to the URL, without the question mark. */
  readonly query?: string;
  readonly method?: string;
  /** Instead of the route's own path with its variables filled. */
  readonly path?: string;
  readonly body?: string | Buffer;
  /** Instead of the gateway's own address: another stage, somebody else's API. */
  readonly base?: string;
  /** Sent to the service itself, around the gateway. */
  readonly around?: boolean;
  /** The answer says it all: the recorder is not asked. */
  readonly unwatched?: true;
  /** It shows a valid credential that the kit did not give: a write with it needs leave, as with those that it gave. */
  readonly valid?: true;
}

/** The request that an attack stands for: what it does not say is the sample's, as far as that speaks of it. */
export const asSent = (blueprint: Blueprint, { service, route }: RouteSubject, attack: Attack, good: boolean) => {
  const { method = route.method, headers: stated = [] } = attack;
  const path = attack.path ?? pathFor(service, route, whoPasses(blueprint, route));
  // A sample is for its route's own method: a preflight has none of it.
  const sample = method === route.method ? sampleOf(service, route) : undefined;
  const names = stated.map(([name]) => name.toLowerCase());
  return {
    method,
    path,
    query: attack.query ?? (path.includes('?') ? undefined : sample?.query),
    headers: [...(sample?.headers ?? []).filter(([name]) => !names.includes(name.toLowerCase())), ...stated],
    // What is to be refused has an empty body: it does least, should it get through.
    body: attack.body ?? (good ? sample?.body : undefined) ?? (['POST', 'PUT', 'PATCH'].includes(method) ? '{}' : undefined),
  };
};
