import { readFileSync } from 'node:fs';

let known: string | undefined;

/** Of this program, as package.json has it; read when it is first asked for. */
export const versionOf = (): string => {
  // The file is ours, and every release of it has a version.
  known ??= (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }).version;
  return known;
};
