import { kong as specs } from '../specs/index.ts';
import { namesIn } from './live-row.ts';
import { rawEntityKind } from './raw-entity.ts';

const { keySet, key, vault, plugin, service, certificate, caCertificate } = specs;

export const keySetKind = rawEntityKind(keySet, { entity: 'key-sets', key: 'name', removeAfter: [plugin.kind, key.kind] });

export const keyKind = rawEntityKind(key, {
  entity: 'keys',
  key: 'name',
  after: [vault.kind, keySet.kind],
  removeAfter: [plugin.kind],
  hangsOn: ['key-sets'],
  toSpec: async (row, spec, kong) => ({ ...spec, set: namesIn(await kong.rows('key-sets'), 'name')(row.set) }),
});

export const vaultKind = rawEntityKind(vault, {
  entity: 'vaults',
  key: 'prefix',
  removeAfter: [service.kind, plugin.kind, certificate.kind, caCertificate.kind, key.kind],
});
