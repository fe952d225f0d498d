import * as sdk from '@open-policy-agent/opa-wasm';
import { ServiceError, reasonOf } from '../error.ts';
import { malformed, readData, readManifest } from './archive.ts';
import type { BundleFiles } from './archive.ts';
import { SDK_BUILTINS, ownBuiltins } from './builtins.ts';
import type { Builtin } from './builtins.ts';

/** A bundle that is ready to be asked. */
export interface Policy {
  readonly revision: string;
  /** The decision for an input (JSON text), `undefined` when the policy says nothing. Throws when it cannot be evaluated. */
  readonly evaluate: (input: string) => unknown;
}

export interface PolicyRules {
  /** `shop/authz`: as `opa build -e` named it. */
  readonly entrypoint: string;
  /** Further builtins by name; synchronous. */
  readonly builtins: Readonly<Record<string, Builtin>>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

const encoder = new TextEncoder();

interface Exports {
  readonly builtins: () => number;
  readonly opa_json_dump: (address: number) => number;
}

/**
 * Makes a policy of a bundle that `opa build -t wasm` made. Throws `BUNDLE_MALFORMED`, `BUNDLE_ENTRYPOINT_MISSING`,
 * `BUNDLE_BUILTIN_MISSING`: the SDK would notice a missing builtin only when some request calls it.
 */
export const loadPolicy = async (files: BundleFiles, { entrypoint, builtins, clock }: PolicyRules): Promise<Policy> => {
  const { revision, modules } = readManifest(files);
  const path = modules.get(entrypoint) ?? 'policy.wasm';
  const bytes = files.get(path);
  if (!bytes) throw malformed(`the bundle has no ${path}; build it by "opa build -t wasm -e ${entrypoint}"`);
  const data = encoder.encode(JSON.stringify(readData(files))).buffer;

  let now = 0;
  const served: Readonly<Record<string, Builtin>> = { ...ownBuiltins(() => now), ...builtins };
  const instantiate = (module: WasmModule): Loaded => {
    const loaded = opa.loadPolicySync(module, {}, served);
    loaded.setData(data);
    return loaded;
  };
  let module: WasmModule;
  let loaded: Loaded;
  try {
    module = await WebAssembly.compile(bytes);
    loaded = instantiate(module);
  } catch (thrown) {
    throw malformed(`${path} cannot be loaded: ${reasonOf(thrown)}`);
  }
  if (!Object.hasOwn(loaded.entrypoints, entrypoint))
    throw new ServiceError(
      'BUNDLE_ENTRYPOINT_MISSING',
      `the policy has no entrypoint ${entrypoint}; it has ${Object.keys(loaded.entrypoints).join(', ')}`,
    );
  const missing = notServed(loaded, served);
  if (missing.length > 0)
    throw new ServiceError('BUNDLE_BUILTIN_MISSING', `the policy calls ${missing.join(', ')}, which cannot run in this process`);

  return {
    revision,
    evaluate: (input) => {
      now = clock();
      try {
        const results = loaded.evaluate(encoder.encode(input).buffer, entrypoint);
        return results.length === 1 ? results[0]?.result : undefined;
      } catch (thrown) {
        // What is thrown through the module leaves its stack pointer where it was: after some hundred times every evaluation would fail.
        loaded = instantiate(module);
        throw thrown;
      }
    },
  };
};

const notServed = (loaded: Loaded, served: Readonly<Record<string, Builtin>>): readonly string[] =>
  requiredBuiltins(loaded)
    .filter((name) => !(SDK_BUILTINS as readonly string[]).includes(name) && !Object.hasOwn(served, name))
    .toSorted();

/** The builtins that a module calls and that a decider without further ones could not give it, by name. */
export const unservedBuiltins = async (bytes: Buffer): Promise<readonly string[]> =>
  notServed(opa.loadPolicySync(await WebAssembly.compile(bytes), {}, {}), ownBuiltins(Date.now));

/** The SDK's module for `import` has the synchronous loader on its default export only, of which its types know nothing. */
const { default: opa } = sdk as unknown as {
  readonly default: { readonly loadPolicySync: (module: WasmModule, memory: object, builtins: object) => Loaded };
};

/** Node's own types know WebAssembly only as the name of a namespace. */
type WasmModule = object;
declare const WebAssembly: { readonly compile: (bytes: Uint8Array) => Promise<WasmModule> };

interface Loaded {
  readonly entrypoints: Readonly<Record<string, number>>;
  readonly wasmInstance: { readonly exports: Exports };
  readonly mem: { readonly buffer: ArrayBuffer };
  readonly setData: (data: object) => void;
  readonly evaluate: (input: ArrayBuffer, entrypoint: string) => readonly { readonly result?: unknown }[];
}

/** Names of the builtins that the module imports from its host. The ABI: https://www.openpolicyagent.org/docs/latest/wasm/#exports. */
const requiredBuiltins = ({ wasmInstance, mem }: Loaded): readonly string[] => {
  const from = wasmInstance.exports.opa_json_dump(wasmInstance.exports.builtins());
  const memory = Buffer.from(mem.buffer);
  return Object.keys(JSON.parse(memory.toString('utf8', from, memory.indexOf(0, from))) as Record<string, number>);
};
