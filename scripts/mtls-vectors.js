// Writes test/data/mtls/vectors.json anew: tokens that are bound to a certificate (RFC 8705), and how certificates come with them, good and bad, that the gateway's
// guard and the middleware judge alike. Certificates by openssl, tokens by jose. `node scripts/mtls-vectors.js`; the keys are made for it alone.
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';

const issuer = 'https://id.example/realms/shop';
const now = 1_795_228_215;
const folder = mkdtempSync(join(tmpdir(), 'authctl-vectors-'));
/** A certificate that its key signs for itself, good for a century: who uses vectors keeps a clock of their own, and TLS does not. */
const certificate = (name) => {
  const file = (end) => join(folder, `${name}.${end}`);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('key'), '-out', file('crt'), '-days', '36500', '-subj', `/CN=${name}`], { stdio: 'ignore' });
  const pem = readFileSync(file('crt'), 'utf8');
  const der = new X509Certificate(pem).raw;
  return { pem, key: readFileSync(file('key'), 'utf8'), der, thumbprint: createHash('sha256').update(der).digest('base64url') };
};
const holder = certificate('holder');
const thief = certificate('thief');
rmSync(folder, { recursive: true });

const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
const stranger = await generateKeyPair('RS256');
const tokenFor = (cnf, { key = privateKey, ...claims } = {}) =>
  new SignJWT({ iss: issuer, aud: 'orders', sub: 'user-1', typ: 'Bearer', azp: 'storefront', scope: 'orders:read', iat: now - 5, exp: now + 300, ...(cnf && { cnf }), ...claims })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'k1' })
    .sign(key);
const x5t = (value) => ({ 'x5t#S256': value });
const bound = await tokenFor(x5t(holder.thumbprint));

const vectors = [];
/** By TLS unless headers are given; those come from 127.0.0.1, which is a proxy unless `proxies` says others. */
const add = (expect, name, { token = bound, scheme = 'Bearer', shows, header, format = 'rfc9440', proxies = ['127.0.0.1'], headers } = {}) => {
  const by = headers === undefined ? { from: 'tls' } : { from: 'header', format, proxies, ...(header && { header }) };
  vectors.push({ name, expect, by, ...(shows && { shows }), authorization: token === null ? [] : [`${scheme} ${token}`], headers: headers ?? {} });
};
const passes = (name, given) => add('passes', name, given);
const refused = (name, given) => add('invalid_token', name, given);
const sequence = ({ der }) => `:${der.toString('base64')}:`;
const escaped = ({ pem }) => encodeURIComponent(pem);
const bare = ({ der }) => der.toString('base64');

passes('the certificate of the token, by TLS', { shows: 'holder' });
refused('no certificate: a token that somebody stole', {});
refused('another certificate', { shows: 'thief' });
for (const [name, value] of Object.entries({ 'Client-Cert': sequence(holder), 'X-Forwarded-Client-Cert': `Cert="${escaped(holder)}"`, 'X-SSL-Client-Cert': escaped(holder), 'X-Client-Cert': escaped(holder) })) {
  vectors.push({ name: `${name}, where no proxy is believed`, expect: 'invalid_token', by: { from: 'tls' }, authorization: [`Bearer ${bound}`], headers: { [name]: value } });
  vectors.push({ name: `${name}, beside another certificate`, expect: 'invalid_token', by: { from: 'tls' }, shows: 'thief', authorization: [`Bearer ${bound}`], headers: { [name]: value } });
}
vectors.push({ name: 'a header that says another one, which does not count', expect: 'passes', by: { from: 'tls' }, shows: 'holder', authorization: [`Bearer ${bound}`], headers: { 'Client-Cert': sequence(thief) } });

