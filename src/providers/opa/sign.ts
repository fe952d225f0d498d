import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { BundleSigning } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import type { Position } from '../../core/problem.ts';
import { hashOf, verifySignature } from '../../service/decision/signature.ts';
import { ServiceError } from '../../service/error.ts';
import type { Files } from './archive.ts';
import { SIGNATURES } from './bundle.ts';
import { stableJson } from './data.ts';

/** Signs in this process: `opa sign` would want the private key in a file. */
export interface BundleSigner {
  /** The files with `.signatures.json` among them. */
  readonly sign: (files: Files) => Promise<Files>;
  /** Why the signature of these files is none of this key over exactly them; `undefined` when it is. */
  readonly faultOf: (files: Files) => Promise<string | undefined>;
}

/**
 * A signer of the blueprint's key. Throws `OPA_SIGNING_KEY` when the key is no private key (PEM), of another type than the algorithm
 * wants, or an RSA key under 2048 bits. https://www.openpolicyagent.org/docs/latest/management-bundles/#signing, RFC 7518 section 3.
 */
export const createSigner = ({ key, algorithm, keyId }: BundleSigning, at: Position): BundleSigner => {
  const privateKey = privateKeyOf(key.reveal(), algorithm, at);
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return {
    sign: async (files) => {
      const hashed = Object.entries(files)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, content]) => ({ name, hash: hashOf(name, Buffer.from(content), 'SHA-256'), algorithm: 'SHA-256' }));
      const payload = Buffer.from(stableJson({ files: hashed }));
      // Loaded by who signs: every plan opens this file.
      const { CompactSign } = await import('jose');
      const jws = await new CompactSign(payload).setProtectedHeader({ alg: algorithm, kid: keyId }).sign(privateKey);
      return { ...files, [SIGNATURES]: stableJson({ signatures: [jws] }) };
    },
    faultOf: async (files) => {
      const keys = { [keyId]: { algorithm, key: publicKey } };
      try {
        await verifySignature(new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])), { keys });
        return undefined;
      } catch (thrown) {
        if (thrown instanceof ServiceError) return thrown.message;
        throw thrown;
      }
    },
  };
};

const privateKeyOf = (pem: string, algorithm: BundleSigning['algorithm'], at: Position): KeyObject => {
  const expected = algorithm === 'ES256' ? 'a private key on the curve P-256, as PEM' : 'a private RSA key of 2048 bits or more, as PEM';
  const wrong = (what: string): Problem => new Problem('OPA_SIGNING_KEY', `the key that bundles are signed with ${what}`, { at, expected, sensitive: true });
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The reason could quote the text.
    throw wrong('cannot be read');
  }
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (algorithm === 'ES256' ? namedCurve !== 'prime256v1' : key.asymmetricKeyType !== 'rsa') throw wrong(`does not fit ${algorithm}`);
  if (algorithm === 'RS256' && modulusLength < 2048) throw wrong(`has ${modulusLength} bits`);
  return key;
};
