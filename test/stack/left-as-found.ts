import { holdToIt } from './as-found.ts';

// Of every file, after its own hooks: these are run in the opposite order.
holdToIt();
