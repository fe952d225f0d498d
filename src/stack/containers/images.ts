import { Problem } from '../../core/problem.ts';
import { KEYCLOAK_VERSION } from '../keycloak/install.ts';
import { OPA_VERSION } from '../opa/find.ts';
import { docker } from './engine.ts';
import type { Engine } from './engine.ts';

interface Image {
  /** Of those who make the server. */
  readonly official: string;
  /** What `make test-containers` builds where the other cannot be had. */
  readonly local: string;
}

/** What containers are started from, by the server. `AUTHCTL_<NAME>_IMAGE` names another. */
export const IMAGES = {
  keycloak: { official: `quay.io/keycloak/keycloak:${KEYCLOAK_VERSION}`, local: `localhost/authctl-keycloak:${KEYCLOAK_VERSION}` },
  postgres: { official: 'docker.io/library/postgres:17', local: 'localhost/authctl-postgres:debian' },
  opa: { official: `docker.io/openpolicyagent/opa:${OPA_VERSION}`, local: `localhost/authctl-opa:${OPA_VERSION}` },
  redis: { official: 'docker.io/library/redis:8-alpine', local: 'localhost/authctl-redis:debian' },
  kong: { official: 'docker.io/library/kong:3.9.3', local: 'localhost/authctl-kong-stand-in:3.9' },
} as const satisfies Readonly<Record<string, Image>>;

export type ImageName = keyof typeof IMAGES;

export const imageVariable = (name: string): string => `AUTHCTL_${name.toUpperCase().replaceAll('-', '_')}_IMAGE`;

/** Whether an image is on this machine. */
export const isPresent = async (engine: Engine, image: string, signal?: AbortSignal): Promise<boolean> => {
  const answer = await docker(engine, ['image', 'inspect', '--format', '{{.Id}}', image], signal);
  return !answer.missing && answer.code === 0;
};

/** Fetches an image; why not, when that failed. */
const pull = async (engine: Engine, image: string, signal?: AbortSignal): Promise<string | undefined> => {
  const answer = await docker(engine, ['pull', '--quiet', image], signal);
  return !answer.missing && answer.code === 0 ? undefined : answer.missing ? 'docker is gone' : answer.output.trim().slice(-300);
};

interface Search {
  readonly env: NodeJS.ProcessEnv;
  readonly tell?: (detail: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * The image of a server: the one that the environment names, else the official one when it is on this machine, else the one that was built here, else
 * the official one from where it is published. Throws `STACK_NO_IMAGE`.
 */
export const findImage = async (engine: Engine, name: ImageName, { env, tell, signal }: Search): Promise<string> => {
  const { official, local } = IMAGES[name];
  const named = env[imageVariable(name)];
  for (const image of named ? [named] : [official, local]) if (await isPresent(engine, image, signal)) return image;
  const wanted = named ?? official;
  tell?.(`fetching ${wanted}`);
  const failed = await pull(engine, wanted, signal);
  if (failed === undefined) return wanted;
  throw new Problem('STACK_NO_IMAGE', `the image ${wanted} is not on this machine and could not be fetched: ${failed}`, {
    hint: `"docker pull ${wanted}" where it can be had, or name another by ${imageVariable(name)}`,
  });
};

/** Builds what is put on top of an image, from a folder of `infra`: at once, when nothing has changed. Throws `STACK_NO_IMAGE`. */
export const buildOn = async (engine: Engine, base: string, folder: string, tag: string, signal?: AbortSignal): Promise<string> => {
  const answer = await docker(engine, ['build', '--quiet', '--force-rm', '--build-arg', `BASE=${base}`, '--label', 'io.authctl.image=stack', '--tag', tag, folder], signal);
  if (!answer.missing && answer.code === 0) return tag;
  throw new Problem('STACK_NO_IMAGE', `${tag} could not be built on ${base}: ${answer.missing ? 'docker is gone' : answer.output.trim().slice(-800)}`);
};
