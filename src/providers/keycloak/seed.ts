import type { Desired } from '../../core/resource.ts';

/** An account of which nothing is owned but that it is there: it is made once, and let go, like one that was there before. */
export const isSeed = ({ spec, initial }: Pick<Desired, 'spec' | 'initial'>): boolean => Object.keys(spec).every((field) => initial?.includes(field));
