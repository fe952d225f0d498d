import { Problem } from '../../core/problem.ts';
import { plainEnvironment, runToEnd } from '../child.ts';
import type { Ended } from '../child.ts';

/** Docker's command, and what it is told of where its daemon listens. Plain data: it goes to the supervisor, and into the stack's state. */
export interface Engine {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How the command finds its daemon (docs.docker.com/reference/cli/docker, environment variables); no other of the caller's reaches it. */
const ITS_OWN = ['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'DOCKER_TLS', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH', 'XDG_RUNTIME_DIR'];

export const engineOf = (env: NodeJS.ProcessEnv): Engine => ({
  command: 'docker',
  env: Object.fromEntries(ITS_OWN.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
});

/** The environment of the command. The builder that every version has: the other is a plugin, which may not be there. */
export const engineEnv = ({ env }: Engine): NodeJS.ProcessEnv => plainEnvironment({ ...env, DOCKER_BUILDKIT: '0' });

export const docker = (engine: Engine, args: readonly string[], signal?: AbortSignal): Promise<Ended> =>
  runToEnd({ command: engine.command, args, env: engineEnv(engine) }, signal);

const HINT = 'install Docker ("apt-get install docker.io") and start its daemon, or leave out "--engine containers"';

/** A Docker whose daemon answers. Throws `STACK_NO_DOCKER`. */
export const findEngine = async (env: NodeJS.ProcessEnv, tell: (detail: string) => void, signal?: AbortSignal): Promise<Engine> => {
  const engine = engineOf(env);
  const answer = await docker(engine, ['version', '--format', '{{.Server.Version}}'], signal);
  if (answer.missing) throw new Problem('STACK_NO_DOCKER', 'the stack was to run in containers, and "docker" is not there', { hint: HINT });
  if (answer.code !== 0) throw new Problem('STACK_NO_DOCKER', `no Docker daemon answers: ${answer.output.trim().slice(-300)}`, { hint: HINT });
  tell(`Docker ${answer.output.trim()}`);
  return engine;
};
