import { fileURLToPath } from 'node:url';
import { during } from '../progress.ts';
import type { StackEvents, StackPart } from '../types.ts';
import { findEngine } from './engine.ts';
import type { Engine } from './engine.ts';
import { buildOn, findImage, IMAGES } from './images.ts';

const infra = (folder: string): string => fileURLToPath(new URL(`../../../infra/${folder}`, import.meta.url));

/** What a stack in containers is started from. Plain data: it goes from `stack up` to the supervisor through a pipe. */
export interface Containers {
  readonly engine: Engine;
  readonly keycloak?: { readonly image: string; readonly what: string; readonly postgres: string };
  readonly opa?: string;
  readonly redis?: string;
  /** Without one Kong's stand-in runs beside the containers. */
  readonly kong?: { readonly image: string; readonly what: string; readonly postgres?: string };
}

interface Wanted {
  readonly parts: readonly StackPart[];
  readonly env: NodeJS.ProcessEnv;
  /** What Kong's stand-in does in this process alone: a second node on the same configuration, a clock that stands still. */
  readonly standInApart: boolean;
}

/**
 * Finds Docker and the images of the parts, fetching those that are missing, and builds ours on top of Keycloak's and Kong's.
 * Throws `STACK_NO_DOCKER`, `STACK_NO_IMAGE`; a Kong that cannot be had is told, and done without.
 */
export const prepareContainers = async ({ parts, env, standInApart }: Wanted, events: StackEvents, signal: AbortSignal): Promise<Containers> => {
  const engine = await during(events, 'find Docker', (tell) => findEngine(env, tell, signal));
  const find = (name: keyof typeof IMAGES): Promise<string> =>
    during(events, `find the image of ${name}`, async (tell) => {
      const image = await findImage(engine, name, { env, tell, signal });
      tell(image);
      return image;
    });
  const has = (part: StackPart): boolean => parts.includes(part);
  const keycloak = has('keycloak')
    ? await keycloakOf(engine, find, events, signal)
    : undefined;
  const kong = has('kong') ? await kongOf(engine, find, standInApart, events, signal) : undefined;
  return {
    engine,
    ...(keycloak && { keycloak }), ...(kong && { kong }),
    ...(has('opa') && { opa: await find('opa') }), ...(has('redis') && { redis: await find('redis') }),
  };
};

const onTop = (engine: Engine, name: 'keycloak' | 'kong', base: string, events: StackEvents, signal: AbortSignal): Promise<string> =>
  during(events, `build ours on the image of ${name} (once)`, () => buildOn(engine, base, infra(name), `localhost/authctl-stack-${name}:latest`, signal));

const keycloakOf = async (engine: Engine, find: (name: 'keycloak' | 'postgres') => Promise<string>, events: StackEvents, signal: AbortSignal) => {
  const base = await find('keycloak');
  return { image: await onTop(engine, 'keycloak', base, events, signal), what: `Keycloak, ${base}`, postgres: await find('postgres') };
};

const kongOf = async (
  engine: Engine,
  find: (name: 'kong' | 'postgres') => Promise<string>,
  standInApart: boolean,
  events: StackEvents,
  signal: AbortSignal,
): Promise<Containers['kong']> => {
  const image = await find('kong').catch((error: unknown) => {
    signal.throwIfAborted();
    events({ step: 'find the image of kong', state: 'done', detail: `not to be had, the development stand-in runs in its place: ${String((error as Error).message).slice(0, 120)}` });
    return undefined;
  });
  if (image === undefined) return undefined;
  const standIn = image === IMAGES.kong.local;
  if (standIn && standInApart) return undefined;
  const built = await onTop(engine, 'kong', image, events, signal);
  // The stand-in keeps in memory what Kong keeps in a database.
  return standIn ? { image: built, what: 'development stand-in for Kong' } : { image: built, what: `Kong, ${image}`, postgres: await find('postgres') };
};
