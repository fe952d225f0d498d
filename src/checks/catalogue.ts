import type { Check } from './contract.ts';
import { pos } from './groups/pos.ts';
import { str } from './groups/str.ts';
import { sig } from './groups/sig.ts';
import { key } from './groups/key.ts';
import { tim } from './groups/tim.ts';
import { clm } from './groups/clm.ts';
import { pre } from './groups/pre.ts';
import { hdr } from './groups/hdr.ts';
import { coo } from './groups/coo.ts';
import { cooIssue } from './groups/coo-issue.ts';
import { aws } from './groups/aws.ts';
import { awsReach } from './groups/aws-reach.ts';
import { az } from './groups/az.ts';
import { agreement } from './groups/az-agreement.ts';
import { owners } from './groups/az-owners.ts';
import { bundles } from './groups/az-bundles.ts';
import { ownGuard } from './groups/az-service.ts';
import { idp } from './groups/idp.ts';
import { kong } from './groups/kong.ts';
import { rch } from './groups/rch.ts';
import { jwt } from './groups/jwt.ts';
import { opq } from './groups/opq.ts';
import { ses } from './groups/ses.ts';
import { err } from './groups/err.ts';
import { known } from './groups/err-callers.ts';

/** Every check, in the order in which it runs: claims about the whole run (ERR) come last. */
export const checks: readonly Check[] = [pos, str, sig, key, tim, clm, pre, hdr, coo, cooIssue, aws, awsReach, az, bundles, owners, agreement, ownGuard, idp, kong, rch, jwt, opq, ses, known, err].flat() as readonly Check[];
