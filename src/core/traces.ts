import { oneLine } from './one-line.ts';
import { Problem, reason } from './problem.ts';
import type { Provider, Traces } from './provider.ts';
import type { Address, Change, Changed, Live } from './resource.ts';

interface Told {
  readonly changed: ReadonlyMap<Address, Changed>;
  readonly untold: readonly string[];
}

/** Asks the servers of what was found, and no others. What they do not tell is said: nobody misses a finding for it. */
export const tracesOf = async (read: readonly { readonly provider: Provider; readonly live: readonly Live[] }[], found: readonly Address[]): Promise<Told> => {
  const told = await Promise.all(
    read.map(async ({ provider, live }): Promise<Traces> => {
      const its = [...new Set(found.filter((address) => address.startsWith(`${provider.name}.`)))];
      if (its.length === 0 || provider.traces === undefined) return { changed: new Map() };
      try {
        return await provider.traces(its, live);
      } catch (thrown) {
        return { changed: new Map(), untold: `who changed it is not known: ${provider.name} could not be asked (${oneLine(thrown instanceof Problem ? thrown.message : reason(thrown))})` };
      }
    }),
  );
  return { changed: new Map(told.flatMap(({ changed }) => [...changed])), untold: told.flatMap(({ untold }) => untold ?? []) };
};

export const withTrace = (change: Change, address: Address, { changed }: Told): Change => {
  const trace = changed.get(address);
  return trace === undefined || change.action === 'keep' ? change : { ...change, changed: trace };
};

/** A moment of a server, as reports have it; none of what is no moment. */
export const momentOf = (milliseconds: unknown): string | undefined => {
  if (typeof milliseconds !== 'number') return undefined;
  const moment = new Date(milliseconds);
  return milliseconds > 0 && !Number.isNaN(moment.getTime()) ? moment.toISOString() : undefined;
};

/** `2026-11-29 12:00:03Z` */
export const momentWords = (moment: string): string => moment.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
