import { join } from 'node:path';
import type { Environment } from '../blueprint/resolve.ts';
import { Problem } from '../core/problem.ts';
import { directoryPlace } from './directory.ts';
import type { JournalPlace } from './place.ts';

/** Where runs are noted: `runs` in the state directory, or what `AUTHCTL_JOURNAL` names. S3 is loaded where it is asked for. */
export const openPlace = async (env: Environment, stateDirectory: string): Promise<JournalPlace> => {
  const stated = env['AUTHCTL_JOURNAL'] ?? '';
  if (stated === '') return directoryPlace(join(stateDirectory, 'runs'));
  return (await import('./s3.ts')).s3Place(stated, env, stateDirectory);
};

/** A bucket is no directory: it would become one of this name. */
export const refuseBucket = (env: Environment): void => {
  if (/^s3:/i.test(env['AUTHCTL_STATE_DIR'] ?? ''))
    throw new Problem('JOURNAL_PLACE', 'AUTHCTL_STATE_DIR names a bucket, and has to be a directory', { hint: 'export AUTHCTL_JOURNAL=s3://bucket/prefix for what runs did; the directory keeps what is of this machine alone' });
};

export { isOfRun } from './place.ts';
export type { JournalPlace, Lines } from './place.ts';
