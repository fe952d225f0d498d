import type { Resource } from './fake/state.ts';

declare global {
  interface ImportMeta {
    /** Vite's: a file of the folder is imported by being there. */
    readonly glob: <Module>(pattern: string, options: { readonly eager: true }) => Readonly<Record<string, Module>>;
  }
}
const modules = import.meta.glob<{ readonly resource?: Resource }>('./fake/*.ts', { eager: true });

/** What `fake/` has for every kind, the realm itself first. */
export const resources: readonly Resource[] = Object.values(modules)
  .flatMap(({ resource }) => resource ?? [])
  .toSorted((left, right) => Number(right.bare.path === '') - Number(left.bare.path === ''));
