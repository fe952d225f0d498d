import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../core/problem.ts';
import { unpackBundle } from './archive.ts';
import type { Files } from './archive.ts';
import type { Bundle, Texts } from './bundle.ts';
import type { OpaCommand } from './command.ts';

/** What is published, one archive each, before it is signed. Both carry the bundle's revision. */
export interface Builds {
  /** Rego and data, for OPA servers. */
  readonly server: Files;
  /** Module, data and manifest, for services: the usual OPA binary has no wasm engine and refuses a bundle that holds a module. */
  readonly service?: Files;
}

interface BuildInput {
  readonly bundle: Bundle;
  /** `shop/authz`: what is asked for. */
  readonly decisions: readonly string[];
  /** A module for services is wanted, too. */
  readonly service: boolean;
  /** Without one the server's bundle is made of the same files, and only OPA itself will say whether they compile. */
  readonly opa: OpaCommand | undefined;
}

const OUTPUT = '.built.tar.gz';

/**
 * Builds with `opa build`. Throws `OPA_MISSING` when a module is wanted and there is no `opa`, `OPA_BUILD` with its own words when it
 * refuses.
 */
export const buildArchives = async ({ bundle, decisions, service, opa }: BuildInput): Promise<Builds> => {
  if (opa === undefined) {
    if (service) throw opaMissing();
    return { server: bundle.files };
  }
  // `opa build` formats the Rego it packs: the server gets the sources as they are, so that the lines in its errors are those of the file.
  const made = await built(opa, bundle.files, service ? ['--target', 'wasm', ...decisions.flatMap((decision) => ['--entrypoint', decision])] : []);
  if (!service) return { server: bundle.files };
  return { server: bundle.files, service: Object.fromEntries(Object.entries(made).filter(([path]) => !path.endsWith('.rego'))) };
};

const built = async (opa: OpaCommand, files: Texts, args: readonly string[]): Promise<Files> => {
  const { code, stderr, stdout, value } = await opa.run(files, ['build', '--bundle', '.', ...args, '--output', OUTPUT], (directory) =>
    readFile(join(directory, OUTPUT)),
  );
  const made = value && (await unpackBundle(value));
  if (code !== 0 || !made) throw new Problem('OPA_BUILD', `opa build refused the policy: ${(stderr || stdout).trim().slice(-2000)}`);
  return made;
};

export const opaMissing = (): Problem =>
  new Problem('OPA_MISSING', 'there is no opa here, and services decide by a module that only "opa build" makes', {
    expected: 'opa 1.0 or newer: targets.opa.binary, AUTHCTL_OPA_BIN, on PATH, or the one that "authctl stack up" made',
    hint: 'https://www.openpolicyagent.org/docs/latest/#running-opa says how to get one',
  });
