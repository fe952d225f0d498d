import { TIMES, draws } from './properties.ts';

// Of the properties that say no number: fast-check gives them a hundred.
if (TIMES !== 1) (await import('fast-check')).configureGlobal({ numRuns: draws(100) });
