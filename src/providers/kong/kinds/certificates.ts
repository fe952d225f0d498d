import { rareKind } from './rare.ts';

/** A certificate and its key, for TLS at the proxy or towards an upstream. Kong takes a new one only with the key that fits. */
export const certificate = rareKind({
  name: 'kong.certificate',
  entity: 'certificates',
  key: 'id',
  after: ['kong.vault'],
  removeAfter: ['kong.sni', 'kong.service', 'kong.upstream'],
  secrets: ['key', 'key_alt'],
  together: ['cert', 'key', 'cert_alt', 'key_alt'],
});

/** A server name that a certificate is shown for. */
export const sni = rareKind({ name: 'kong.sni', entity: 'snis', key: 'name', after: ['kong.certificate'] });

/** A CA that certificates of clients or upstreams are held against. */
export const caCertificate = rareKind({
  name: 'kong.ca_certificate',
  entity: 'ca_certificates',
  key: 'id',
  after: ['kong.vault'],
  removeAfter: ['kong.service', 'kong.plugin'],
});
