import type { Check } from './contract.ts';
import { pos } from './groups/pos.ts';
import { limits } from './groups/pos-limits.ts';
import { hops } from './groups/hdr-hops.ts';
import { keyWays } from './groups/key-flood.ts';
import { held } from './groups/clm-held-back.ts';
import { lookalikes } from './groups/clm-lookalike.ts';
import { below } from './groups/pre-below.ts';
import { places } from './groups/pre-places.ts';
import { realms } from './groups/sig-realm.ts';
import { str } from './groups/str.ts';
import { sig } from './groups/sig.ts';
import { key } from './groups/key.ts';
import { tim } from './groups/tim.ts';
import { clm } from './groups/clm.ts';
import { pre } from './groups/pre.ts';
import { conditions } from './groups/pre-conditions.ts';
import { guises } from './groups/pre-guises.ts';
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
import { idpFront } from './groups/idp-front.ts';
import { idpReach } from './groups/idp-reach.ts';
import { idpRule } from './groups/idp-rule.ts';
import { idpSignIn } from './groups/idp-sign-in.ts';
import { kong } from './groups/kong.ts';
import { rch } from './groups/rch.ts';
import { iss } from './groups/iss.ts';
import { jwt } from './groups/jwt.ts';
import { opq } from './groups/opq.ts';
import { pop } from './groups/pop.ts';
import { stp } from './groups/stp.ts';
import { ses } from './groups/ses.ts';
import { err } from './groups/err.ts';
import { known } from './groups/err-callers.ts';

/** What attacks the issuer itself, or makes something there, has nothing to look for at one that is not ours. */
const ofOurs = (about: readonly Check[]): readonly Check[] => about.map((check) => ({ ...check, needs: ['realm', ...(check.needs ?? [])] }));

/** Every check, in the order in which it runs: claims about the whole run (ERR) come last. */
export const checks: readonly Check[] = [pos, limits, str, sig, ofOurs(realms), key, keyWays, tim, clm, held, lookalikes, iss, pop, stp, pre, places, below, conditions, guises, hdr, hops, coo, cooIssue, aws, awsReach, az, bundles, owners, agreement, ownGuard, ofOurs([idp, idpSignIn, idpFront, idpReach, idpRule].flat()), kong, rch, jwt, opq, ses, known, err].flat() as readonly Check[];
