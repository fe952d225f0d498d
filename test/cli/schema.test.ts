import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cli } from './run.ts';

it('schema prints the schema that comes with the program, and every field of it says what it is', async () => {
  const { exitCode, stdout, stderr } = await cli(['schema']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync('schema/blueprint.schema.json', 'utf8')));
  const silent = (node: unknown, path: string): readonly string[] => {
    if (typeof node !== 'object' || node === null) return [];
    return Object.entries(node).flatMap(([key, value]: readonly [string, unknown]) => [
      ...(key === 'properties' ? Object.entries(value as object).flatMap(([name, field]: readonly [string, unknown]) => ('description' in (field as object) ? [] : [`${path}/${name}`])) : []),
      ...silent(value, `${path}/${key}`),
    ]);
  };
  expect(silent(JSON.parse(stdout), '')).toEqual([]);
});
