import type { Database } from '../admin/database.ts';
import { plain } from '../admin/errors.ts';
import type { Endpoint } from '../admin/routing.ts';

interface Hash {
  readonly hash: () => string;
  readonly setHash: (hash: string) => void;
}

const NOT_HERE = 'this endpoint is only available when Kong is configured to not use a database';

export const configEndpoint = (db: Database, _state: Hash): Endpoint => ({
  path: '/config',
  methods: {
    GET: () => {
      throw plain(400, db.strategy === 'off' ? 'x' : NOT_HERE);
    },
    POST: () => {
      throw plain(400, db.strategy === 'off' ? 'x' : NOT_HERE);
    },
  },
});
