import type { Blueprint } from '../blueprint/types.ts';
import type { Provider } from '../core/provider.ts';
import type { Permissions } from './permissions.ts';
import type { SpecType } from '../core/spec.ts';
import type { Desired, FieldDiff, Spec } from '../core/resource.ts';

/** What is declared of a kind, whatever the type of its spec. */
export type KindSpec = Pick<SpecType<Spec, readonly string[]>, 'kind' | 'fields' | 'immutable'>;

/**
 * What a provider brings: said in `definition.ts` of its folder, and read at every start, so it loads nothing that speaks to a server.
 * Its page is `docs/providers/<name>.md`; `test/unit/providers/registry.test.ts` names what is missing.
 */
export interface ProviderDefinition<Name extends string = keyof Blueprint['targets']> {
  /** Its key in the blueprint's `targets`, its folder, and the first part of its kinds' names. */
  readonly name: Name;
  /** As its makers call it. */
  readonly title: string;
  readonly specs: readonly KindSpec[];
  /** What its login needs. */
  readonly permissions: Permissions;
  /** Groups of checks that attack what it provisions. */
  readonly attackedBy: readonly string[];
  /**
   * What holds the fake of its tests to the truth. `recorded`: answers of the real server, in `test/data/<name>/`. `documented`: there is no
   * real server to be had; the stand-in does what the documentation says, and a test compares it with somebody else's emulator.
   */
  readonly fake: 'recorded' | { readonly documented: string };
  /**
   * Where the target is only looked at: whether an object is asked for by its name, or is a pattern's own way to what it protects, of which there
   * are others. Unstated: all are asked for.
   */
  readonly demands?: (desired: Desired) => boolean;
  /** There, too: a difference that is none, because what is not stated on the server means what a pattern states. */
  readonly means?: (desired: Desired, difference: FieldDiff) => boolean;
  /** Loads the client and connects it. Nothing is sent before the first list. `limitMs`: no request is waited for longer. */
  readonly connect: (blueprint: Blueprint, env: NodeJS.ProcessEnv, limitMs?: number) => Promise<Provider>;
}
