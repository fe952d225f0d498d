import type { KeyObject } from 'node:crypto';
import { encodeJson, partsOf, signSegments } from './jws.ts';

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

export const makeHarness = (kid: string, alg: string, key: KeyObject): Harness => {
  // One and the same token is tried at every route: signed once.
  const signed = new Map<string, string>();
  return {
    kid,
    alg,
    key,
    forge: (token, { header = {}, payload = {} }) => {
      const parts = partsOf(token);
      const head = encodeJson({ ...parts.header, kid, alg, ...header });
      const body = encodeJson({ ...parts.payload, ...payload });
      const made = signed.get(`${head}.${body}`) ?? signSegments(head, body, key, alg);
      signed.set(`${head}.${body}`, made);
      return made;
    },
  };
};
