import { kong as specs } from '../specs/index.ts';
import { rawEntityKind } from './raw-entity.ts';

const { certificate, sni, caCertificate, service, upstream, plugin, vault } = specs;

/** Kong takes a new certificate only with the key that fits. */
export const certificateKind = rawEntityKind(certificate, {
  entity: 'certificates',
  key: 'id',
  after: [vault.kind],
  removeAfter: [sni.kind, service.kind, upstream.kind],
  together: ['cert', 'key', 'cert_alt', 'key_alt'],
});

export const sniKind = rawEntityKind(sni, { entity: 'snis', key: 'name', after: [certificate.kind], hangsOn: ['certificates'] });

export const caCertificateKind = rawEntityKind(caCertificate, {
  entity: 'ca_certificates',
  key: 'id',
  after: [vault.kind],
  removeAfter: [service.kind, plugin.kind],
});
