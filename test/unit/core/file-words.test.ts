import { describe, expect, it } from 'vitest';
import { fileWords } from '../../../src/core/file-words.ts';

const failed = (code: string): Error => Object.assign(new Error(code), { code });

describe('why a file is of no use', () => {
  it.each([
    ['ENOENT', 'is not there', 'is in a directory that is not there'],
    ['EACCES', 'may not be read by this user', 'may not be written by this user'],
    ['EPERM', 'may not be read by this user', 'may not be written by this user'],
    ['EISDIR', 'is a directory', 'is a directory'],
    ['ENOSPC', 'does not fit: the disk is full', 'does not fit: the disk is full'],
    ['EIO', 'cannot be read: EIO', 'cannot be written: EIO'],
    ['toString', 'cannot be read: toString', 'cannot be written: toString'],
  ])('%s', (code, read, written) => expect([fileWords(failed(code), 'read'), fileWords(failed(code), 'written')]).toEqual([read, written]));
});
