// The packages of others that are a part of the bundle: which they are, and what their licences ask to be said.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ name: string, version: string, license: string, text: string }} Within */

/** `node_modules/<package>/…`, the innermost. */
const FOLDER = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//;
/** Licences of packages that are published without, as they stand in their repositories. */
const KEPT = fileURLToPath(new URL('./licences/', import.meta.url));

/**
 * By name. One without a licence is refused, and one without its text: most licences ask that it goes with every copy.
 * @param {readonly string[]} modules files that were taken into the bundle
 * @returns {readonly Within[]}
 */
export const packagesIn = (modules) => {
  const folders = new Set(modules.flatMap((id) => FOLDER.exec(id)?.[1] ?? []));
  const found = [...folders].map(read).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return found.map((one) => ({ ...one, text: one.text || (found.find((other) => isSibling(one, other))?.text ?? refuse(one)) }));
};

/** @returns {Within} */
const read = (/** @type {string} */ folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${name} ${version} is a part of the bundle and says no licence`);
  const kept = `${KEPT}${name.replace('@', '').replace('/', '-')}.txt`;
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)([.-].*)?$/i.test(file)).toSorted().map((file) => join(folder, file));
  const texts = (files.length === 0 && existsSync(kept) ? [kept] : files).map((file) => readFileSync(file, 'utf8').trim());
  return { name, version, license, text: texts.join('\n\n') };
};

/** Of the same repository and licence: some of a family are published with the text, some without. */
const isSibling = (/** @type {Within} */ one, /** @type {Within} */ other) =>
  one.name.startsWith('@') && one.name.split('/')[0] === other.name.split('/')[0] && one.license === other.license && other.text !== '';

/** @returns {never} */
const refuse = (/** @type {Within} */ { name, version, license }) => {
  throw new Error(`${name} ${version} (${license}) is a part of the bundle and is published without the text of its licence: put it into scripts/licences`);
};

/**
 * One text for the packages that share it to the letter.
 * @param {readonly Within[]} packages
 */
export const licences = (packages) => {
  /** @type {Map<string, string[]>} */
  const byText = new Map();
  for (const { name, version, license, text } of packages) byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  const parts = [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text.replaceAll(/^/gm, '    ').replaceAll(/[ \t]+$/gm, '')}\n`);
  return `Packages of others that are a part of dist/bin, each with its licence.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
};
