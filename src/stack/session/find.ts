import { resolve } from 'node:path';
import { Problem } from '../../core/problem.ts';
import { runToEnd } from '../child.ts';
import { cleanEnv } from '../clean-env.ts';

const HINT = 'install Redis 6.2 or newer: "apt-get install redis-server", or "brew install redis"; or name one by AUTHCTL_REDIS_BIN';

/**
 * A `redis-server` of version 6.2 or newer: `AUTHCTL_REDIS_BIN`, else on PATH; 6.2 is what the session service's client is tested with.
 * Throws `STACK_NO_REDIS`.
 */
export const findRedis = async (env: NodeJS.ProcessEnv = process.env): Promise<{ readonly command: string; readonly version: string }> => {
  const command = env['AUTHCTL_REDIS_BIN'] ? resolve(env['AUTHCTL_REDIS_BIN']) : 'redis-server';
  const answer = await runToEnd({ command, args: ['--version'], env: cleanEnv(env) });
  const [, version = '', major, minor] = (!answer.missing && /\bv=((\d+)\.(\d+)\S*)/.exec(answer.output)) || [];
  if (answer.missing || version === '') {
    throw new Problem('STACK_NO_REDIS', `sessions or proofs are kept in Redis, and "${command}" is not there`, { hint: HINT });
  }
  if (Number(major) * 100 + Number(minor) < 602) throw new Problem('STACK_NO_REDIS', `Redis ${version} is too old to keep sessions`, { hint: HINT });
  return { command, version };
};
