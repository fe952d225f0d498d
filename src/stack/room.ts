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

/** A server that answers. */
export interface Started {
  readonly servers: readonly StackServer[];
  readonly env: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}
