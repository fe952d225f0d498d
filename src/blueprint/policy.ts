import { readdir } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import { reason } from '../core/problem.ts';
import type { Findings } from './findings.ts';
import { readFileUpTo } from './read-file.ts';
import { record } from './tree.ts';
import type { Blueprint } from './types.ts';

const MAX_FILES = 500;
/** What a service unpacks at the most is twice as much (src/service/decision/archive.ts). */
const MAX_BYTES = 32 * 1024 * 1024;

/** The Rego and data files of the policy directory by relative path. OPA takes data from files called `data.json` and `data.yaml` only. */
export const readPolicy = async ({ authorization }: Blueprint, findings: Findings): Promise<Readonly<Record<string, string>>> => {
  const path = ['authorization', 'policy'];
  if (authorization.policy === undefined || !findings.sound(path)) return {};
  const found: (readonly [string, string])[] = [];
  try {
    const names = (await readdir(authorization.policy, { recursive: true })).filter(isPolicyFile).toSorted();
    if (names.length > MAX_FILES) findings.add('BLUEPRINT_POLICY', path, `the policy directory holds more than ${MAX_FILES} files`);
    for (const name of names.slice(0, MAX_FILES)) {
      const bytes = await readFileUpTo(join(authorization.policy, name), MAX_BYTES);
      if (Buffer.isBuffer(bytes)) found.push([name.split(sep).join(posix.sep), bytes.toString('utf8')]);
      else findings.add('BLUEPRINT_POLICY', path, `"${name}" ${bytes.why}`);
    }
  } catch (cause) {
    findings.add('BLUEPRINT_POLICY', path, `the policy directory cannot be read: ${reason(cause)}`, {
      expected: 'a directory of Rego files, relative to the blueprint',
    });
    return {};
  }
  if (!found.some(([name]) => name.endsWith('.rego')))
    findings.add('BLUEPRINT_POLICY', path, 'the policy directory holds no .rego file', { hint: 'files ending in _test.rego do not count' });
  return record(found);
};

const isPolicyFile = (name: string): boolean =>
  !name.split(sep).some((part) => part.startsWith('.')) &&
  ((name.endsWith('.rego') && !name.endsWith('_test.rego')) || /(^|[\\/])data\.(json|yaml)$/.test(name));
