import { named, object, oneOf, path, pattern, place, required, secret, text } from './field.ts';

const archive = { pattern: '^https?://[^\\s?#]+$', title: 'the http(s) URL of an archive, such as https://bundles.example/authz.tar.gz' };

/** https://www.openpolicyagent.org/docs/latest/management-bundles/ */
export const existingBundle = object('A bundle that somebody else publishes, in the place of `policy` ([policies](policies.md#a-bundle-that-somebody-else-publishes)): it is read, and nothing is written at OPA.', {
  name: required(
    text("What OPA's configuration calls it (`bundles.<name>`).", {
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$',
      title: 'a name of letters, digits and . _ -',
    }),
  ),
  url: place('The archive, as OPA fetches it. This, or `file`.', archive),
  file: path('The archive on this machine, relative to the file that says so. This, or `url`.'),
  token: secret('Bearer token for reading it at `url` and at `module`.'),
  revision: text('The revision that its manifest must have: another one is drift, and nothing is applied. Unset: it is followed, whichever is there.', { maxLength: 256 }),
  digest: text('What it must hold, whatever it is called: `plan` says the digest of what is there. Something else is drift, and nothing is applied. Without it, and without `keys`, a pinned revision is believed for its name.', {
    pattern: '^sha256:[0-9a-f]{64}$',
    title: 'sha256: and 64 hexadecimal characters',
  }),
  module: place('The archive with the module (`policy.wasm`) for services that decide themselves; needed with `decentralised` and `hybrid`.', archive),
  keys: named(
    'Public keys that may have signed it, by their key id: then an unsigned one is refused. As in the configuration of OPA.',
    pattern('a key id of letters, digits and . _ -', '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    object('A key.', {
      algorithm: oneOf('RSA or ECDSA.', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'], { default: 'ES256' }),
      file: required(path('The public key as PEM, relative to the file that says so.')),
    }),
  ),
  scope: text('The `scope` that the signature must have.', { maxLength: 256 }),
});
