import { problemsOf } from '../../../core/problem.ts';
import type { Unseen } from '../../../core/resource.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { textOf } from '../../../core/json.ts';
import type { KongAdmin, KongNode } from '../client.ts';
import { fieldsOf, liveRow } from '../kinds/live-row.ts';
import type { KongClient } from '../kinds/kong-client.ts';
import { markerRows } from '../kinds/markers.ts';
import { kong as specs } from '../specs/index.ts';
import { canonicalHost, defaultPort, isAddress } from '../../address.ts';
import type { Holdings, Pool } from './gateway.ts';
import type { LookUp } from '../../names.ts';
import { ownAddresses } from '../../names.ts';
import { readAround, readFilterChains } from './around.ts';
import { placesIn } from './called.ts';
import { placesOf } from './detours.ts';
import { fieldsOfSchema } from './schema-defaults.ts';
import type { SchemaOf } from './schema-defaults.ts';

/** What the reader of a gateway must know beside what `list` gave. */
export interface Reader {
  readonly kong: KongClient;
  readonly lookUp: LookUp;
  readonly hosts: readonly string[];
  readonly controls: Holdings['controls'];
  readonly tls: boolean;
  readonly node: () => Promise<Pick<KongNode, 'wasm'>>;
  /** Kong runs on this machine, so that all of its addresses are loopback, too. */
  readonly here: boolean;
}

/** Reads in bulk what is missing. What may not be read is told as not looked at: the rest counts all the same. */
export const readHoldings = async (
  { kong, lookUp, hosts, controls, here, tls, node }: Reader,
  desired: readonly Desired[],
  listed: readonly Live[],
): Promise<{ readonly holdings: Holdings; readonly unseen: readonly Unseen[] }> => {
  const unseen: Unseen[] = [];
  const told = async <Value>(what: string, reading: Promise<Value>, otherwise: Value): Promise<Value> => {
    try {
      return await reading;
    } catch (thrown) {
      const problems = problemsOf(thrown);
      if (problems === undefined) throw thrown;
      unseen.push({ target: 'kong', what, why: problems.map(({ message }) => message).join('; ') });
      return otherwise;
    }
  };
  const rows = await told('upstreams: whether one has the name of a host of ours, or leads to us', kong.rows('upstreams'), []);
  const known = new Set(listed.map(addressOf));
  const upstreams = rows
    .map((row) => liveRow(specs.upstream, textOf(row.name), row, specs.upstream.read(fieldsOf(row)), kong.name))
    .filter((upstream) => !known.has(addressOf(upstream)));
  const around = await readAround(kong, desired, { tls, told });
  const filterChains = (await node()).wasm ? await told('filter chains: code in WebAssembly before our plugins', readFilterChains(kong), []) : [];
  const live = [...listed, ...upstreams, ...around, ...(await markerRows(kong))];
  const named = live.filter(specs.plugin.is).flatMap(({ spec }) => placesOf(spec).flatMap(({ host = [] }) => host));
  const used = new Set([...[...live, ...desired].filter(specs.service.is).map(({ spec }) => String(spec.host)), ...named].map((name) => name.toLowerCase()));
  const pools = await Promise.all(
    rows
      .filter(({ name }) => used.has(String(name).toLowerCase()))
      .map(async (row): Promise<Pool> => {
        const targets = await told(`targets of the upstream ${String(row.name)}`, kong.rows(`upstreams/${row.id}/targets`), []);
        return { name: String(row.name), targets: targets.map(({ target, weight }) => ({ target: String(target), weight: Number(weight ?? 100) })) };
      }),
  );
  const addresses = await lookUp(namesToAsk(desired, live, { pools, controls }));
  return {
    holdings: { name: kong.name, desired, live, pools, addresses, local: here ? ownAddresses() : new Set(), hosts, controls, tls, filterChains },
    unseen,
  };
};

/** Only two services at one port may be one place: names of ours and theirs are asked for where the ports are the same. */
const namesToAsk = (desired: readonly Desired[], live: readonly Live[], { pools, controls }: Pick<Holdings, 'pools' | 'controls'>): readonly string[] => {
  const wanted = new Set(desired.map(addressOf));
  const places = (objects: readonly (Desired | Live)[]) =>
    objects.filter(specs.service.is).map(({ spec }) => ({ host: canonicalHost(String(spec.host)), port: spec.port ?? defaultPort(spec.protocol) }));
  const ours = [...places(desired), ...controls.flatMap(({ url }) => [...placesIn(url)])].map(({ host, port }) => ({ host: canonicalHost(host), port }));
  const pooled = pools.flatMap(({ targets }) => targets.map(({ target }) => ({ host: canonicalHost(target.replace(/:\d+$/, '')), port: Number(/:(\d+)$/.exec(target)?.[1] ?? 8000) })));
  const strange = live.filter((object) => !wanted.has(addressOf(object)));
  const called = strange.filter(specs.plugin.is).flatMap(({ spec }) => [...placesIn(spec.config)].map(({ host, port }) => ({ host: canonicalHost(host), port })));
  // What a plugin does not say of a place is its service's: it may be any port.
  const taken = strange.filter(specs.plugin.is).flatMap(({ spec }) => placesOf(spec).flatMap(({ host, port }) => (host === undefined ? [] : (port === undefined ? ours.map((our) => our.port) : [port]).map((one) => ({ host: canonicalHost(host), port: one })))));
  const theirs = [...places(strange), ...pooled, ...called, ...taken];
  const shared = new Set(theirs.map(({ port }) => port).filter((port) => ours.some((our) => our.port === port)));
  const names = new Set(pools.map(({ name }) => name.toLowerCase()));
  return [...new Set([...ours, ...theirs].filter(({ port, host }) => shared.has(port) && !isAddress(host) && !names.has(host)).map(({ host }) => host))];
};

/** The live schemas, each asked for once. */
export const schemasOf = (admin: Pick<KongAdmin, 'schema'>): SchemaOf => {
  const known = new Map<string, ReturnType<SchemaOf>>();
  return (name) => {
    const found = known.get(name) ?? admin.schema(name).then((schema) => (schema === undefined ? undefined : fieldsOfSchema(schema)), (): undefined => undefined);
    known.set(name, found);
    return found;
  };
};
