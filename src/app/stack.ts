import type { Report } from '../core/report.ts';
import { stackDown, stackStatus, stackUp } from '../stack/index.ts';
import type { StackInfo, StackPart, StackPorts, StackStatus } from '../stack/index.ts';
import type { StackEvent } from '../stack/types.ts';
import type { Run } from './run.ts';

/** Kong or AWS alone need no blueprint: they start empty. */
const EMPTY = { needs: { name: 'empty', keycloak: false, opa: false, kong: true, aws: true, services: [] }, secretNames: [], secrets: {} };

export interface StackUpRequest {
  /** Fewer parts than the blueprint needs. */
  readonly only?: readonly StackPart[];
  /** A port that is not named is a free one. */
  readonly ports?: StackPorts;
  /** The stand-ins' clock stands still here: seconds since the epoch. */
  readonly clock?: number;
  /** The stand-in for Kong keeps no database. */
  readonly dbless?: boolean;
  /** Keycloak's database is a PostgreSQL of its own, as in production, or the files of a development server. */
  readonly database?: 'postgres';
  /** Where the servers of others run: as processes of this machine unless stated, or in containers by Docker. */
  readonly engine?: 'local' | 'containers';
}
/** Its secrets are not in it: every use case with the same `stackDirectory` finds them. */
export type StackStarted = Pick<StackInfo, 'already' | 'servers'>;

/** Starts what a blueprint needs and waits until it answers; one that runs is kept. */
export const up = async (run: Run, path: string, { only, ports, clock, dbless, database, engine }: StackUpRequest): Promise<Report<StackStarted>> => {
  const alone = only?.every((part) => part === 'kong' || part === 'aws') === true;
  const { needs, secretNames, secrets } = alone ? EMPTY : await (await import('../stack/needs/index.ts')).stackNeeds(run.pathOf(path), run.env, run.overlay);
  const { already, servers } = await stackUp({
    dir: run.stackDirectory,
    env: run.env,
    blueprintNeeds: needs,
    secretNames,
    secrets,
    ...(only && { only }),
    ...(ports && { ports }),
    ...(clock !== undefined && { clock }),
    dbless: dbless === true,
    ...(database && { database }),
    ...(engine && { engine }),
    events: (event) => run.emit(spanOf(event)),
    ...run.signal,
  });
  return { command: 'stack up', problems: [], data: { already, servers } };
};

const spanOf = ({ step, state, detail, seconds = 0 }: StackEvent) =>
  state === 'started'
    ? ({ type: 'stack.step.started', step } as const)
    : ({ type: 'stack.step.finished', step, outcome: state, ...(detail !== undefined && { detail }), milliseconds: Math.round(seconds * 1000) } as const);

/** Stops it and removes everything it wrote. */
export const down = async (run: Run): Promise<Report<{ readonly stopped: boolean }>> => {
  const stopped = await stackDown({ dir: run.stackDirectory });
  return { command: 'stack down', problems: [], data: { stopped } };
};

/** What runs, by its processes: nothing is asked over the network. The answer is no unless all of it does. */
export const status = async (run: Run): Promise<Report<StackStatus>> => {
  const data = await stackStatus({ dir: run.stackDirectory });
  return { command: 'stack status', problems: [], data, negative: data.state !== 'running' };
};
