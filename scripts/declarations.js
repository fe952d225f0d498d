// What the API's types need of all declarations, in a folder of their own: nothing else is anybody's to import.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';

const REFERRED = /((?:\bfrom |\bimport\()['"])([^'"]+)(['"])/g;

/**
 * @param {string} from the folder of all declarations
 * @param {string} entry one of them, relative to it
 * @param {string} target where that one goes, and all it refers to
 * @returns {number} of files
 */
export const gather = (from, entry, target) => {
  rmSync(target, { recursive: true, force: true });
  /** @type {Set<string>} */
  const seen = new Set();
  const take = (/** @type {string} */ path) => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = readFileSync(path, 'utf8').replaceAll(REFERRED, (_, before, id, after) => {
      if (isBuiltin(id)) return `${before}${id}${after}`;
      // A type of somebody's package would have to be installed with ours.
      if (!id.startsWith('.')) throw new Error(`${path} is a part of the API, and speaks of types of ${id}`);
      take(join(dirname(path), id.replace(/\.[jt]s$/, '.d.ts')));
      return `${before}${id.replace(/\.ts$/, '.js')}${after}`;
    });
    const copy = join(target, relative(from, path));
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, text);
  };
  take(join(from, entry));
  return seen.size;
};
