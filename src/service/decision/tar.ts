/**
 * The entries of a tar archive as Go's archive/tar and other writers of today make it: POSIX ustar with PAX records, and GNU's long names
 * (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html). A reader of its own, so that a service installs no other; stricter
 * than most, because a bundle must not say one thing to OPA and another here.
 */
export interface TarEntry {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'other';
  readonly content: Buffer;
}

const BLOCK = 512;
const TYPES: Readonly<Record<string, TarEntry['type']>> = { '0': 'file', '\0': 'file', '5': 'directory' };

/** Throws an `Error` that says what is wrong with the archive. */
export const readTar = (archive: Buffer): readonly TarEntry[] => {
  const entries: TarEntry[] = [];
  let shared: Records = new Map();
  let own: Records = new Map();
  let at = 0;
  while (at < archive.length) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.length < BLOCK) throw new Error('the archive ends too early');
    if (isZero(header)) {
      // Go stops here; a reader that went on would see other files.
      if (!isZero(archive.subarray(at))) throw new Error('something follows the end of the archive');
      return entries;
    }
    checkSum(header);
    const records = new Map([...shared, ...own]);
    const type = String.fromCharCode(header[156] ?? 0);
    const extension = type === 'x' || type === 'g' || type === 'L' || type === 'K';
    const size = (extension ? undefined : decimal(records.get('size'))) ?? numberAt(header, 124, 12);
    const start = at + BLOCK;
    if (start + size > archive.length) throw new Error('the archive ends too early');
    const content = archive.subarray(start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'g') shared = new Map([...shared, ...paxRecords(content)]);
    else if (type === 'x') own = new Map([...own, ...paxRecords(content)]);
    else if (type === 'L') own = new Map([...own, ['path', textAt(content, 0, size)]]);
    else if (type !== 'K') {
      const path = records.get('path') ?? nameIn(header);
      // Before there was a type for them, a folder was a file whose name ends in a slash.
      const kind = type === '\0' && path.endsWith('/') ? 'directory' : (TYPES[type] ?? 'other');
      entries.push({ path, type: kind, content });
      own = new Map();
    }
  }
  return entries;
};

type Records = ReadonlyMap<string, string>;

const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

const textAt = (bytes: Buffer, from: number, length: number): string => {
  const field = bytes.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
};

const nameIn = (header: Buffer): string => {
  const name = textAt(header, 0, 100);
  // GNU's own format has other things where POSIX has the prefix.
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? textAt(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
};

const numberAt = (header: Buffer, from: number, length: number): number => {
  const text = header.toString('latin1', from, from + length);
  // Sizes beyond 8 GB are binary in GNU's format: no bundle has them.
  const digits = /^ *([0-7]*)[ \0]*$/.exec(text)?.[1];
  if (digits === undefined) throw new Error('a number in the archive is none');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
};

const checkSum = (header: Buffer): void => {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (numberAt(header, 148, 8) !== sum) throw new Error('the archive has a header whose checksum is wrong');
};

const decimal = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new Error('a size in the archive is none');
  return Number(text);
};

/** `30 path=a/very/long/name\n`, one after another; the number is the length of the whole record. */
const paxRecords = (content: Buffer): Records => {
  const records = new Map<string, string>();
  let at = 0;
  while (at < content.length) {
    const blank = content.indexOf(0x20, at);
    const length = blank < 0 ? undefined : decimal(content.toString('latin1', at, blank));
    const record = content.subarray(blank + 1, at + (length ?? 0));
    const equals = record.indexOf(0x3d);
    if (length === undefined || at + length > content.length || equals < 1 || record.at(-1) !== 0x0a) throw new Error('the archive has a record that is none');
    records.set(record.toString('utf8', 0, equals), record.toString('utf8', equals + 1, record.length - 1));
    at += length;
  }
  return records;
};
