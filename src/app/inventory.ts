import { oneLine } from '../core/one-line.ts';
import type { Provider } from '../core/provider.ts';
import type { Report } from '../core/report.ts';
import { addressOf } from '../core/resource.ts';
import type { Address } from '../core/resource.ts';
import { expand } from '../patterns/index.ts';
import { connectProviders } from '../providers/index.ts';
import { loadForTargets } from './examine.ts';
import type { BlueprintSource, Run } from './run.ts';

/** Whose mark an object carries: the blueprint's, another blueprint's, none. */
export type Whose = 'ours' | 'another' | 'nobody';

export interface InventoryItem {
  readonly address: Address;
  readonly whose: Whose;
  /** The blueprint whose mark it carries. */
  readonly owner?: string;
  /** The blueprint names it, whoever has it. */
  readonly stated: boolean;
}
export interface Inventory {
  readonly objects: readonly InventoryItem[];
  /** By kind. */
  readonly counts: Readonly<Record<string, Readonly<Record<Whose, number>>>>;
}

/** What is live at the blueprint's targets, and whose it is. Writes nothing, and decides nothing. */
export const inventory = async (run: Run, source: BlueprintSource): Promise<Report<Inventory>> => {
  const blueprint = await loadForTargets(run, source);
  const stated = new Set(expand(blueprint).desired.map(addressOf));
  const providers = await connectProviders(blueprint, run.env);
  try {
    const live = (await Promise.all(providers.flatMap(({ kinds }) => kinds.map((kind) => kind.list())))).flat();
    const objects = live
      .map((object): InventoryItem => {
        const { owner } = object;
        const address = addressOf(object);
        return { address, whose: owner === undefined ? 'nobody' : owner === blueprint.name ? 'ours' : 'another', ...(owner !== undefined && { owner }), stated: stated.has(address) };
      })
      .toSorted((a, b) => (a.address < b.address ? -1 : 1));
    const data = { objects, counts: countsOf(objects) };
    return { command: 'inventory', blueprint: blueprint.name, problems: [], requests: requestsOf(providers), data, text: told(data) };
  } finally {
    await Promise.all(providers.map((provider) => provider.close?.()));
  }
};

const requestsOf = (providers: readonly Provider[]): NonNullable<Report['requests']> => Object.fromEntries(providers.map(({ name, requests }) => [name, requests()]));

const kindOf = (address: Address): string => address.slice(0, address.indexOf('/'));

const countsOf = (objects: readonly InventoryItem[]): Inventory['counts'] => {
  const counts: Record<string, Record<Whose, number>> = {};
  for (const { address, whose } of objects) {
    const of = (counts[kindOf(address)] ??= { ours: 0, another: 0, nobody: 0 });
    of[whose] += 1;
  }
  return counts;
};

/** More of one kind are counted, not named. */
const NAMED = 20;

const told = ({ objects, counts }: Inventory): string => {
  const kinds = Object.keys(counts).toSorted();
  const width = Math.max(4, ...kinds.map((kind) => kind.length));
  const row = (kind: string, cells: readonly (string | number)[]): string => `${kind.padEnd(width)}${cells.map((cell) => String(cell).padStart(10)).join('')}`;
  const table = [row('kind', ['ours', "another's", "nobody's"]), ...kinds.map((kind) => row(kind, [counts[kind]?.ours ?? 0, counts[kind]?.another ?? 0, counts[kind]?.nobody ?? 0]))];
  const sections = [...new Set(objects.flatMap(({ owner, whose }) => (whose === 'another' && owner !== undefined ? [owner] : [])))].toSorted().map((owner) => listed(`of the blueprint ${owner}:`, objects.filter((one) => one.whose === 'another' && one.owner === owner)));
  const nobodys = objects.filter(({ whose }) => whose === 'nobody');
  return [...table, ...sections.flat(), ...listed("nobody's:", nobodys), '', `${objects.length} objects: ${objects.filter(({ whose }) => whose === 'ours').length} ours, ${objects.filter(({ whose }) => whose === 'another').length} another's, ${nobodys.length} nobody's`].map((line) => oneLine(line)).join('\n');
};

const listed = (title: string, objects: readonly InventoryItem[]): readonly string[] => {
  if (objects.length === 0) return [];
  const byKind = [...new Set(objects.map(({ address }) => kindOf(address)))].map((kind) => objects.filter(({ address }) => kindOf(address) === kind));
  return ['', title, ...byKind.flatMap((own) => [...own.slice(0, NAMED).map(({ address, stated }) => `  ${address}${stated ? ' (stated by the blueprint)' : ''}`), ...(own.length > NAMED ? [`  … and ${own.length - NAMED} more of ${kindOf(own[0]?.address ?? '/')}`] : [])])];
};
