import type { Resource } from './fake/state.ts';

declare global {
  interface ImportMeta {
    /** Vite's: a file of the folder is imported by being there. */
    readonly glob: (pattern: './fake/*.ts', options: { readonly eager: true }) => Readonly<Record<string, { readonly resource?: Resource }>>;
  }
}
const modules = import.meta.glob('./fake/*.ts', { eager: true });

/** What `fake/` has for every kind, the realm itself first. */
export const resources: readonly Resource[] = Object.values(modules)
  .flatMap(({ resource }) => resource ?? [])
  .toSorted((left, right) => Number(right.bare.path === '') - Number(left.bare.path === ''));
