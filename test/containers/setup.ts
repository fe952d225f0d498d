import { bornAt, isAlive } from '../../src/stack/identity.ts';
import { stackDown } from '../../src/stack/index.ts';
import { readState } from '../../src/stack/state.ts';
import { sweep } from '../../src/stack/containers/run.ts';
import { engineOf } from '../../src/stack/containers/engine.ts';
import { docker, hindrance, TEST_LABEL, testProject } from './docker.ts';

const values = (label: string): readonly string[] => [
  ...new Set(docker('ps', '--all', '--format', `{{.Label "${label}"}}`, '--filter', `label=${label}`).split('\n').filter((value) => value !== '')),
];
const remove = (kind: readonly string[], filter: string): void => {
  const found = docker(...kind, 'ls', '--quiet', ...(kind[0] === 'container' ? ['--all'] : []), '--filter', `label=${filter}`).split('\n').filter((id) => id !== '');
  if (found.length > 0) docker(...kind, 'rm', '--force', ...(kind[0] === 'container' ? ['--volumes'] : []), ...found);
};

/** What a run that was killed has left, and nothing else: a stack whose supervisor is gone, and what carries the number of a process that is. */
export const takeAwayLeftovers = async (): Promise<void> => {
  for (const dir of values('io.authctl.stack')) {
    const supervisor = readState(dir)?.processes[0];
    if (supervisor && isAlive(supervisor)) continue;
    await stackDown({ dir });
    await sweep(engineOf(process.env), dir);
  }
  for (const pid of values(TEST_LABEL).filter((value) => bornAt(Number(value)) === undefined)) remove(['container'], `${TEST_LABEL}=${pid}`);
  for (const project of values('com.docker.compose.project')) {
    const pid = testProject(project);
    if (pid === undefined || bornAt(pid) !== undefined) continue;
    for (const kind of ['container', 'network', 'volume']) remove([kind], `com.docker.compose.project=${project}`);
  }
};

/** The library's own sweeper is an image that is not to be had everywhere: this takes its place. */
export default async (): Promise<void> => {
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  if (hindrance() === undefined) await takeAwayLeftovers();
};
