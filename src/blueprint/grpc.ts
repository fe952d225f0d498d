/** Whether an upstream is asked by gRPC: `grpc://orders:50051`, or `grpcs://` over TLS. Kong alone speaks it. */
export const speaksGrpc = (upstream: string): boolean => /^grpcs?:\/\//i.test(upstream);
