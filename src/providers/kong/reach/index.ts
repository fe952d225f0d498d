import { groupBy } from '../../../core/collections.ts';
import type { Reach } from '../../../core/provider.ts';
import { addressOf, effects } from '../../../core/resource.ts';
import type { Danger, Live, Unseen } from '../../../core/resource.ts';
import { seenOf } from '../../../core/seen.ts';
import { kong } from '../specs/index.ts';
import { foreignPlugins, leadingCode } from './foreign-plugins.ts';
import { gatewayOf } from './gateway.ts';
import type { Finding, Gateway, Holdings } from './gateway.ts';
import { additions, foreignKeys } from './holders.ts';
import { strangeMarkers } from './markers.ts';
import { tagsOf } from './objects.ts';
import { foreignPools } from './pools.ts';
import type { SchemaOf } from './schema-defaults.ts';
import { takeovers } from './takeovers.ts';
import { guestsOfMarkers, strangeWays, waysToControls } from './ways.ts';
import { strangeFields } from './whole.ts';

/** What is within reach of a blueprint on this gateway, worked out from everything that it holds. */
export const reachOf = async (holdings: Holdings, schemaOf: SchemaOf): Promise<Reach> => {
  const gateway = gatewayOf(holdings);
  if (gateway === undefined) return { dangers: [], unseen: [] };
  const { findings, unseen } = takeovers(gateway);
  const found: readonly Finding[] = [
    ...strangeWays(gateway),
    ...waysToControls(gateway),
    ...guestsOfMarkers(gateway),
    ...findings,
    ...foreignPlugins(gateway),
    ...leadingCode(gateway),
    ...foreignPools(gateway),
    ...foreignKeys(gateway),
    ...additions(gateway),
    ...strangeMarkers(gateway),
  ];
  const live = new Map(gateway.live.map((object) => [addressOf(object), object]));
  return {
    dangers: [...[...groupBy(found, addressOf).values()].map((members) => asOne(members, live)), ...(await strangeFields(gateway, schemaOf))],
    unseen: [...unseen, ...unknownPlaces(gateway)],
  };
};

/** All that is found about one object is one danger, as bad as the worst of it. */
const asOne = (findings: readonly Finding[], live: ReadonlyMap<string, Live>): Danger => {
  const [worst, ...others] = findings.toSorted((a, b) => effects.indexOf(a.effect) - effects.indexOf(b.effect));
  if (worst === undefined) throw new Error('a group has a member');
  const object = live.get(addressOf(worst));
  const { kind, id, effect, what, origin, hint } = worst;
  return {
    ...{ kind, id, effect, origin, hint },
    what: [what, ...others.map((other) => other.what)].join('; '),
    seen: seenOf(findings.map(({ seen }) => seen)),
    tags: object ? tagsOf(object) : [],
  };
};

/** Services of others at a port of ours, whose names lead nobody knows from here where. */
const unknownPlaces = ({ addresses, live, wanted }: Gateway): readonly Unseen[] => {
  const missing = [...addresses].filter(([, found]) => found === undefined).map(([name]) => name);
  if (missing.length === 0) return [];
  const named = new Set(live.filter(kong.service.is).filter((service) => !wanted.has(addressOf(service))).map(({ spec }) => String(spec.host).toLowerCase()));
  const foreign = missing.filter((name) => named.has(name));
  const shown = foreign.slice(0, 5).join(', ');
  return foreign.length === 0
    ? []
    : [{ target: 'kong', what: `whether ${shown}${foreign.length > 5 ? ` and ${foreign.length - 5} more` : ''} lead to a service of the blueprint`, why: 'these names do not resolve on this machine; they are compared as names only' }];
};