const said = { 'Client-Cert': sequence(holder) };
passes('the certificate of the token, by a proxy of ours', { headers: said });
passes('by a proxy in a network of ours', { headers: said, proxies: ['10.0.0.1', '127.0.0.0/8'] });
passes('by a proxy in a narrow network', { headers: said, proxies: ['127.0.0.0/30'] });
passes('escaped PEM', { headers: { 'Client-Cert': escaped(holder) }, format: 'pem' });
passes('escaped PEM in a header of another name', { headers: { 'X-Amzn-Mtls-Clientcert-Leaf': escaped(holder) }, header: 'X-Amzn-Mtls-Clientcert-Leaf', format: 'pem' });
passes('PEM with those that signed it after it', { headers: { 'Client-Cert': encodeURIComponent(holder.pem + thief.pem) }, format: 'pem' });
passes('the base64 of a PEM alone, escaped, as Traefik said it', { headers: { 'X-Forwarded-Tls-Client-Cert': encodeURIComponent(bare(holder)) }, header: 'X-Forwarded-Tls-Client-Cert', format: 'pem' });
passes('the same, not escaped, with those that signed it after a comma', { headers: { 'X-Forwarded-Tls-Client-Cert': `${bare(holder)},${bare(thief)}` }, header: 'X-Forwarded-Tls-Client-Cert', format: 'pem' });
passes('a header of the same name in another spelling, which does not count', { headers: { 'X-Tls-Cert': escaped(holder), X_Tls_Cert: escaped(thief) }, header: 'X-Tls-Cert', format: 'pem' });
passes('blanks around it', { headers: { 'Client-Cert': `  ${sequence(holder)} ` } });
refused('from a connection that is no proxy of ours', { headers: said, proxies: ['10.0.0.1'] });
refused('from a neighbour of the network', { headers: said, proxies: ['127.0.0.2/31'] });
refused('from one who says in another header that it is a proxy of ours', { headers: { ...said, 'X-Forwarded-For': '10.0.0.1', 'X-Real-IP': '10.0.0.1', Forwarded: 'for=10.0.0.1' }, proxies: ['10.0.0.1'] });
refused('a proxy that says nothing: no certificate', { headers: {} });
refused('a proxy that says another certificate', { headers: { 'Client-Cert': sequence(thief) } });
refused("the proxy's own certificate by TLS, and nothing in the header", { headers: {}, shows: 'holder' });
refused('two headers', { headers: { 'Client-Cert': [sequence(holder), sequence(holder)] } });
refused('two in one header', { headers: { 'Client-Cert': `${sequence(thief)}, ${sequence(holder)}` } });
refused('an empty header', { headers: { 'Client-Cert': '' } });
refused('empty bytes', { headers: { 'Client-Cert': '::' } });
refused('no colons', { headers: { 'Client-Cert': holder.der.toString('base64') } });
refused('base64url', { headers: { 'Client-Cert': `:${holder.der.toString('base64url')}:` } });
refused('PEM where a byte sequence is agreed', { headers: { 'Client-Cert': escaped(holder) } });
refused('a byte sequence where PEM is agreed', { headers: said, format: 'pem' });
refused('the chain alone', { headers: { 'Client-Cert-Chain': sequence(holder) } });
refused('PEM with the right one last', { headers: { 'Client-Cert': encodeURIComponent(thief.pem + holder.pem) }, format: 'pem' });
refused('base64 of another certificate with the right one after a comma', { headers: { 'Client-Cert': `${bare(thief)},${bare(holder)}` }, format: 'pem' });
refused('base64 with nothing before its comma', { headers: { 'Client-Cert': `,${bare(holder)}` }, format: 'pem' });
refused('the right name in another spelling alone', { headers: { X_Tls_Cert: escaped(holder) }, header: 'X-Tls-Cert', format: 'pem' });
refused('a certificate with a byte more', { headers: { 'Client-Cert': `:${Buffer.concat([holder.der, Buffer.from([0])]).toString('base64')}:` } });
refused('the thumbprint in the place of the certificate', { headers: { 'Client-Cert': `:${Buffer.from(holder.thumbprint, 'base64url').toString('base64')}:` } });

for (const [name, cnf] of Object.entries({
  'a key': { jkt: holder.thumbprint }, 'a key and a certificate': { ...x5t(holder.thumbprint), jkt: holder.thumbprint }, 'a key that is written out': { ...x5t(holder.thumbprint), jwk: {} },
  nothing: {}, 'a number': x5t(7), 'an empty text': x5t(''), 'the SHA-1 of it': { x5t: createHash('sha1').update(holder.der).digest('base64url') },
  'the thumbprint in hex': x5t(createHash('sha256').update(holder.der).digest('hex')), 'the thumbprint in capitals': x5t(holder.thumbprint.toUpperCase()), 'a list of thumbprints': x5t([holder.thumbprint]), 'the thumbprint with padding': x5t(`${holder.thumbprint}=`),
})) refused(`a token that is bound to ${name}`, { token: await tokenFor(cnf), shows: 'holder' });
refused('a token that is bound to nothing', { token: await tokenFor(undefined), shows: 'holder' });
refused('a token that is bound to nothing, without a certificate', { token: await tokenFor(undefined) });
refused("a token that nobody trusted signed, bound to the thief's certificate", { token: await tokenFor(x5t(thief.thumbprint), { key: stranger.privateKey }), shows: 'thief' });
refused('a bound token that has ended', { token: await tokenFor(x5t(holder.thumbprint), { exp: now - 60 }), shows: 'holder' });
add('no_token', 'no token, and a certificate', { token: null, shows: 'holder' });
add('no_token', 'a bound token in another scheme', { scheme: 'DPoP', shows: 'holder' });
passes('the certificate of the token at the end: nothing of all that stays', { shows: 'holder' });

const target = fileURLToPath(new URL('../test/data/mtls', import.meta.url));
mkdirSync(target, { recursive: true });
const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }];
const certificates = Object.fromEntries(Object.entries({ holder, thief }).map(([name, { pem, key }]) => [name, { certificate: pem, key }]));
writeFileSync(join(target, 'vectors.json'), `${JSON.stringify({ made: 'by node scripts/mtls-vectors.js', now, issuer, audience: 'orders', jwks: { keys }, certificates, vectors }, null, 1)}\n`);
process.stdout.write(`${String(vectors.length)} vectors\n`);
