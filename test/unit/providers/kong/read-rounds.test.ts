import { beforeEach, describe, expect, it } from 'vitest';
import { createReadRounds } from '../../../../src/providers/kong/read-rounds.ts';

let reads: string[];
let writes: number;
let rows: ReturnType<typeof createReadRounds>;
beforeEach(() => {
  reads = [];
  writes = 0;
  rows = createReadRounds({
    read: (entity) => {
      reads.push(entity);
      return Promise.resolve([]);
    },
    writes: () => writes,
  });
});

describe('a round', () => {
  it('reads a list once, however many kinds need it', async () => {
    await Promise.all([rows('services', 'subject'), rows('services'), rows('routes', 'subject'), rows('services')]);
    expect(reads).toEqual(['services', 'routes']);
  });

  it('ends when a list is planned again', async () => {
    await rows('services', 'subject');
    await rows('routes', 'subject');
    await rows('routes', 'subject');
    await rows('services', 'subject');
    expect(reads).toEqual(['services', 'routes', 'routes', 'services']);
  });

  it('ends with a write', async () => {
    await rows('services');
    writes += 1;
    await rows('services');
    expect(reads).toEqual(['services', 'services']);
  });
});
