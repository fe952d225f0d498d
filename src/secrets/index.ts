import { groupBy } from '../core/collections.ts';
import { Problems } from '../core/problem.ts';
import type { Environment } from '../blueprint/resolve.ts';
import type { Stored } from '../blueprint/stored.ts';
import type { Given } from './given.ts';

type Store = (wanted: readonly Stored[], env: Environment) => Promise<readonly Given[]>;

/** Each is loaded only where a blueprint refers to it. */
const STORES: Readonly<Record<Stored['store'], () => Promise<Store>>> = {
  vault: async () => (await import('./vault.ts')).readVault,
  'aws-secret': async () => (await import('./secrets-manager.ts')).readSecretsManager,
  ssm: async () => (await import('./parameter-store.ts')).readParameterStore,
};

/** The secrets that a blueprint refers to, of all stores at once. Throws `Problems` with everything that is wrong, each at its line. */
export const readStored = async (wanted: readonly Stored[], env: Environment): Promise<ReadonlyMap<string, string>> => {
  const given = await Promise.all([...groupBy(wanted, ({ store }) => store)].map(async ([store, its]) => (await STORES[store]())(its, env)));
  const problems = given.flat().flatMap(([, value]) => (typeof value === 'string' ? [] : [value]));
  if (problems.length > 0) throw new Problems(problems);
  return new Map(given.flat().flatMap(([{ reference }, value]) => (typeof value === 'string' ? [[reference, value] as const] : [])));
};
