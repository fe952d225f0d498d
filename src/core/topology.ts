/** What something in the drawing of a blueprint is. */
export type TopologyPart = 'person' | 'client' | 'application' | 'issuer' | 'gateway' | 'policy' | 'route';

export interface TopologyNode {
  /** `who sam`, `client storefront`, `target kong`, `route orders.list` */
  readonly id: string;
  readonly lines: readonly string[];
  readonly shape: 'box' | 'person' | 'store';
  readonly part: TopologyPart;
}
export interface TopologyEdge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** Configuration and questions, as against requests. */
  readonly dashed?: boolean;
}
export interface TopologyCluster {
  /** `callers`, `targets`, `service orders` */
  readonly id: string;
  readonly title: string;
  readonly nodes: readonly TopologyNode[];
}

/** Who asks, what stands in between, what is asked: what every drawing of a blueprint is made of. */
export interface Topology {
  readonly name: string;
  readonly clusters: readonly TopologyCluster[];
  readonly edges: readonly TopologyEdge[];
}
