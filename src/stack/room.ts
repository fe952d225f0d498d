import type { Child } from './child.ts';
import type { StackServer } from './types.ts';

/** What a server of the stack starts with. */
export interface Room {
  /** Absolute; private to its owner. */
  readonly dir: string;
  /** `<dir>/logs/<name>.log` */
  readonly log: (name: string) => string;
  readonly signal: AbortSignal;
  /** To be called as soon as a child runs, before anything is awaited: it is how "stack down" finds it whatever happens next. */
  readonly spawned: (child: Child) => void;
}

/** Starts a server by the configuration that stands in `config`: as a program of this machine, or in a container. */
export interface Launcher {
  /** With its version: asked for when it runs. */
  readonly what: () => Promise<string>;
  readonly start: (config: { readonly path: string; readonly text: string }, args: readonly string[]) => Promise<Child>;
}

/** A server that answers. */
export interface Started {
  readonly servers: readonly StackServer[];
  readonly env: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}
