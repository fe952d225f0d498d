import { isAbsolute, join, resolve } from 'node:path';
import { areAllAmong, elsewhere } from '../blueprint/elsewhere.ts';
import { loadBlueprint } from '../blueprint/index.ts';
import type { LoadOptions, Recorded } from '../blueprint/index.ts';
import type { Environment } from '../blueprint/resolve.ts';
import type { ReadStored } from '../blueprint/stored.ts';
import type { Blueprint } from '../blueprint/types.ts';
import type { Events } from '../core/events.ts';
import type { createMask } from '../core/mask.ts';
import { openPlace, refuseBucket } from '../journal/index.ts';
import type { JournalPlace } from '../journal/index.ts';

export interface AuthctlOptions {
  /**
   * Where a blueprint's references are looked up. The process's own environment is not read for them: a program that wants it hands over
   * `process.env`.
   */
  readonly env: Environment;
  /** Relative paths start here; where the process stands, when it is not stated. */
  readonly cwd?: string;
  /** Which of the blueprint's `environments` is laid over it. */
  readonly overlay?: string;
  /** Addresses and secrets that `env` lacks are taken from a local stack that runs. On, unless it is `false`. */
  readonly localStack?: boolean;
  /** Where the local stack keeps its files: `AUTHCTL_STACK_DIR` of `env`, or `.authctl/stack`. */
  readonly stackDirectory?: string;
  /** Told of everything that happens, while it happens. What it throws ends the use case. */
  readonly events?: Events;
  /** Once aborted, what is under way is finished and nothing new is begun; a stack that is starting is stopped again. */
  readonly signal?: AbortSignal;
}

/** The file of a blueprint, or a blueprint that is loaded. */
export type BlueprintSource = string | Blueprint;

/** What one use case works with, from its call to its report. */
export interface Run {
  readonly env: Environment;
  readonly stackDirectory: string;
  /** The environment that is laid over blueprints. */
  readonly overlay?: string;
  /** Where verify notes what it makes for the time of a run. */
  readonly journalDirectory: string;
  /** Where apply notes what it does. */
  readonly runs: JournalPlace;
  /** Takes the secrets of every blueprint that was loaded so far out of a text. */
  readonly mask: (text: string) => string;
  /**
   * Whether a blueprint's targets are those of a local stack that runs: then checks that write are safe. A stack's Keycloak is enough where nothing is
   * elsewhere, because people and clients are made there; without one every address must be the stack's.
   */
  readonly isLocal: (blueprint: Blueprint) => boolean;
  readonly signal: { readonly signal?: AbortSignal };
  readonly emit: Events;
  /** What was loaded last: what the use case is about. */
  readonly loaded: () => Blueprint | undefined;
  /** A path of the caller's, from where the process stands. */
  readonly pathOf: (path: string) => string;
  /** `overlay` instead of the run's own. */
  readonly load: (source: BlueprintSource, overlay?: string, recorded?: Recorded) => Promise<Blueprint>;
  /** For what contacts nothing: a secret that is not set does not matter to it, so a placeholder stands in. A wrong blueprint is as wrong as anywhere. */
  readonly loadOffline: (source: BlueprintSource) => Promise<Blueprint>;
}

export const openRun = async (options: AuthctlOptions, mask: ReturnType<typeof createMask>): Promise<Run> => {
  const { cwd = process.cwd(), overlay, signal, events: emit = () => undefined } = options;
  refuseBucket(options.env);
  const stateDirectory = resolve(cwd, options.env['AUTHCTL_STATE_DIR'] ?? '.authctl');
  const stackDirectory = resolve(cwd, options.stackDirectory ?? options.env['AUTHCTL_STACK_DIR'] ?? '.authctl/stack');
  const fromStack = options.localStack === false ? {} : await lackingIn(options.env, stackDirectory);
  const env = { ...fromStack, ...options.env };
  const isSupplied = ({ targets }: Blueprint): boolean => (targets.keycloak ? 'KEYCLOAK_URL' in fromStack : areAllAmong(targets, Object.values(fromStack).filter((value) => value !== undefined)));
  let loaded: Blueprint | undefined;
  // What means the same from here is kept as it was given: the places in a report begin with it.
  const pathOf = (path: string): string => (isAbsolute(path) || resolve(path) === resolve(cwd, path) ? path : resolve(cwd, path));
  const loadWith = async (source: BlueprintSource, how: LoadOptions): Promise<Blueprint> => {
    const blueprint =
      typeof source === 'string' ? await loadBlueprint(pathOf(source), { overlay, checkIds, ...how }) : source;
    loaded = blueprint;
    mask.add(blueprint.secrets);
    emit({ type: 'blueprint.loaded', blueprint: blueprint.name, file: blueprint.file });
    if (isSupplied(blueprint)) emit({ type: 'stack.used', directory: stackDirectory });
    return blueprint;
  };
  const readStored: ReadStored = async (wanted) => (await import('../secrets/index.ts')).readStored(wanted, options.env);
  return {
    env,
    stackDirectory,
    ...(overlay !== undefined && { overlay }),
    journalDirectory: join(stateDirectory, 'fixtures'),
    runs: await openPlace(options.env, stateDirectory),
    mask: mask.apply,
    isLocal: (blueprint) => isSupplied(blueprint) && elsewhere(blueprint.targets).size === 0,
    signal: signal ? { signal } : {},
    emit,
    loaded: () => loaded,
    pathOf,
    load: (source, other = overlay, recorded = undefined) => loadWith(source, { env: options.env, offered: fromStack, overlay: other, readStored, ...(recorded && { recorded }) }),
    // An issuer on this machine is refused for the real AWS alone; whether it is one is for what contacts it to say.
    loadOffline: (source) => loadWith(source, { env: { ...options.env, AWS_ENDPOINT: env['AWS_ENDPOINT'] ?? 'http://127.0.0.1:9' }, offered: fromStack, placeholders: true }),
  };
};

/** The catalogue is loaded only where it is asked for. */
const checkIds = async (): Promise<readonly string[]> => (await import('../checks/catalogue.ts')).checks.map(({ id }) => id);

/** What the running local stack has and the environment does not. */
const lackingIn = async (env: Environment, directory: string): Promise<Environment> => {
  const { loadStackEnv } = await import('../stack/index.ts');
  const offered = await loadStackEnv(directory);
  return Object.fromEntries(Object.entries(offered ?? {}).filter(([name]) => env[name] === undefined));
};
