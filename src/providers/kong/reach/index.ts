import type { Reach } from '../../../core/provider.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Unseen } from '../../../core/resource.ts';
import { kong } from '../specs/index.ts';
import { asOne } from './as-one.ts';
import { gainsByOurs, gainsOf } from './gains.ts';
import { lookedAt } from './looked-at.ts';
import { callingPlugins } from './called.ts';
import { foreignPlugins, leadingCode } from './foreign-plugins.ts';
import { gatewayOf } from './gateway.ts';
import type { Finding, Gateway, Holdings } from './gateway.ts';
import { additions, foreignKeys, foreignKeySets } from './holders.ts';
import { guestsOnMarkers, strangeMarkers } from './markers.ts';
import { foreignPools } from './pools.ts';
import type { SchemaOf } from './schema-defaults.ts';
import { foreignFilters, foreignNames, foreignSetKeys, foreignVaults, strangersLetIn } from './strangers.ts';
import { takeovers } from './takeovers.ts';
import { guestsOfMarkers, strangeWays, waysToControls } from './ways.ts';
import { strangeFields } from './whole.ts';

/** What is within reach of a blueprint on this gateway, worked out from everything that it holds. */
export const reachOf = async (holdings: Holdings, schemaOf: SchemaOf, looking = false): Promise<Reach> => {
  const gateway = gatewayOf(holdings);
  if (gateway === undefined) return { dangers: [], unseen: [] };
  const { findings, unseen } = takeovers(gateway);
  const looked = looking ? lookedAt(gateway) : undefined;
  // Whom a guard of theirs refuses is their own affair.
  const plugins = [...foreignPlugins(gateway)].filter(({ effect }) => !looking || effect !== 'breaks');
  const found: readonly Finding[] = [
    ...(looked ? looked.findings.filter((one) => !plugins.some((other) => addressOf(other) === addressOf(one))) : strangeWays(gateway, gainsOf(gateway))),
    ...waysToControls(gateway),
    ...guestsOfMarkers(gateway),
    ...findings,
    ...plugins,
    ...leadingCode(gateway),
    ...callingPlugins(gateway),
    ...foreignPools(gateway),
    ...(looked ? [] : foreignKeys(gateway)),
    ...foreignKeySets(gateway),
    ...additions(gateway),
    ...strangeMarkers(gateway),
    ...guestsOnMarkers(gateway),
    ...foreignNames(gateway),
    ...foreignSetKeys(gateway),
    ...foreignVaults(gateway),
    ...foreignFilters(gateway),
    ...strangersLetIn(gateway),
  ];
  const ours = gainsByOurs(gateway);
  return {
    dangers: [...asOne(found, gateway.live), ...(await strangeFields(gateway, schemaOf))],
    unseen: [...unseen, ...unknownPlaces(gateway)],
    ...(looked && { doors: looked.doors }),
    ...(ours.length > 0 && { gains: ours }),
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
