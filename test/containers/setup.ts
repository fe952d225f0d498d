import { bornAt } from '../../src/core/born.ts';
import { isAlive } from '../../src/stack/identity.ts';
import { stackDown } from '../../src/stack/index.ts';
import { readState } from '../../src/stack/state.ts';
import { sweep } from '../../src/stack/containers/run.ts';
import { engineOf } from '../../src/stack/containers/engine.ts';
import { docker, hindrance, TEST_LABEL, testProject } from './docker.ts';

/** In this order: a network that a container is in stays. */
const KINDS = { container: { list: ['--all'], remove: ['--force', '--volumes'] }, network: { list: [], remove: [] }, volume: { list: [], remove: [] } } as const;
type Kind = keyof typeof KINDS;

const listed = (kind: Kind, label: string, ...more: readonly string[]): readonly string[] =>
  docker(kind, 'ls', ...KINDS[kind].list, '--filter', `label=${label}`, ...more).split('\n').filter((line) => line !== '');
const values = (label: string, ...kinds: readonly Kind[]): ReadonlySet<string> => new Set(kinds.flatMap((kind) => listed(kind, label, '--format', `{{.Label "${label}"}}`)));
const remove = (kind: Kind, label: string): void => {
  const found = listed(kind, label, '--quiet');
  if (found.length > 0) docker(kind, 'rm', ...KINDS[kind].remove, ...found);
};

/** What a run that was killed has left, and nothing else: a stack whose supervisor is gone, and what carries the number of a process that is. */
export const takeAwayLeftovers = async (): Promise<void> => {
  for (const dir of values('io.authctl.stack', 'container')) {
    const supervisor = readState(dir)?.processes[0];
    if (supervisor && isAlive(supervisor)) continue;
    await stackDown({ dir });
    await sweep(engineOf(process.env), dir);
  }
  for (const pid of values(TEST_LABEL, 'container')) if (bornAt(Number(pid)) === undefined) remove('container', `${TEST_LABEL}=${pid}`);
  for (const project of values('com.docker.compose.project', 'container', 'network', 'volume')) {
    const pid = testProject(project);
    if (pid === undefined || bornAt(pid) !== undefined) continue;
    for (const kind of ['container', 'network', 'volume'] as const) remove(kind, `com.docker.compose.project=${project}`);
  }
};

/** The library's own sweeper is an image that is not to be had everywhere: this takes its place. */
export default async (): Promise<void> => {
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  if (hindrance() === undefined) await takeAwayLeftovers();
};
