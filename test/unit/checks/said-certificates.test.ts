import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { saying } from '../../../src/checks/groups/pop.ts';
import { mtls } from '../../mtls-vectors.ts';

const { certificate } = mtls.certificates.holder;
const [bytes, text] = [`:${new X509Certificate(certificate).raw.toString('base64')}:`, encodeURIComponent(certificate)];
const usual = ['Client-Cert', 'X-Forwarded-Client-Cert', 'X-SSL-Client-Cert', 'X-Amzn-Mtls-Clientcert'];
const namesOf = (said: ReturnType<typeof saying>): readonly string[] => said.map(([name]) => name);

const by = { from: 'header', header: 'Client-Cert', format: 'rfc9440', proxies: ['10.0.0.1'] } as const;

it('is forged in the headers that proxies use', () => {
  expect(namesOf(saying(certificate, undefined))).toEqual(usual);
  expect(namesOf(saying(certificate, { ...by, from: 'tls', header: 'X-Tls-Cert' }))).toEqual(usual);
});

it('is forged in the header that the gateway believes of a proxy, in the form that it reads', () => {
  const ofAlb = saying(certificate, { ...by, header: 'X-Amzn-Mtls-Clientcert-Leaf', format: 'pem' });
  expect([namesOf(ofAlb), ofAlb.at(-1)]).toEqual([[...usual, 'X-Amzn-Mtls-Clientcert-Leaf'], ['X-Amzn-Mtls-Clientcert-Leaf', text]]);
  expect(saying(certificate, by).at(-1)).toEqual(['Client-Cert', bytes]);
  expect(saying(certificate, { ...by, format: 'pem' }).at(-1)).toEqual(['Client-Cert', text]);
  expect(saying(certificate, { ...by, header: 'x-ssl-client-cert' }).slice(2)).toEqual([['X-Amzn-Mtls-Clientcert', text], ['x-ssl-client-cert', bytes]]);
});
