import fc from 'fast-check';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { readTar } from '../../../src/service/decision/tar.ts';
import { draws } from '../../properties.ts';

type Wanted = readonly [header: Partial<Header> & { name: string }, content: Buffer | string];

const packed = async (entries: readonly Wanted[]): Promise<Buffer> => {
  const archive = pack();
  for (const [header, content] of entries) archive.entry(header, content);
  archive.finalize();
  return buffer(archive);
};
/** What another reader finds in it. */
const readByAnother = async (bytes: Buffer): Promise<readonly (readonly [string, string])[]> => {
  const found: (readonly [string, string])[] = [];
  const archive = extract();
  archive.end(bytes);
  for await (const entry of archive) found.push([entry.header.name, (await buffer(entry)).toString('latin1')]);
  return found;
};
const plain = (bytes: Buffer) => readTar(bytes).map(({ path, content }) => [path, content.toString('latin1')] as const);

/** One header and its content, byte by byte: what no writer of today makes. */
const block = (type: string, name: string, content: string, change: (header: Buffer) => void = () => undefined): Buffer => {
  const header = Buffer.alloc(512);
  header.write(name, 0, 'utf8');
  header.write('0000644\0', 100, 'latin1');
  header.write(`${Buffer.byteLength(content).toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write(type, 156, 'latin1');
  header.write('ustar  \0', 257, 'latin1');
  change(header);
  header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
  body.write(content, 'utf8');
  return Buffer.concat([header, body]);
};
const END = Buffer.alloc(1024);

describe('the reader of bundles', () => {
  it('finds the files and folders of an archive, with their bytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 1500 }, (_, at) => at % 256));
    const archive = await packed([[{ name: 'shop/', type: 'directory' }, ''], [{ name: 'shop/policy.wasm' }, bytes], [{ name: 'empty' }, '']]);
    expect(readTar(archive)).toEqual([
      { path: 'shop/', type: 'directory', content: Buffer.of() },
      { path: 'shop/policy.wasm', type: 'file', content: bytes },
      { path: 'empty', type: 'file', content: Buffer.of() },
    ]);
  });

  it('finds what another reader finds, whatever the names and the contents are', async () => {
    const name = fc.array(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }).map((text) => text.replace(/[/\0\uFFFD]/g, '_')), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join('/'));
    const content = fc.uint8Array({ maxLength: 1100 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, content), { maxLength: 5 }), async (files) => {
        const archive = await packed(files.map(([path, bytes]) => [{ name: path }, bytes]));
        expect(plain(archive)).toEqual(await readByAnother(archive));
        expect(plain(archive)).toEqual(files.map(([path, bytes]) => [path, bytes.toString('latin1')]));
      }),
      { numRuns: draws(60) },
    );
  });

  it('knows the long names of GNU and of PAX, and the prefix of POSIX alone', () => {
    const long = `${'a'.repeat(90)}/${'b'.repeat(90)}`;
    const record = `${String(long.length + 10)} path=${long}\n`;
    const prefixed = (header: Buffer): void => { header.write('ustar\u000000', 257, 'latin1'); header.write('folder', 345, 'latin1'); };
    const others = (header: Buffer): void => { header.write('1234567', 345, 'latin1'); };
    expect(plain(Buffer.concat([block('L', '././@LongLink', `${long}\0`), block('0', 'short', '1'), block('0', 'next', '2'), END])))
      .toEqual([[long, '1'], ['next', '2']]);
    expect(plain(Buffer.concat([block('x', 'pax', record), block('0', 'short', '1'), block('0', 'next', '2'), END]))).toEqual([[long, '1'], ['next', '2']]);
    expect(plain(Buffer.concat([block('g', 'pax', '11 path=aa\n'), block('0', 'short', '1'), block('0', 'next', '2'), END]))).toEqual([['aa', '1'], ['aa', '2']]);
    expect(plain(Buffer.concat([block('0', 'name', '1', prefixed), block('0', 'name', '2', others), END]))).toEqual([['folder/name', '1'], ['name', '2']]);
  });

  it('reads the size that a PAX record states, not that of the header', () => {
    const short = (header: Buffer): void => { header.write('00000000000\0', 124, 'latin1'); };
    expect(plain(Buffer.concat([block('x', 'pax', '9 size=3\n'), block('0', 'file', 'abc', short), END]))).toEqual([['file', 'abc']]);
  });

  it('tells links and devices from files, and old folders from both', () => {
    const types = ['1', '2', '3', '6', '7', 'S'].map((type) => block(type, 'x', ''));
    expect(readTar(Buffer.concat([...types, block('\0', 'old/', ''), block('\0', 'old/file', '1'), END])).map(({ type }) => type))
      .toEqual([...types.map(() => 'other'), 'directory', 'file']);
  });

  it.each([
    ['a header that was changed', Buffer.concat([Buffer.from('X'), block('0', 'file', '1').subarray(1), END]), /checksum/],
    ['half a header', block('0', 'file', '').subarray(0, 300), /too early/],
    ['half a file', block('0', 'file', '1'.repeat(600)).subarray(0, 1024), /too early/],
    ['files behind its end', Buffer.concat([block('0', 'one', '1'), Buffer.alloc(512), block('0', 'two', '2'), END]), /end of the archive/],
    ['a size that is none', block('0', 'file', '', (header) => { header.write('0000000009x\0', 124, 'latin1'); }), /number/],
    ['a binary size', block('0', 'file', '', (header) => { header[124] = 0x80; }), /number/],
    ['a record that is too long', Buffer.concat([block('x', 'pax', '99 path=a\n'), block('0', 'file', ''), END]), /record/],
    ['a record without an end', Buffer.concat([block('x', 'pax', '9 path=ab'), block('0', 'file', ''), END]), /record/],
    ['a record without a name', Buffer.concat([block('x', 'pax', '5 =a\n'), block('0', 'file', ''), END]), /record/],
    ['a record without a length', Buffer.concat([block('x', 'pax', 'path=a\n'), block('0', 'file', ''), END]), /record/],
    ['a stated size that is none', Buffer.concat([block('x', 'pax', '11 size=-3\n'), block('0', 'file', ''), END]), /size/],
  ])('refuses %s', (_name, bytes, message) => {
    expect(() => readTar(bytes)).toThrow(message);
  });

  it('reads an archive without an end mark as OPA does, and none out of nothing', () => {
    expect(plain(block('0', 'file', '1'))).toEqual([['file', '1']]);
    expect(readTar(Buffer.of())).toEqual([]);
  });
});
