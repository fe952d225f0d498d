import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileUpTo } from '../../../src/blueprint/read-file.ts';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import { complaints, problemsIn, sso } from './loading.ts';

const run = promisify(execFile);
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'authctl-read-'));
  await writeFile(join(directory, 'ten'), '0123456789');
  await symlink('ten', join(directory, 'link'));
  await symlink('circle', join(directory, 'circle'));
  await mkdir(join(directory, 'folder'));
  await run('mkfifo', [join(directory, 'pipe')]);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a file', () => {
  it('that is not UTF-8 is told with the place of the first character that is none', async () => {
    const file = join(directory, 'latin1.yaml');
    await writeFile(file, Buffer.from('name: shop\nrealm: { title: Läden }\n', 'latin1'));
    expect(await problemsIn(() => loadBlueprint(file, { env: {} }))).toMatchObject([{ code: 'BLUEPRINT_UNREADABLE', at: { line: 2, column: 18 }, hint: 'save it as UTF-8' }]);
  });

  it('is read whole, up to the limit, through a link as well', async () => {
    expect(String(await readFileUpTo(join(directory, 'ten'), 10))).toBe('0123456789');
    expect(String(await readFileUpTo(join(directory, 'link'), 4096))).toBe('0123456789');
  });

  it('that is larger is refused with the limit', async () => {
    expect(await readFileUpTo(join(directory, 'ten'), 9)).toEqual({ why: 'is larger than 9 bytes', tooLarge: true });
  });

  it.each([
    ['nowhere', 'is not there'],
    ['folder', 'is a directory'],
    ['ten/inside', 'is not there: a part of its path is a file'],
    ['circle', 'is a symbolic link to itself'],
    ['pipe', 'is not a regular file'],
  ])('cannot be read from "%s", and it is said in words', async (name, why) => {
    expect(await readFileUpTo(join(directory, name), 10)).toEqual({ why });
  });

  it.each(['/dev/zero', '/dev/null', '/dev/tty'])('is never a device: %s', async (device) => {
    expect(await readFileUpTo(device, 10)).toHaveProperty('why');
  });
});

describe('a blueprint does not wait for what has no end', () => {
  it('in what it includes', async () => {
    expect(await complaints({ 'main.yaml': `include: [/dev/zero]\n${await sso()}` })).toMatchObject([{ code: 'BLUEPRINT_UNREADABLE', marked: '/dev/zero' }]);
    expect(await complaints({ 'main.yaml': `include: [${join(directory, 'pipe')}]\n${await sso()}` })).toMatchObject([{ code: 'BLUEPRINT_UNREADABLE' }]);
  });

  it('in a secret by file', async () => {
    const pipe = join(directory, 'pipe');
    expect(await complaints(await sso(['secret: "${REPORTS_SECRET}"', `secret: "\${file:${pipe}}"`]))).toMatchObject([{ code: 'BLUEPRINT_FILE_MISSING' }]);
  });

  it('in its policy', async () => {
    await mkdir(join(directory, 'policy'));
    await run('mkfifo', [join(directory, 'policy', 'x.rego')]);
    const told = await complaints((await sso()).replace(/policy: .*policies\/shop\S*/, `policy: ${join(directory, 'policy')}`));
    expect(told).toContainEqual(expect.objectContaining({ code: 'BLUEPRINT_POLICY' }));
  });
});
