import { isAlive } from './identity.ts';
import { allAlive, anyAlive, readState } from './state.ts';
import type { StackState } from './state.ts';
import type { StackStatus } from './types.ts';

const stateOf = (state: StackState): StackStatus['state'] => {
  if (!anyAlive(state)) return 'stale';
  if (!allAlive(state)) return 'degraded';
  return state.ready ? 'running' : 'starting';
};

/** What runs in `dir`, by its processes: nothing is asked over the network. */
export const stackStatus = ({ dir }: { readonly dir: string }): Promise<StackStatus> => {
  const state = readState(dir);
  if (!state) return Promise.resolve({ state: 'stopped', servers: [] });
  const alive = new Set(state.processes.filter(isAlive).map(({ pid }) => pid));
  return Promise.resolve({
    state: stateOf(state),
    startedAt: state.startedAt,
    servers: state.servers.map((server) => ({ ...server, alive: alive.has(server.pid) })),
  });
};

/** Addresses and secrets of the stack in `dir`; `undefined` unless it is ready and every one of its processes lives. */
export const loadStackEnv = (dir: string): Promise<Readonly<Record<string, string>> | undefined> => {
  const state = readState(dir);
  return Promise.resolve(state?.ready && allAlive(state) ? state.env : undefined);
};
