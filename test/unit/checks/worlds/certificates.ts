import { createHash, X509Certificate } from 'node:crypto';

/** What a token says of the certificate that it is bound to (RFC 8705 section 3.1). */
export const thumbprintOf = (pem: string): string => createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url');
