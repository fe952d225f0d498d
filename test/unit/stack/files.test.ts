import { closeSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheDir, openLines, openLog, privateDir, writePrivate } from '../../../src/stack/files.ts';
import { temporaryDir } from './temporary.ts';

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('files of the stack', () => {
  it('makes a directory private that was open before', () => {
    const dir = join(temporaryDir(), 'stack');
    mkdirSync(dir, { mode: 0o755 });
    privateDir(dir);
    expect(modeOf(dir)).toBe('700');
  });

  it('replaces a file whole, for its owner alone', () => {
    const dir = temporaryDir();
    writeFileSync(join(dir, 'stack.json'), 'old', { mode: 0o644 });
    writePrivate(join(dir, 'stack.json'), 'new');
    expect([modeOf(join(dir, 'stack.json')), readFileSync(join(dir, 'stack.json'), 'utf8'), readdirSync(dir)]).toEqual(['600', 'new', ['stack.json']]);
  });

  it('opens a log for its owner alone, and none through a symbolic link', () => {
    const dir = temporaryDir();
    closeSync(openLog(join(dir, 'a.log')));
    expect(modeOf(join(dir, 'a.log'))).toBe('600');
    symlinkSync(join(dir, 'a.log'), join(dir, 'b.log'));
    expect(() => openLog(join(dir, 'b.log'))).toThrow(expect.objectContaining({ code: 'ELOOP' }));
  });

  it('writes no line after the log was closed', () => {
    const path = join(temporaryDir(), 'a.log');
    const log = openLines(path);
    log.write('one');
    log.close();
    log.write('two');
    expect(readFileSync(path, 'utf8')).toMatch(/^\d{4}-\d\d-\d\dT\S+Z one\n$/);
  });

  it('keeps its cache where XDG_CACHE_HOME says, else below HOME', () => {
    expect([cacheDir({ XDG_CACHE_HOME: '/x', HOME: '/h' }), cacheDir({ XDG_CACHE_HOME: '', HOME: '/h' })]).toEqual(['/x/authctl', '/h/.cache/authctl']);
  });
});
