import { routeOf } from '../../access/index.ts';
import type { About } from '../../access/index.ts';
import { isOnlyLookedAt } from '../../blueprint/looking.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { dayOf, sortByAcceptance } from '../../core/accept.ts';
import { FIXTURE_MARK } from '../../core/fixture.ts';
import { outputOf } from '../../core/plan.ts';
import type { Provider, Way } from '../../core/provider.ts';
import type { Danger, Desired, Live } from '../../core/resource.ts';
import { expand } from '../../patterns/index.ts';
import type { Fixtures } from './fixtures/index.ts';

interface Reading {
  readonly blueprint: Blueprint;
  readonly providers: readonly Provider[];
  readonly live: (kind: string) => Promise<readonly Live[]>;
  readonly fixtures: Pick<Fixtures, 'made'>;
}

type Gateway = 'kong' | 'aws';
type Target = Gateway | 'keycloak';
/** A kind that its provider alone has. */
const KIND = { kong: 'kong.route', aws: 'aws.route', keycloak: 'keycloak.realm' } as const;

export interface LiveReach {
  /** What is within reach at Kong and neither stated nor accepted. */
  readonly reach: () => Promise<readonly Danger[]>;
  /** The same at API Gateway. */
  readonly awsReach: () => Promise<readonly Danger[]>;
  /** The same of the realm at Keycloak. */
  readonly realmReach: () => Promise<readonly Danger[]>;
  /** Every live way by a gateway to what the blueprint protects, whoever made it. */
  readonly ways: (gateway: Gateway) => Promise<readonly Way[]>;
}

/** The host and the headers of a request. */
const aboutOf = (headers: Way['requests'][number]['headers']): About => {
  const shown = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  return { host: shown.host?.replace(/:\d+$/, ''), headers: shown };
};

/** What drift works out of the live gateways and the live realm, for checks that try it. Each is read at most once in a run. */
export const liveReach = ({ blueprint, providers, live, fixtures }: Reading): LiveReach => {
  const providerOf = (target: Target): Provider | undefined => providers.find(({ kinds }) => kinds.some(({ name }) => name === KIND[target]));
  const wanted = once(async (): Promise<readonly Desired[]> => {
    const { desired, deferred } = expand(blueprint);
    const later = await Promise.all(deferred.map(async (object) => {
      const value = await outputOf(providers, object);
      return value === undefined ? [] : object.expand(value);
    }));
    return [...desired, ...later.flat()];
  });
  const read = async (target: Target): Promise<readonly [readonly Desired[], readonly Live[]]> => {
    const kinds = (providerOf(target)?.kinds ?? []).filter(({ name }) => name.startsWith(`${target}.`));
    return [await wanted(), (await Promise.all(kinds.map(({ name }) => live(name)))).flat()];
  };
  const reading = { kong: once(() => read('kong')), aws: once(() => read('aws')), keycloak: once(() => read('keycloak')) };
  const waysBy = (gateway: Gateway) => once(async () => ((await providerOf(gateway)?.ways?.(...(await reading[gateway]()))) ?? []).filter(({ address }) => address.startsWith(`${gateway}.`)));
  const ways = { kong: waysBy('kong'), aws: waysBy('aws') };
  /** Of a gateway that is only looked at: ways of others to what is open to everybody are none around a guard. */
  const guardedOnly = (gateway: Gateway, found: readonly Way[]): readonly Way[] => {
    if (!isOnlyLookedAt(blueprint, gateway)) return found;
    const routes = Object.values(blueprint.services).flatMap((service) => service.routes.filter(({ gateways }) => gateways.includes(gateway)));
    const isOpen = ({ method, path, headers }: Way['requests'][number]): boolean => routeOf(routes, method, path, aboutOf(headers))?.public === true;
    return found.flatMap((way) => {
      const requests = way.requests.filter((request) => !isOpen(request));
      return requests.length === 0 && way.requests.length > 0 ? [] : [{ ...way, requests }];
    });
  };
  const dangersAt = (target: Target) => once(async () => {
    const found = (await providerOf(target)?.reach(...(await reading[target]())))?.dangers ?? [];
    const { told } = sortByAcceptance(found, blueprint.accept, dayOf(Date.now()));
    // What this run made for itself goes with it; what somebody else has called so does not.
    return told.filter(({ kind, tags = [] }) => kind.startsWith(`${target}.`) && !(tags.includes(FIXTURE_MARK) && tags.some((tag) => fixtures.made(tag))));
  });
  return {
    reach: dangersAt('kong'),
    awsReach: dangersAt('aws'),
    realmReach: dangersAt('keycloak'),
    ways: async (gateway) => guardedOnly(gateway, await ways[gateway]()),
  };
};

const once = <Value>(make: () => Promise<Value>): (() => Promise<Value>) => {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
};
