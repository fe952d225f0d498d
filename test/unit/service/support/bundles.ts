import { readFileSync } from 'node:fs';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { CompactSign } from 'jose';
import { pack } from 'tar-stream';
import { canonicalJson } from '../../../../src/service/decision/canonical.ts';
import { unpack } from '../../../../src/service/decision/archive.ts';
import { FIXTURE } from './fixture.ts';

export type Files = Readonly<Record<string, string | Buffer>>;

export const packed = async (files: Files | readonly (readonly [string, string | Buffer])[]): Promise<Buffer> => {
  const archive = pack();
  for (const [name, content] of Array.isArray(files) ? (files as readonly (readonly [string, string | Buffer])[]) : Object.entries(files))
    archive.entry({ name }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
};

/** The committed bundle's files without its signature, some of them replaced. */
export const fixtureFiles = async (changes: Files = {}): Promise<Record<string, string | Buffer>> => {
  const files = Object.fromEntries(unpack(readFileSync(FIXTURE))) as Record<string, Buffer>;
  delete files['.signatures.json'];
  return { ...files, ...changes };
};

const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const SIGNER_PEM = signer.publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** Adds `.signatures.json` as `opa sign` does; `claims` are merged into the payload. */
export const signed = async (
  files: Files,
  claims: Readonly<Record<string, unknown>> = {},
  header: object = { kid: 'next' },
): Promise<Files> => {
  const list = Object.entries(files).map(([name, content]) => {
    const structured = name.endsWith('data.json') || name === '.manifest';
    return {
      name,
      hash: createHash('sha256')
        .update(structured ? canonicalJson(String(content)) : content)
        .digest('hex'),
      algorithm: 'SHA-256',
    };
  });
  const payload = Buffer.from(JSON.stringify({ files: list, ...claims }));
  const jws = await new CompactSign(payload).setProtectedHeader({ alg: 'ES256', ...header }).sign(signer.privateKey);
  return { ...files, '.signatures.json': JSON.stringify({ signatures: [jws] }) };
};
