import { describe, expect, it } from 'vitest';
import { diffSpec } from '../../../src/core/diff.ts';
import { map, text } from '../../../src/core/spec.ts';
import { withWholeMaps } from '../../../src/core/whole-maps.ts';

const fields = { files: map(text(), { whole: true }), labels: map(text()) };
const paths = (stated: object, held: object): readonly string[] =>
  diffSpec(withWholeMaps(fields, { ...stated }, { ...held }), { ...held }).map(({ path, before, after }) => `${path}: ${String(before)} -> ${String(after)}`);

describe('a map that is stated whole', () => {
  it('says that what else is held must be absent', () =>
    expect(paths({ files: { a: '1' }, labels: { x: '1' } }, { files: { a: '1', b: '2' }, labels: { x: '1', y: '2' } })).toEqual(['files.b: 2 -> null']));

  it('says nothing more where nothing else is held, or no map at all', () => {
    expect(paths({ files: { a: '1' } }, { files: { a: '1' } })).toEqual([]);
    expect(paths({ files: { a: '1' } }, { files: null })).toEqual(['files: null -> [object Object]']);
    expect(withWholeMaps(fields, { labels: { x: '1' } }, { files: { b: '2' }, labels: {} })).toEqual({ labels: { x: '1' } });
  });
});
