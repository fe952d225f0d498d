import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadBlueprint, requiredSecrets } from '../../../src/blueprint/index.ts';
import type { Desired, SpecValue } from '../../../src/core/resource.ts';
import { addressOf } from '../../../src/core/resource.ts';
import { Secret } from '../../../src/core/secret.ts';
import { expand } from '../../../src/patterns/index.ts';

const directory = join(import.meta.dirname, '../../../blueprints');
const examples = readdirSync(directory).filter((file) => file.endsWith('.yaml') && file !== 'broken.yaml');
const keys = [{ kid: 'key-1', alg: 'RS256', pem: 'PEM of key-1' }];

/** A secret by its name, never by its value. */
const readable = (value: SpecValue): unknown => {
  if (value instanceof Secret) return `(secret ${value.reveal()})`;
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value as Readonly<Record<string, SpecValue>>).map(([field, item]) => [field, readable(item)]));
  return value;
};
const entry = (object: Desired) => [
  addressOf(object),
  {
    line: object.origin.line,
    ...(object.protected && { protected: true }),
    ...(object.after.length > 0 && { after: object.after }),
    ...(object.fields && { stated: Object.keys(object.fields) }),
    // The Rego is in policies/, where it is read better.
    spec: object.kind === 'opa.bundle' ? { ...(readable({ ...object.spec, files: null }) as object), files: Object.keys(object.spec.files as object) } : readable(object.spec),
  },
];

/**
 * What each example asks of every server, object by object: the files beside this one are read by whoever reviews a change of a pattern.
 */
it.each(examples)('%s is expanded as its golden file says', async (file) => {
  const path = join(directory, file);
  const names = await requiredSecrets(path);
  const blueprint = await loadBlueprint(path, { env: { ...Object.fromEntries(names.map((name) => [name, `value of ${name}`])), AWS_ENDPOINT: 'http://127.0.0.1:4566', PROOF_STORE_URL: 'redis://:secret-of-proofs@127.0.0.1:6379/1' } });
  const { desired, deferred, limits = [] } = expand(blueprint);
  const document = {
    objects: Object.fromEntries(desired.map(entry)),
    deferred: deferred.map(({ kind, id, after, needs, expand: made }) => ({ address: addressOf({ kind, id }), after, needs, objects: Object.fromEntries(made(keys).map(entry)) })),
    limits: limits.map(({ what, hint, origin }) => ({ what, hint, line: origin.line })),
  };
  await expect(stringify(document, { lineWidth: 140, aliasDuplicateObjects: false })).toMatchFileSnapshot(join(import.meta.dirname, 'golden', file));
});
