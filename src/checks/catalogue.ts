import type { Check } from './contract.ts';
import { pos } from './pos.ts';
import { str } from './str.ts';
import { sig } from './sig.ts';
import { key } from './key.ts';
import { tim } from './tim.ts';
import { clm } from './clm.ts';
import { pre } from './pre.ts';
import { hdr } from './hdr.ts';
import { coo } from './coo.ts';
import { cooIssue } from './coo-issue.ts';
import { aws } from './aws.ts';
import { az } from './az.ts';
import { agreement } from './agreement.ts';
import { owners } from './owners.ts';
import { bundles } from './bundles.ts';
import { ownGuard } from './own-guard.ts';
import { idp } from './idp.ts';
import { kong } from './kong.ts';
import { jwt } from './jwt.ts';
import { opq } from './opq.ts';
import { ses } from './ses.ts';
import { err } from './err.ts';
import { known } from './known.ts';

/** Every check, in the order in which it runs: claims about the whole run (ERR) come last. */
export const checks: readonly Check[] = [pos, str, sig, key, tim, clm, pre, hdr, coo, cooIssue, aws, az, bundles, owners, agreement, ownGuard, idp, kong, jwt, opq, ses, known, err].flat() as readonly Check[];
