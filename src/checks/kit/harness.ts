import type { KeyObject } from 'node:crypto';
import { partsOf, signJws } from './jws.ts';

/**
 * A key that the issuer publishes and the harness holds, so that tokens with any claims can carry a signature every verifier accepts.
 * Made only where writing is allowed; taken away when the run ends.
 */
export interface Harness {
  readonly kid: string;
  readonly alg: string;
  readonly key: KeyObject;
  /** A real token's header and claims with changes, signed by the harness key. `undefined` as a value removes the member. */
  readonly forge: (token: string, changes: { readonly header?: Record<string, unknown>; readonly payload?: Record<string, unknown> }) => string;
}

export const makeHarness = (kid: string, alg: string, key: KeyObject): Harness => ({
  kid,
  alg,
  key,
  forge: (token, { header = {}, payload = {} }) => {
    const parts = partsOf(token);
    return signJws({ ...parts.header, kid, alg, ...header }, { ...parts.payload, ...payload }, key, alg);
  },
});
