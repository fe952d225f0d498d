/** The package of a module, `envoy/authz`; comments before it are skipped. Undefined where the text declares none that can be read. */
export const packageOf = (rego: string): string | undefined => {
  const code = rego.replace(/^\s*#.*$/gm, '');
  const [, first, rest = ''] = /^\s*package\s+([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*|\["[^"\\]*"\])*)/.exec(code) ?? [];
  return first === undefined ? undefined : [first, ...[...rest.matchAll(/\.(\w+)|\["([^"\\]*)"\]/g)].map(([, plain, quoted]) => plain ?? quoted ?? '')].join('/');
};

/** `my_shop`: the root that a blueprint's own packages are under; Rego's names hold no `-`. */
export const rootOf = (name: string): string => name.replaceAll('-', '_');

/** Whether a package, or a place of data, is one of these roots or below it. */
export const isUnder = (roots: readonly string[], path: string): boolean => roots.some((root) => path === root || path.startsWith(`${root}/`));
