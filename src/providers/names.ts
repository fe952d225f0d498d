import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { canonicalHost } from './address.ts';

/** What names lead to: addresses; `undefined` for one that was not found, or not in time. */
export type LookUp = (names: readonly string[]) => Promise<ReadonlyMap<string, readonly string[] | undefined>>;

const BOUND_MS = 1500;
const MOST_NAMES = 64;

/**
 * Asks this machine's resolver, side by side and with one bound for all. It is not the gateway's: what it does not know is told as not looked at, and
 * names are then compared as they are.
 */
export const lookUpNames = (ask: (name: string) => Promise<readonly string[]> = askSystem, bound = BOUND_MS): LookUp => {
  const known = new Map<string, readonly string[] | undefined>();
  return async (names) => {
    const asked = [...new Set(names)].filter((name) => !known.has(name)).slice(0, MOST_NAMES);
    if (asked.length > 0) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<undefined>((settle) => {
        timer = setTimeout(() => settle(undefined), bound);
      });
      await Promise.all(
        asked.map(async (name) => {
          known.set(name, await Promise.race([ask(name).catch(() => undefined), late]));
        }),
      );
      clearTimeout(timer);
    }
    return known;
  };
};

const askSystem = async (name: string): Promise<readonly string[]> => (await lookup(name, { all: true })).map(({ address }) => address);

/** Every address of this machine's network cards, in the spelling of `canonicalHost`. */
export const ownAddresses = (): ReadonlySet<string> =>
  new Set(Object.values(networkInterfaces()).flatMap((cards) => (cards ?? []).map(({ address }) => canonicalHost(address))));
