/** The errors of the apigatewayv2 service model, and those that any signed AWS endpoint answers with. */
type FaultType =
  | 'BadRequestException'
  | 'NotFoundException'
  | 'ConflictException'
  | 'TooManyRequestsException'
  | 'MissingAuthenticationTokenException'
  | 'InvalidSignatureException'
  | 'UnknownOperationException';

const statusOf: Readonly<Record<FaultType, number>> = {
  BadRequestException: 400,
  NotFoundException: 404,
  ConflictException: 409,
  TooManyRequestsException: 429,
  MissingAuthenticationTokenException: 403,
  InvalidSignatureException: 403,
  UnknownOperationException: 404,
};

/** A refusal by the control plane: the SDK finds its type in `x-amzn-errortype`, the text in `message`. */
export class Fault extends Error {
  readonly type: FaultType;
  readonly status: number;

  constructor(type: FaultType, message: string) {
    super(message);
    this.name = 'Fault';
    this.type = type;
    this.status = statusOf[type];
  }
}

export const badRequest = (message: string): Fault => new Fault('BadRequestException', message);
export const notFound = (message: string): Fault => new Fault('NotFoundException', message);
export const conflict = (message: string): Fault => new Fault('ConflictException', message);

/** A quota: AWS answers 429 here, as it does to a caller that is too fast. */
export const quotaReached = (what: string, most: number): Fault =>
  new Fault('TooManyRequestsException', `Maximum number of ${what} has been reached (${most}).`);

/** What a genuine API Gateway would take and this stand-in does not have: refused, never half done. */
export const notHere = (what: string): Fault => badRequest(`${what} is not supported by this development stand-in of API Gateway`);
