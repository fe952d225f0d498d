import { createHash } from 'node:crypto';
import { ServiceError, invalidOption, reasonOf } from '../error.ts';
import { isObject, readObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { ALGORITHMS } from '../token/jws.ts';
import { malformed, plainPath } from './archive.ts';
import type { BundleFiles } from './archive.ts';
import { canonicalJson } from './canonical.ts';

/** A key that may sign bundles. */
export interface BundleKey {
  readonly algorithm: (typeof ALGORITHMS)[number];
  /** Public key, PEM (SPKI). */
  readonly key: string;
}

export interface BundleVerification {
  /** Key id to key; as in OPA's configuration. Two of them let a signer change keys. */
  readonly keys: Readonly<Record<string, BundleKey>>;
  /** Use this key whatever the signature names. */
  readonly keyId?: string;
  /** What the signature's claim `scope` must be; absent unless stated. */
  readonly scope?: string;
}

const SIGNATURES = '.signatures.json';
const HASHES: Readonly<Record<string, string>> = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };
const STRUCTURED = new Set(['data.json', '.manifest']);

/** Judges the keys before the first bundle comes: a key that can verify nothing would refuse every bundle. */
export const checkVerification = ({ keys, keyId }: BundleVerification): void => {
  const entries = Object.entries(keys);
  if (entries.length === 0) throw invalidOption('verification.keys must not be empty');
  if (keyId !== undefined && !Object.hasOwn(keys, keyId)) throw invalidOption(`verification.keys has no ${keyId}`);
  for (const [id, { algorithm }] of entries)
    if (!ALGORITHMS.includes(algorithm))
      throw invalidOption(`verification.keys.${id}: ${String(algorithm)} is not an algorithm for bundles`);
};

/**
 * Verifies that one of the keys signed exactly these files: `.signatures.json` holds a JWS over the hash of every file, and no other
 * file is there (https://www.openpolicyagent.org/docs/latest/management-bundles/#signing). Throws `BUNDLE_SIGNATURE_INVALID`.
 */
export const verifySignature = async (files: BundleFiles, verification: BundleVerification): Promise<void> => {
  const signed = await signedFiles(files, verification);
  for (const [path, bytes] of files) {
    if (path === SIGNATURES) continue;
    const expected = signed.get(path);
    if (!expected) throw invalid(`${path} is not in the signature`);
    signed.delete(path);
    if (hashOf(path, bytes, expected.algorithm) !== expected.hash) throw invalid(`${path} is not what was signed`);
  }
  for (const path of signed.keys()) throw invalid(`${path} was signed and is not there`);
};

const invalid = (message: string): ServiceError => new ServiceError('BUNDLE_SIGNATURE_INVALID', message);

/** The hash of one file, hexadecimal. JSON of the bundle's own is hashed in one form, everything else as it is. */
export const hashOf = (path: string, bytes: Buffer, algorithm: string): string => {
  const name = HASHES[algorithm];
  if (name === undefined) throw invalid(`${path} is hashed by ${algorithm}, which is not accepted`);
  const structured = STRUCTURED.has(path.split('/').at(-1) ?? '');
  return createHash(name)
    .update(structured ? canonicalText(path, bytes) : bytes)
    .digest('hex');
};

const canonicalText = (path: string, bytes: Buffer): string => {
  const read = readObject(bytes, 64);
  if (typeof read === 'string') throw malformed(`${path}: ${read}`);
  return canonicalJson(read.text);
};

const signedFiles = async (files: BundleFiles, { keys, keyId, scope }: BundleVerification): Promise<Map<string, SignedFile>> => {
  const bytes = files.get(SIGNATURES);
  if (!bytes) throw invalid(`the bundle has no ${SIGNATURES}`);
  const document = readObject(bytes, 8);
  const list: unknown = typeof document === 'string' ? undefined : document.object['signatures'];
  const jws: unknown = Array.isArray(list) && list.length === 1 ? list[0] : undefined;
  if (typeof jws !== 'string') throw invalid(`${SIGNATURES} does not hold one signature`);
  const claims = await verifiedClaims(jws, keys, keyId);
  if (claims['scope'] !== scope) throw invalid('the signature is for another scope');
  const items: readonly unknown[] = Array.isArray(claims['files']) ? claims['files'] : [];
  return new Map(items.map((item) => signedFile(item)));
};

interface SignedFile {
  readonly hash: string;
  readonly algorithm: string;
}

const signedFile = (item: unknown): readonly [string, SignedFile] => {
  const { name, hash, algorithm } = isObject(item) ? item : {};
  if (typeof name !== 'string' || typeof hash !== 'string' || typeof algorithm !== 'string')
    throw invalid('the signature lists a file it does not describe');
  return [plainPath(name), { hash: hash.toLowerCase(), algorithm }];
};

const verifiedClaims = async (jws: string, keys: BundleVerification['keys'], fixed: string | undefined): Promise<JsonObject> => {
  // Loaded by a signature: a command that plans opens this file for its hashes.
  const { compactVerify, importSPKI } = await import('jose');
  try {
    const { payload } = await compactVerify(jws, async (header) => {
      const id = fixed ?? header.kid ?? unverifiedKeyId(jws);
      const key = id !== undefined && Object.hasOwn(keys, id) ? keys[id] : undefined;
      if (!key) throw new Error('no key of that id is trusted');
      if (header.alg !== key.algorithm) throw new Error('the algorithm is not that of the key');
      return importSPKI(key.key, key.algorithm);
    });
    const read = readObject(Buffer.from(payload), 8);
    if (typeof read === 'string') throw new Error(`the payload is ${read}`);
    return read.object;
  } catch (thrown) {
    throw invalid(`the signature does not hold: ${reasonOf(thrown)}`);
  }
};

/**
 * The older place of the key id, a claim. It only chooses among trusted keys, so that reading it before it is verified gives nothing
 * away.
 */
const unverifiedKeyId = (jws: string): string | undefined => {
  const read = readObject(Buffer.from(jws.split('.')[1] ?? '', 'base64url'), 8);
  const id = typeof read === 'string' ? undefined : read.object['keyid'];
  return typeof id === 'string' ? id : undefined;
};
