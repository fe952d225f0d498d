import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { unpack, verifyChecksum } from '../../../src/stack/archive.ts';
import { temporaryDir } from './temporary.ts';

const archiveOf = async (entries: readonly (Parameters<Pack['entry']>[0] & { readonly text?: string })[]): Promise<{ archive: string; target: string; root: string }> => {
  const root = temporaryDir();
  const [archive, target] = [join(root, 'a.tar.gz'), join(root, 'target')];
  mkdirSync(target);
  const tar = pack();
  for (const { text, ...header } of entries) {
    if (text === undefined) tar.entry(header);
    else tar.entry(header, text);
  }
  tar.finalize();
  writeFileSync(archive, gzipSync(await buffer(tar as AsyncIterable<Uint8Array>)));
  return { archive, target, root };
};

describe('unpacking a distribution', () => {
  it('drops the top directory and keeps what may be executed', async () => {
    const { archive, target } = await archiveOf([
      { name: 'keycloak-26/', type: 'directory' },
      { name: 'keycloak-26/bin/', type: 'directory' },
      { name: 'keycloak-26/bin/kc.sh', mode: 0o775, text: 'run' },
      { name: 'keycloak-26/lib/deep/a.jar', mode: 0o666, text: 'classes' },
    ]);
    await unpack(archive, target);
    expect(readdirSync(target, { recursive: true }).toSorted()).toEqual(['bin', 'bin/kc.sh', 'lib', 'lib/deep', 'lib/deep/a.jar']);
    expect(readFileSync(join(target, 'lib/deep/a.jar'), 'utf8')).toBe('classes');
    expect(['bin/kc.sh', 'lib/deep/a.jar'].map((name) => statSync(join(target, name)).mode & 0o111)).toEqual([0o111, 0]);
  });

  it.for([
    { name: 'top/../../escaped', text: 'x' },
    { name: '/top/escaped', text: 'x' },
    { name: 'top/link', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'top/link', type: 'link', linkname: 'top/other' },
  ] as const)('refuses $name of type $type', async (entry) => {
    const { archive, target, root } = await archiveOf([entry]);
    await expect(unpack(archive, target)).rejects.toMatchObject({ code: 'STACK_ARCHIVE_UNSAFE' });
    expect([readdirSync(target), existsSync(join(root, 'escaped'))]).toEqual([[], false]);
  });

  it('refuses a file that comes twice', async () => {
    const { archive, target } = await archiveOf([{ name: 'top/a', text: 'one' }, { name: 'top/a', text: 'two' }]);
    await expect(unpack(archive, target)).rejects.toMatchObject({ code: 'EEXIST' });
  });
});

describe('the checksum of a download', () => {
  it('lets the published file pass and no other', async () => {
    const file = join(temporaryDir(), 'a');
    writeFileSync(file, 'published');
    const sha512 = createHash('sha512').update('published').digest('hex');
    await verifyChecksum(file, sha512);
    writeFileSync(file, 'publishee');
    await expect(verifyChecksum(file, sha512)).rejects.toMatchObject({ code: 'STACK_CHECKSUM', expected: sha512 });
  });
});
